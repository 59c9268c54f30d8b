"""A request's body: bounded in bytes, in time and in JSON values before anything of it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from pointsman_service.domain.request_limits import Limits
from pointsman_service.errors import Fault, InvalidRequest

FIRST_S = 10.0
"""For a body to begin; what HTTP servers give a silent client (nginx 60, Apache 20)."""
SLOWEST_BYTES_S = 16 << 10
"""Bytes a second below which a body is not waited for: a modem of 1998 is a third of it, any phone a hundred times."""
LARGE_BYTES = 128 << 10
"""From here on a body is parsed in a thread: below it takes a millisecond at most."""
_STRUCTURE = 60_000
"""Commas and brackets beside those of texts: 2,000 messages with parts and calls have fewer."""

_decoder = msgspec.json.Decoder()


class Incoming(Protocol):
    """aiohttp's stream of a body."""

    async def readany(self) -> bytes:
        """What has come, b"" at the end."""


async def read_body(incoming: Incoming, most_bytes: int, told_bytes: int | None) -> bytes:
    """All of it. told_bytes: what Content-Length says. Raises InvalidRequest: too long, too slow."""
    if told_bytes is not None and told_bytes > most_bytes:
        raise too_long(told_bytes, most_bytes)
    pieces, size = list[bytes](), 0
    try:
        async with asyncio.timeout(FIRST_S) as waiting:
            started = asyncio.get_running_loop().time()
            while piece := await incoming.readany():
                pieces.append(piece)
                size += len(piece)
                if size > most_bytes:
                    raise too_long(size, most_bytes)
                waiting.reschedule(started + FIRST_S + size / SLOWEST_BYTES_S)
    except TimeoutError as error:
        raise InvalidRequest([("body", f"came too slowly: {size} bytes")], Fault.TOO_LONG) from error
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def too_long(size: int, most_bytes: int) -> InvalidRequest:
    """The error for a body of so many bytes."""
    return InvalidRequest(
        [("body", f"is {size} bytes long or longer; at most {most_bytes} are allowed")], Fault.TOO_LONG
    )


def most_values(limits: Limits) -> int:
    """Commas and brackets that a body may have: each may stand in a text, so all of the texts' characters count."""
    return limits.text_chars + 3 * limits.all_json_chars + _STRUCTURE


async def json_object(data: bytes, limits: Limits) -> Mapping[str, Any]:
    """The object that a body is. Raises InvalidRequest."""
    if len(data) <= LARGE_BYTES:
        return _parsed(data)
    return await asyncio.to_thread(_counted, data, limits)


def _counted(data: bytes, limits: Limits) -> Mapping[str, Any]:
    # A list within a list takes 30 times its two bytes: some million of them are a gigabyte.
    if sum(data.count(mark) for mark in (b",", b"[", b"{")) > most_values(limits):
        raise InvalidRequest([("body", f"holds more than {most_values(limits)} values")], Fault.TOO_MANY)
    return _parsed(data)


def _parsed(data: bytes) -> Mapping[str, Any]:
    try:
        value = _decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidRequest([("body", f"is not JSON: {str(error)[:100]}")], Fault.MALFORMED) from error
    if not isinstance(value, dict):
        raise InvalidRequest([("body", "must be a JSON object, in braces")], Fault.MALFORMED)
    return value
