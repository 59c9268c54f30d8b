"""Odd but real answers, and what they are read as, whole and in the chunks of a stream."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_service.chat.completion import Completion, StreamedCompletion
from pointsman_service.domain import ReasoningDelta, TextDelta, ToolCallDelta, Usage
from pointsman_service.errors import ModelCallError

from tests.service.chat.whole import read_completion

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}


def _whole(message: dict, finish_reason: object = "stop", **more) -> Completion:
    return read_completion({"choices": [{"message": message, "finish_reason": finish_reason}], **more})


def _streamed(*deltas: dict, finish_reason: str = "stop") -> tuple[list, Completion]:
    answer = StreamedCompletion()
    pieces = [p for delta in deltas for p in answer.add({"choices": [{"delta": delta, "finish_reason": None}]})]
    answer.add({"choices": [{"delta": {}, "finish_reason": finish_reason}]})
    return pieces + answer.end(), answer.completion()


def _call(index: object, call_id: object = None, name: str | None = None, arguments: object = None) -> dict:
    return {"tool_calls": [{"index": index, "id": call_id, "function": {"name": name, "arguments": arguments}}]}


@pytest.mark.parametrize("payload", ["text", None, {"choices": {}}, {"choices": [1]}, {"choices": [{"text": "old"}]}])
def test_what_is_not_a_chat_completion_is_garbage(payload):
    """Whatever its shape."""
    with pytest.raises(ModelCallError) as caught:
        read_completion(payload)
    assert caught.value.kind == "garbage"


@pytest.mark.parametrize(
    "choice",
    [
        {"message": {"content": "The first ha"}, "error": {"message": "upstream died", "code": 502}},
        {"message": {"content": "The first ha"}, "finish_reason": "error"},
    ],
)
def test_an_answer_that_the_provider_says_failed_is_no_answer(choice):
    """However good its beginning looks."""
    with pytest.raises(ModelCallError) as caught:
        read_completion({"choices": [choice]})
    assert caught.value.kind == "unavailable"


def test_odd_values_are_read_as_missing():
    """Infinite, textual, true or enormous counts, null content, a missing finish_reason."""
    usage = {"prompt_tokens": float("inf"), "completion_tokens": True, "cost": float("nan")}
    read = _whole({"content": None, "tool_calls": None}, None, usage=usage)
    assert read == Completion("", "stop")
    assert _whole({}, usage={"prompt_tokens": 10**30, "completion_tokens": 10**400}).usage == Usage()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("max_tokens", "length"),
        ("MAX_TOKENS", "length"),
        ("end_turn", "stop"),
        ("STOP", "stop"),
        ("eos", "stop"),
        ("tool_use", "tool_calls"),
        ("function_call", "tool_calls"),
        ("SAFETY", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("MALFORMED_FUNCTION_CALL", "other"),
        (7, "stop"),
    ],
)
def test_why_a_model_stopped_is_one_of_five_words(said, reason):
    """Judges and callers go by them; providers have words of their own."""
    assert _whole({"content": "a"}, said).finish_reason == reason


def test_tool_calls_are_the_reason_where_none_is_given():
    """What is said counts otherwise."""
    calls = [{"id": "t", "function": {"name": "f", "arguments": "{}"}}]
    assert _whole({"tool_calls": calls}, None).finish_reason == "tool_calls"
    assert _whole({"tool_calls": calls}, "stop").finish_reason == "stop"


def test_cached_and_reasoning_tokens_are_counted_apart():
    """OpenAI's details, and DeepSeek's word for the first."""
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 7,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }
    assert _whole({"content": "a"}, usage=usage).usage == Usage(9, 4, 7, 5)
    assert _whole({"content": "a"}, usage={"prompt_cache_hit_tokens": 3}).usage == Usage(None, 3)
    assert _whole({"content": "a"}, usage={"prompt_tokens_details": None}).usage == Usage()


def test_usage_may_come_in_any_chunk_and_others_do_not_erase_it():
    """Some servers repeat it, some send it once, some send nulls or zeros after it."""
    answer = StreamedCompletion()
    choice = {"delta": {"content": "a"}, "finish_reason": None}
    answer.add({"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 1, "cost": 0.5}})
    answer.add({"choices": [{"delta": None, "finish_reason": "stop"}], "usage": None})
    answer.add({"choices": [], "usage": {"prompt_tokens": 0, "completion_tokens": 0}})
    answer.end()
    whole = answer.completion()
    assert (whole.text, whole.usage, whole.stated_cost_usd) == ("a", Usage(3, None, 1), 0.5)


@pytest.mark.parametrize(
    "message",
    [
        {"content": "42", "reasoning_content": "6 times 7"},
        {"content": "42", "reasoning": "6 times 7"},
        {"content": "42", "reasoning": "6 times 7", "reasoning_content": "6 times 7"},
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "6 times 7"}]},
                {"type": "text", "text": "42"},
            ]
        },
        {"content": [{"type": "reasoning", "text": "6 times 7"}, {"type": "text", "text": "42"}]},
    ],
)
def test_reasoning_is_kept_apart_from_the_answer(message):
    """Wherever the provider puts it; said twice it counts once."""
    read = _whole(message)
    assert (read.text, read.reasoning) == ("42", "6 times 7")
    pieces, streamed = _streamed(message)
    assert pieces == [ReasoningDelta("6 times 7"), TextDelta("42")]
    assert (streamed.text, streamed.reasoning) == ("42", "6 times 7")


def test_a_refusal_is_kept_apart_from_the_text():
    """As a field, or as a part."""
    assert _whole({"content": "No.", "refusal": "not this"}).refusal == "not this"
    assert _whole({"content": [{"type": "refusal", "refusal": "not this"}]}).refusal == "not this"
    assert _streamed({"refusal": "not "}, {"refusal": "this"})[1].refusal == "not this"


def test_pictures_of_an_answer_are_parts_of_it():
    """In the content's list, or beside it; what has not the form of a picture is left out."""
    text = {"type": "text", "text": "A cat."}
    listed = [text, PICTURE, {"type": "image_url", "image_url": PICTURE["image_url"]["url"]}]
    odd = [None, {"type": "image_url"}, {"type": "image_url", "image_url": {"url": 7}}, {"type": []}, {"type": "new"}]
    read = _whole({"content": listed + odd})
    assert (read.text, read.parts) == ("A cat.", (PICTURE, PICTURE))
    assert _whole({"content": "A cat.", "images": [PICTURE]}).parts == (PICTURE,)
    assert _streamed({"content": "A cat."}, {"images": [PICTURE]})[1].parts == (PICTURE,)


