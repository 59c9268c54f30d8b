"""Reads a response whose status says that there is no answer."""

from __future__ import annotations

import asyncio
import zlib

import aiohttp

from pointsman_service.adapters.callers.connection_errors import BROKEN
from pointsman_service.chat.call_errors import error_of_status
from pointsman_service.chat.provider_json import parse_json
from pointsman_service.errors import ModelCallError

MOST_BYTES = 2**20
"""Of a refusal that are read: its words are at its beginning."""

WAIT_S = 2.0
"""Seconds for its words: what it is, its status has said already."""


def is_refusal(status: int) -> bool:
    """Whether this status says that there is no answer."""
    return not 200 <= status < 300


async def refusal(response: aiohttp.ClientResponse, *, encoding: str = "") -> ModelCallError:
    """The failure that it is. encoding: its Content-Encoding, where aiohttp has not undone it."""
    raw = await _beginning(response)
    if encoding.strip().lower() in ("gzip", "x-gzip", "deflate"):
        raw = _inflated(raw)
    return error_of_status(response.status, _parsed_or_text(raw), response.headers)


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """What came of the body, all of it or not."""
    raw = b""
    try:
        async with asyncio.timeout(WAIT_S):
            while len(raw) < MOST_BYTES and (piece := await response.content.readany()):
                raw += piece
    except BROKEN:
        response.close()  # the rest of it is nobody's, and its connection no good
    else:
        response.release() if len(raw) < MOST_BYTES else response.close()
    return raw[:MOST_BYTES]


def _inflated(raw: bytes) -> bytes:
    try:
        return zlib.decompressobj(47).decompress(raw, MOST_BYTES)  # 47: gzip's or zlib's, whichever it is
    except zlib.error:
        return b""


def _parsed_or_text(raw: bytes) -> object:
    try:
        return parse_json(raw)
    except ValueError:
        return raw[:4000].decode(errors="replace")
