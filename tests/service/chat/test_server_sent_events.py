"""Events are the same however their bytes were cut on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_service.chat.server_sent_events import EventParser, ServerSentEvent

LINES = st.sampled_from(
    [
        *("", "", "data: a", "data:b", "data:  c ", "data", "data:", ": ping", "event: error", "event:", "id: 7"),
        *("retry: 10", "nonsense", "data: caf\u00e9 \U0001f600", "data: \u2028\u0085\x0b", "datax: y", " data: z"),
    ]
)
ENDS = st.sampled_from(["\n", "\r", "\r\n"])
STREAMS = st.lists(st.tuples(LINES, ENDS), max_size=12).map(lambda lines: "".join(a + b for a, b in lines).encode())


def _parsed(*pieces: bytes) -> list[ServerSentEvent]:
    parser = EventParser()
    return [event for piece in pieces for event in parser.feed(piece)] + parser.end()


@given(STREAMS, st.data())
def test_where_the_bytes_are_cut_makes_no_difference(stream, data):
    """Within a character, between CR and LF, within a line: the events are those of the whole."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert _parsed(*pieces) == _parsed(stream)
    assert _parsed(*(bytes([byte]) for byte in stream)) == _parsed(stream)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(stream):
    """Whatever comes is events, or is none; what is told is well-formed text."""
    for event in _parsed(stream):
        event.data.encode()


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), min_size=1), ENDS)
def test_what_was_written_by_the_rules_is_read(texts, end):
    """Each line of the data is a field of its own; what ends lines elsewhere is content here."""
    written = "".join(f"data: {text}{end}" for text in texts) + end
    assert _parsed(written.encode()) == [ServerSentEvent("\n".join(texts))]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"\xef\xbb\xbfdata: a\n\n", [ServerSentEvent("a")]),
        (b"data: a\n\n\xef\xbb\xbfdata: b\n\n", [ServerSentEvent("a")]),
        (b"event: error\ndata: a\n\ndata: b\n\n", [ServerSentEvent("a", "error"), ServerSentEvent("b")]),
        (b"event: error\n\ndata: b\n\n", [ServerSentEvent("b")]),
        (b"data: a", [ServerSentEvent("a")]),
        (b"data:\n\n", [ServerSentEvent("")]),
        (b": a\n\nid: 7\n\n", []),
        (b"data: caf\xe9\n\n", [ServerSentEvent("caf\ufffd")]),
        (b"data: \xe2\x82", [ServerSentEvent("\ufffd")]),
    ],
)
def test_the_rules_and_where_they_are_stretched(stream, events):
    """A mark only at the start, a name only for its event, an end of the stream that ends an event."""
    assert _parsed(stream) == events
