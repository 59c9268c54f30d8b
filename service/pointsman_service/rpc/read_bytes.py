"""From a request's bytes to its message: bounded before it is parsed, by bytes and by fields, each by its method."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError

from pointsman_service.errors import Fault, InvalidRequest
from pointsman_service.rpc.wire_fields import MOST_FIELDS, MOST_KNOWN, fields_of

Reader = Callable[[bytes], Any]
"""The request; raises what refuses it."""

LARGE_BYTES = 128 << 10
"""From here on fields are counted, and a request is read in a thread: below, both take a few milliseconds at most."""
SHORT_BYTES = 1 << 20
"""Of a request that holds names, ids and numbers: a report of 32 verdicts with their reasons has 100 kB."""
LONG_REQUESTS = frozenset(
    {
        "Route", "Complete", "StreamComplete", "RecordFeedback", "RecordFeedbackBatch", "WarmStart", "CreateModel",
        "UpdateModel", "CreateTaxonomyNode", "UpdateTaxonomyNode",
    }
)  # fmt: skip
"""Methods whose requests hold texts."""


def reader_of(method: str, deserialize: Reader, request_bytes: int) -> Reader:
    """How the requests of a method ("Route") are read. deserialize: `FromString` of its message's class."""
    most_bytes = request_bytes if method in LONG_REQUESTS else min(SHORT_BYTES, request_bytes)
    most_fields = MOST_KNOWN if method == "WarmStart" else MOST_FIELDS
    message = getattr(deserialize, "__self__", None)

    def read(data: bytes) -> Any:  # noqa: ANN401 - of the method's type
        if len(data) > most_bytes:
            raise InvalidRequest(
                [("request", f"is {len(data)} bytes long; at most {most_bytes} are allowed")], Fault.TOO_LONG
            )
        if message is not None and len(data) > LARGE_BYTES and _too_many(data, message.DESCRIPTOR, most_fields):
            raise InvalidRequest(
                [("request", f"has more than {most_fields} fields, at all depths together")], Fault.TOO_MANY
            )
        try:
            return deserialize(data)
        except DecodeError as e:
            raise InvalidRequest(
                [("request", "is no message of this method: its bytes do not parse")], Fault.MALFORMED
            ) from e

    return read


def _too_many(data: bytes, descriptor: Descriptor, most: int) -> bool:
    return fields_of(data, descriptor, most) > most


_SIZE: ContextVar[int] = ContextVar("request_size", default=LARGE_BYTES + 1)


def size_read() -> int:
    """Bytes of the request that this task has read; to ask the message would write it out once more.

    Where nothing was read, as in a test, it is taken for large.
    """
    return _SIZE.get()


async def read_request(read: Reader, data: bytes) -> Any:  # noqa: ANN401 - of the method's type
    """The request; in a thread where it is large."""
    _SIZE.set(len(data))
    return await read_apart(read, data, len(data))


async def read_apart(read: Callable[[Any], Any], of: Any, size: int) -> Any:  # noqa: ANN401 - what `read` returns
    """What `read` makes of it; in a thread where it is so large, in bytes, that it would hold the event loop."""
    return read(of) if size <= LARGE_BYTES else await asyncio.to_thread(read, of)
