"""Both clients: chats from texts, dicts as OpenAI has them, and messages of the contract."""

import base64

import pytest

import pointsman
from pointsman import v1

PNG = "data:image/png;base64,iVBORw0KGgo="
PDF = base64.b64encode(b"%PDF-1.7").decode()


async def test_a_chat_may_be_dicts_as_openai_has_them(call, running):
    """Roles, names, tool calls and their results; what a dumped answer has empty is no matter."""
    function = {"name": "add", "arguments": "{}"}
    calls = [{"id": "c-1", "type": "function", "function": function}]
    await call(
        "route",
        [
            {"role": "developer", "content": "Be brief."},
            {"role": "assistant", "content": None, "tool_calls": calls, "refusal": None, "annotations": []},
            {"role": "tool", "content": "4", "tool_call_id": "c-1"},
            {"role": "user", "content": "So?", "name": "ann"},
            v1.ChatMessage(role=v1.ROLE_USER, content="Well?"),
        ],
    )
    query = running.service.requests[0].query
    roles = [v1.ROLE_DEVELOPER, v1.ROLE_ASSISTANT, v1.ROLE_TOOL, v1.ROLE_USER, v1.ROLE_USER]
    assert [m.role for m in query.messages] == roles
    assert query.messages[1].tool_calls[0] == v1.ToolCall(tool_call_id="c-1", function="add", arguments_json="{}")
    assert (query.messages[2].tool_call_id, query.messages[3].name) == ("c-1", "ann")


@pytest.mark.parametrize(
    ("part", "sent"),
    [
        ({"type": "text", "text": "What is it?"}, v1.ContentPart(text="What is it?")),
        (
            {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
            v1.ContentPart(image=v1.ImagePart(url=PNG, detail="low")),
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
            v1.ContentPart(audio=v1.AudioPart(data=b"RIFF", format="wav")),
        ),
        ({"type": "file", "file": {"file_id": "f-1"}}, v1.ContentPart(file=v1.FilePart(file_id="f-1"))),
        (
            {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PDF}", "filename": "a.bin"}},
            v1.ContentPart(file=v1.FilePart(data=b"%PDF-1.7", media_type="application/pdf", filename="a.bin")),
        ),
        (
            {"type": "file", "file": {"file_data": PDF, "filename": "a.pdf"}},
            v1.ContentPart(file=v1.FilePart(data=b"%PDF-1.7", media_type="application/pdf", filename="a.pdf")),
        ),
        (v1.ContentPart(text="So?"), v1.ContentPart(text="So?")),
    ],
)
async def test_content_parts_become_parts(call, running, part, sent):
    """Text, pictures, sound and documents; then the message has no text beside them."""
    await call("route", [{"role": "user", "content": [part]}])
    (message,) = running.service.requests[0].query.messages
    assert (list(message.parts), message.content) == ([sent], "")


def _said(part):
    return [{"role": "user", "content": [part]}]


@pytest.mark.parametrize(
    ("messages", "path", "complaint"),
    [
        ([{"role": "robot", "content": "x"}], "messages[0].role", "must be one of"),
        ([{"content": "x"}], "messages[0].role", "not None"),
        ({"role": "user", "content": "x"}, "messages", "put it in brackets"),
        (None, "messages", "must be a list"),
        (["x"], "messages[0]", "must be a dict"),
        ([{"role": "user", "content": 4}], "messages[0].content", "must be a text"),
        ([{"role": "user", "content": "half \ud83d"}], "messages[0].content", "half a surrogate pair at 5"),
        ([{"role": "user", "contnt": "x"}], "contnt", "did you mean content"),
        ([{"role": "user", "content": "x", "audio": {"id": "a"}}], "audio", "is unknown to messages[0]"),
        ([{"role": "assistant", "tool_calls": [{"id": "c"}]}], "messages[0].tool_calls[0]", "must be a dict as"),
        (
            [{"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": {}}}]}],
            "messages[0].tool_calls[0].function.arguments",
            "must be a text",
        ),
        (_said("x"), "messages[0].content[0]", "must be a dict whose type is one of"),
        (_said({"type": "video"}), "messages[0].content[0]", "must be a dict whose type is one of"),
        (_said({"type": ["text"]}), "messages[0].content[0]", "must be a dict whose type is one of"),
        (_said({"type": "text"}), "messages[0].content[0].text", "is None"),
        (_said({"type": "text", "txt": "x"}), "txt", "did you mean text"),
        (_said({"type": "image_url", "image_url": PNG}), "messages[0].content[0].image_url", "must be a dict with"),
        (
            _said({"type": "input_audio", "input_audio": {"data": "no base64!", "format": "wav"}}),
            "messages[0].content[0].input_audio.data",
            "is not base64",
        ),
        (_said({"type": "file", "file": {}}), "messages[0].content[0].file", "either file_id or file_data"),
        (
            _said({"type": "file", "file": {"file_data": PDF}}),
            "messages[0].content[0].file.file_data",
            "says no media type",
        ),
        (
            _said({"type": "file", "file": {"file_data": f"data:\ud800;base64,{PDF}"}}),
            "messages[0].content[0].file.file_data",
            "half a surrogate pair",
        ),
        (
            _said({"type": "file", "file": {"file_data": 5, "filename": "a.pdf"}}),
            "messages[0].content[0].file.file_data",
            "must be base64 in a text",
        ),
    ],
)
async def test_what_is_no_chat_is_refused_with_the_place(call, running, messages, path, complaint):
    """Nothing goes out, and nothing of it is dropped."""
    with pytest.raises(pointsman.InvalidRequest) as caught:
        await call("route", messages)
    assert caught.value.field_violations[0][0] == path
    assert complaint in caught.value.message
    assert running.service.requests == []