def test_a_spoken_answer_is_its_transcript_and_its_sound():
    """In a stream, whose sound comes without a frame, the transcript alone."""
    spoken = {"content": None, "audio": {"id": "a", "data": "AA==", "transcript": "Hello"}}
    read = _whole(spoken)
    assert (read.text, read.parts) == ("Hello", ({"type": "input_audio", "input_audio": {"data": "AA=="}},))
    pieces, streamed = _streamed(spoken)
    assert pieces == [TextDelta("Hello")]
    assert (streamed.text, streamed.parts) == ("Hello", ())


def test_tool_calls_come_in_pieces_and_whole():
    """The id and the function with a call's first piece, then its arguments."""
    pieces, whole = _streamed(
        _call(0, "t1", "look", ""), _call(0, arguments='{"at": '), _call(0, arguments='"cat"}'), _call(1, "t2", "go")
    )
    assert pieces == [
        ToolCallDelta(0, "", "t1", "look"),
        ToolCallDelta(0, '{"at": '),
        ToolCallDelta(0, '"cat"}'),
        ToolCallDelta(1, "", "t2", "go"),
    ]
    assert [(c["id"], c["function"]) for c in whole.tool_calls] == [
        ("t1", {"name": "look", "arguments": '{"at": "cat"}'}),
        ("t2", {"name": "go", "arguments": ""}),
    ]


def test_odd_tool_calls_are_made_well_typed_or_left_out():
    """Arguments as an object, ids that are numbers, words for an index, names in every piece, calls all numbered 0."""
    [call] = _whole(
        {"tool_calls": [None, "x", {"function": None}, _call(0, 7, "f", {"a": 1})["tool_calls"][0]]}
    ).tool_calls
    assert (call["id"], call["function"]) == ("7", {"name": "f", "arguments": '{"a": 1}'})
    _, repeated = _streamed(_call("one", "t1", "look", "{"), _call("one", "t1", "look", "}"))
    assert [c["function"] for c in repeated.tool_calls] == [{"name": "look", "arguments": "{}"}]
    pieces, crowded = _streamed(_call(0, "t1", "look", "{}"), _call(0, "t2", "go", "{}"))
    assert [p.index for p in pieces] == [0, 1]
    assert [c["id"] for c in crowded.tool_calls] == ["t1", "t2"]


KEYS = st.sampled_from(
    [
        *("type", "text", "content", "audio", "images", "function", "index", "id", "name", "arguments", "data", "url"),
        *("transcript", "thinking", "refusal", "image_url", "reasoning", "reasoning_content", "tool_calls"),
        *("prompt_tokens", "prompt_tokens_details", "cached_tokens", "cost", "provider_specific_fields"),
    ]
)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("image_url")
JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=20
)
OBJECT = st.dictionaries(KEYS, JSON, max_size=8)


@given(OBJECT, OBJECT | JSON, JSON)
def test_whatever_a_provider_sends_is_well_typed_or_a_failed_call(message, usage, finish_reason):
    """No provider can make the reader fail in any other way, and what it read is JSON."""
    choice = {"message": message, "delta": message, "finish_reason": finish_reason}
    payload = {"choices": [choice], "usage": usage}
    streamed = StreamedCompletion()
    try:
        streamed.add(payload)
        streamed.end()
        read = (read_completion(payload), streamed.completion())
    except ModelCallError:
        return
    for completion in read:
        assert isinstance(completion.text, str)
        assert completion.finish_reason in {"stop", "length", "tool_calls", "content_filter", "other"}
        for call in completion.tool_calls:
            assert all(isinstance(call["function"][key], str) for key in ("name", "arguments"))
            assert isinstance(call.get("id", ""), str)
        assert json.loads(json.dumps(completion.parts)) == list(completion.parts)
