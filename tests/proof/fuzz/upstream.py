"""A provider that says whatever a model may say, and now and then what no provider should, over a real connection."""

from __future__ import annotations

import json

from tests.service.adapters import raw_upstream as raw

from .values import ANSWERS, JSON_ANSWERS

GARBAGE = 0.04
"""Of answers that are none: few, or the breakers stay open and nothing else is asked any more."""

_FAILED = (400, 429, 500, 503)
"""Not 401 or 404: what only a new configuration mends would leave a model alone for the rest of the run."""
_GARBAGE = (None, b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", b"HTTP/9.9 200\r\n\r\n", b"\x00\r\n\r\n")


class Says:
    """Answers by a random generator of its own, which each input seeds anew."""

    def __init__(self, rng):
        self.rng = rng

    def __call__(self, asked):
        rng = self.rng
        if rng.random() < GARBAGE:
            return rng.choice(
                (*_GARBAGE, raw.response(rng.randbytes(40)), raw.response("", status=rng.choice(_FAILED)))
            )
        try:
            streams = bool(asked.json.get("stream"))
        except (ValueError, AttributeError):
            streams = False
        text = rng.choice(ANSWERS if rng.random() < 0.5 else JSON_ANSWERS)
        if streams:
            body = raw.events(*(text[n : n + 9_000] for n in range(0, len(text), 9_000)))
            return raw.response(body, content_type="text/event-stream")
        return raw.response(completion(text, rng))


def completion(text, rng):
    """A completion; one in four calls tools, one in four counts its tokens in a way that nobody can."""
    whole = raw.completion(text)
    if rng.random() < 0.25:
        call = {"id": "c-1", "type": "function", "function": {"name": "add", "arguments": text}}
        whole["choices"][0]["message"] = {"role": "assistant", "content": None, "tool_calls": [call]}
    if rng.random() < 0.25:
        odd = rng.choice((2**63, -1, 10**18, "7", None, 1e300, True, []))
        whole["usage"] = {"prompt_tokens": odd, "completion_tokens": odd, "cost": odd}
    return whole


def body(rng):
    """A body of status 200 as `feed` takes it: a good one, or one that was damaged."""
    text = rng.choice(ANSWERS)[: rng.choice((50, 500, 10_000))]
    good = raw.events(text[:20], text[20:]) if rng.random() < 0.6 else json.dumps(completion(text, rng)).encode()
    return good if rng.random() < 0.2 else _damaged(good, rng)


PIECES = (
    b"\n", b"\r", b"\r\n\r\n", b"data:", b"data: [DONE]\n\n", b"data: {\n\n", b"event: error\n", b":\n",
    b"\xef\xbb\xbf", b"\xff",
    b'data: {"choices": []}\n\n', b'data: {"error": {"message": 5, "code": []}}\n\n',
    b'data: {"choices": [{"delta": 5}]}\n\n',
    b'data: {"choices": [{"index": -1, "delta": {"tool_calls": [{"index": 1e9, "function": 7}]}}]}\n\n', b"[" * 900,
    b"\x00",
    b'data: {"choices": [{"delta": {"content": [{"type": "text"}]}, "finish_reason": {}}]}\n\n', b"<think>",
    b"</think>",
    b'data: {"usage": {"prompt_tokens": 9223372036854775808, "completion_tokens_details": 5}}\n\n', b'"', b"\\ud800",
    b"null",
)  # fmt: skip


def _damaged(good, rng):
    data = bytearray(good)
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(data))
        match rng.randrange(5):
            case 0:
                data[at:at] = rng.choice(PIECES)
            case 1:
                del data[at : at + rng.randint(1, 30)]
            case 2:
                del data[at:]
            case 3:
                data[at : at + 1] = rng.randbytes(1)
            case 4:
                data[at : at + 4] = json.dumps(rng.choice((None, [], {}, -1, 1e300, "x", 2**63, True))).encode()
    return bytes(data)


def cut(data, rng):
    """The same bytes in pieces, as connections bring them."""
    pieces = []
    while data:
        size = rng.choice((1, 3, 17, 400, 10**6))
        pieces, data = [*pieces, data[:size]], data[size:]
        if len(pieces) > 200:
            return [*pieces, data]
    return pieces
