"""What an endpoint answers with; the border writes it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

JSON = "application/json"
EVENTS = "text/event-stream; charset=utf-8"
Headers = Mapping[str, str]
_ENCODER = msgspec.json.Encoder()


def encoded(value: object) -> bytes:
    """As JSON.

    >>> encoded({"a": 1})
    b'{"a":1}'
    """
    return _ENCODER.encode(value)


@dataclass(frozen=True, slots=True)
class Whole:
    """An answer in one piece."""

    body: bytes
    status: int = 200
    headers: Headers = field(default_factory=dict)
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class Streamed:
    """Server-sent events. chunks: each whole events; what it raises becomes an event of the dialect.

    source: what the chunks are made of, to be closed with them.
    """

    chunks: AsyncGenerator[bytes, None]
    headers: Headers
    source: AsyncGenerator[Any, None]


Answer = Whole | Streamed


def json_answer(value: Mapping[str, Any], headers: Headers | None = None, status: int = 200) -> Whole:
    """An object in one piece."""
    return Whole(encoded(value), status, headers or {})


def event(data: object) -> bytes:
    r"""One server-sent event of OpenAI's chat stream.

    >>> event({"a": 1})
    b'data: {"a":1}\n\n'
    """
    return b"data: " + encoded(data) + b"\n\n"


def named_event(name: str, data: object) -> bytes:
    r"""One server-sent event with a name, as Responses and Anthropic have them.

    >>> named_event("ping", {"type": "ping"})
    b'event: ping\ndata: {"type":"ping"}\n\n'
    """
    return b"event: " + name.encode() + b"\n" + event(data)


ALIVE = b": working\n\n"
"""A comment, which clients skip: a sign of life for whatever is between."""
