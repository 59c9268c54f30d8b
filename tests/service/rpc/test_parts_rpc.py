"""Messages in parts: what reaches the application is what OpenAI's wire format has, and bad parts are told by field."""

import base64

import pytest
from pointsman import v1
from pointsman_service.domain import ChatMessage
from pointsman_service.rpc.write_chat import part_messages

PNG = b"\x89PNG"
PNG_URL = "data:image/png;base64," + base64.b64encode(PNG).decode()
TEXT = v1.ContentPart(text="What is this?")


def _image(**fields):
    return v1.ContentPart(image=v1.ImagePart(**fields))


def _audio(**fields):
    return v1.ContentPart(audio=v1.AudioPart(**({"data": b"RIFF", "format": "wav"} | fields)))


def _file(**fields):
    return v1.ContentPart(file=v1.FilePart(**fields))


def _route(served, *parts, **fields):
    message = v1.ChatMessage(**({"role": v1.ROLE_USER, "parts": parts} | fields))
    return served.router.Route(v1.RouteRequest(query=v1.Query(messages=[message])))


@pytest.mark.parametrize(
    ("part", "wire"),
    [
        (
            _image(url="https://example.org/a.png", detail="high"),
            {"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "high"}},
        ),
        (_image(url=PNG_URL), {"type": "image_url", "image_url": {"url": PNG_URL}}),
        (_image(data=PNG, media_type="image/png"), {"type": "image_url", "image_url": {"url": PNG_URL}}),
        (_audio(), {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}),
        (_file(file_id="file-1"), {"type": "file", "file": {"file_id": "file-1"}}),
        (
            _file(data=b"%PDF", media_type="application/pdf", filename="a.pdf"),
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERg=="}},
        ),
    ],
)
async def test_each_kind_of_part_reaches_the_application_as_providers_take_it(served, part, wire):
    """Bytes as base64; the text parts are what the router reads, on lines of their own."""
    await _route(served, TEXT, part, v1.ContentPart(text="In a word."))
    (message,) = served.application.asked[0][1].question.messages
    text = ({"type": "text", "text": "What is this?"}, {"type": "text", "text": "In a word."})
    assert message == ChatMessage("user", "What is this?\nIn a word.", (text[0], wire, text[1]))


async def test_the_application_knows_which_modalities_a_query_has(served):
    """From its parts."""
    await _route(served, TEXT, _image(url="https://example.org/a.png"), _audio())
    assert served.application.asked[0][1].question.modalities == {"image", "audio"}


async def test_a_picture_alone_is_a_message(served):
    """With no text to read."""
    await _route(served, _image(url="https://example.org/a.png"))
    assert served.application.asked[0][1].question.text == ""


@pytest.mark.parametrize(
    ("part", "field", "complaint"),
    [
        (v1.ContentPart(), "", "must be one of text, image, audio, file"),
        (v1.ContentPart(text=""), ".text", "must not be empty"),
        (_image(), ".image", "must have one of url, data"),
        (_image(url="ftp://example.org"), ".image.url", "must begin with http://, https://, data:"),
        (_image(url=""), ".image.url", "must begin with"),
        (_image(url="https://example.org/a b"), ".image.url", "no blanks"),
        (_image(url="https://" + "x" * 8_192), ".image.url", "at most 8192"),
        (_image(url="data:text/html,x"), ".image.url", "must hold a picture"),
        (_image(url="data:image/png"), ".image.url", "must hold a picture"),
        (_image(url="data:image/png;base64," + "A" * 400), ".image.url", "at most 64 bytes"),
        (_image(url="https://example.org", detail="full"), ".image.detail", "must be one of low, high, auto"),
        (_image(data=PNG), ".image.media_type", "must be given with data"),
        (_image(data=PNG, media_type=""), ".image.media_type", "leave it out"),
        (_image(data=PNG, media_type="image"), ".image.media_type", "must be a media type"),
        (_image(data=PNG, media_type="application/pdf"), ".image.media_type", "must be that of a picture"),
        (_image(data=b"", media_type="image/png"), ".image.data", "must not be empty"),
        (_image(data=b"x" * 65, media_type="image/png"), ".image.data", "is 65 bytes long; at most 64"),
        (_audio(data=b""), ".audio.data", "must not be empty"),
        (_audio(data=b"x" * 65), ".audio.data", "at most 64"),
        (_audio(format=""), ".audio.format", "must name a format"),
        (_audio(format="audio/wav"), ".audio.format", "must name a format"),
        (_file(), ".file", "must have one of file_id, data"),
        (_file(file_id=""), ".file.file_id", "must not be empty"),
        (_file(data=b"x"), ".file.media_type", "must be given with data"),
        (_file(data=b"x", media_type="pdf"), ".file.media_type", "must be a media type"),
        (_file(data=b"x" * 65, media_type="a/b"), ".file.data", "at most 64"),
        (_file(file_id="f", filename="a\nb"), ".file.filename", "printable"),
    ],
)
async def test_a_part_that_no_provider_could_take_is_refused(served, refused, part, field, complaint):
    """By its place in the message."""
    found = await refused(_route(served, TEXT, part))
    assert complaint in found[f"query.messages[0].parts[1]{field}"]
    assert served.application.asked == []


async def test_a_message_has_content_or_parts(served, refused):
    """Both would be read twice, or one not at all."""
    found = await refused(_route(served, TEXT, content="What is this?"))
    assert set(found) == {"query.messages[0].parts"}


async def test_a_message_of_blanks_is_none(served, refused):
    """In parts as in content."""
    found = await refused(_route(served, v1.ContentPart(text=" "), v1.ContentPart(text="\n")))
    assert found == {"query.messages[0].parts": "must hold more than blanks"}


async def test_a_message_has_so_many_parts(served, refused):
    """The limit is named."""
    found = await refused(_route(served, *[TEXT] * 5))
    assert found == {"query.messages[0].parts": "has 5 entries; at most 4 are allowed"}


async def test_the_texts_of_all_parts_count_together(served, refused):
    """Against the same limit as content."""
    found = await refused(_route(served, *[v1.ContentPart(text="x" * 501)] * 2))
    assert found == {"query.messages": "hold 1002 characters together; at most 1000 are allowed"}


@pytest.mark.parametrize(
    ("wire", "part"),
    [
        ({"type": "text", "text": "Four."}, v1.ContentPart(text="Four.")),
        ({"type": "image_url", "image_url": {"url": PNG_URL}}, _image(data=PNG, media_type="image/png")),
        ({"type": "image_url", "image_url": "https://x/a.png"}, _image(url="https://x/a.png")),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,?"}}, _image(url="data:image/png;base64,?")),
        ({"type": "audio", "audio": {"data": "UklGRg==", "format": "wav"}}, _audio()),
        ({"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}, _audio()),
        ({"type": "file", "file": {"file_id": "f"}}, _file(file_id="f")),
        (
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERg==", "filename": "a.pdf"}},
            _file(data=b"%PDF", media_type="application/pdf", filename="a.pdf"),
        ),
        ({"type": "video", "video": {}}, None),
        ({"type": "audio"}, None),
        ({}, None),
    ],
)
def test_parts_of_an_answer_are_written_as_far_as_the_contract_has_words_for_them(wire, part):
    """Providers write them: what is malformed raises nothing."""
    assert part_messages([wire]) == ([] if part is None else [part])
