"""A body's bytes are JSON of the body, whatever its parts hold; long plain texts are put in as they are."""

import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_service.chat import encoding
from pointsman_service.chat.encoding import LARGE, encoded, encoded_apart, is_large
from pointsman_service.domain import json_slices as slicing
from pointsman_service.domain.json_slices import LONG, SLICE, is_printable, json_slices

TEXT = st.text() | st.sampled_from(["x" * (LONG + 1), 'a"' * LONG, "\\" * (LONG + 1), "é" * (LONG + 1), "part-0."])
PARTS = st.one_of(
    st.builds(lambda t: {"type": "text", "text": t}, TEXT),
    st.builds(lambda t: {"type": "image_url", "image_url": {"url": t, "detail": "low"}}, TEXT),
    st.builds(lambda t: {"type": "input_audio", "input_audio": {"data": t, "format": "wav"}}, TEXT),
    st.builds(lambda t: {"type": "file", "file": {"file_data": t, "filename": t}}, TEXT),
)
MESSAGES = st.lists(
    st.builds(lambda content: {"role": "user", "content": content}, TEXT | st.none() | st.lists(PARTS, max_size=3)),
    max_size=3,
)


@given(MESSAGES, TEXT)
def test_the_bytes_say_what_the_body_says(messages, more):
    """To the last character, also where texts look like marks."""
    body = {"user": more, "messages": messages, "tools": [{"x": more}]}
    assert json.loads(b"".join(encoded(body))) == body


@given(
    st.recursive(
        TEXT | st.none() | st.booleans() | st.floats(allow_nan=False) | st.sampled_from(["\ud83d" * 5_000]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    )
)
def test_slices_together_are_what_the_encoder_gives(value):
    """To the byte, sorted or not."""
    assert b"".join(json_slices(value)) == json.dumps(value).encode()
    assert b"".join(json_slices(value, sort_keys=True)) == json.dumps(value, sort_keys=True).encode()


BIG = {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "A" * (20 << 20)}}]}]}


@pytest.mark.parametrize("url", ["A", "\u00e9", '"'], ids=["plain", "not ASCII", "quotes"])
def test_nothing_is_encoded_of_a_picture_but_slices(monkeypatch, url):
    """However large it is: no step holds the interpreter for longer than one of them takes."""
    seen, dumps = [], json.dumps
    monkeypatch.setattr(slicing.json, "dumps", lambda value, **how: seen.append(len(str(value))) or dumps(value, **how))
    picture = {"type": "image_url", "image_url": {"url": url * (5 << 20)}}
    pieces = encoded({"messages": [{"role": "user", "content": [picture]}]})
    assert max(seen) <= SLICE
    assert max(map(len, pieces)) <= 6 * SLICE  # \u00e9


async def test_a_large_body_is_encoded_beside_the_event_loop(monkeypatch):
    """And a small one where it is."""
    threads = []
    monkeypatch.setattr(encoding, "encoded", lambda _: threads.append(threading.get_ident()) or [b""])
    await encoded_apart({"messages": [{"role": "user", "content": "hi"}]})
    await encoded_apart({"messages": [{"role": "user", "content": "x" * (LARGE + 1)}]})
    await encoded_apart(BIG)
    assert [ident == threading.get_ident() for ident in threads] == [True, False, False]
    assert not is_large({"messages": [{"role": "tool", "content": None}]})


def test_what_cannot_be_printed_is_found_in_whichever_slice():
    """As str.isprintable finds it."""
    assert is_printable("A" * (3 * SLICE))
    assert not is_printable("A" * (2 * SLICE) + "\n" + "A" * SLICE)
