"""Reads the body of a response off its connection, to the end of the answer, which need not be the connection's."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import aiohttp

from pointsman_service.chat.answer_reader import MAX_RESPONSE_BYTES, AnswerReader
from pointsman_service.chat.call_errors import garbage
from pointsman_service.chat.completion import Completion
from pointsman_service.chat.stated_cost import cost_of_headers
from pointsman_service.domain import AnswerDelta
from pointsman_service.errors import ModelCallError

COUNT_WAIT_S: Final = 1.0
"""Seconds for the count of tokens after an answer has finished: providers send it in the same moment, or not at all."""

LAST_WAIT_S: Final = 0.05
"""Seconds for the end of a response in which nothing can follow, so that its connection can be used again."""

MAX_HEADER_BYTES: Final = 256 * 2**10
"""Of a header, and of all lines before the body: gateways put policies and traces of 8 kB and more there."""

CONNECTION_ERRORS: Final = (aiohttp.ClientError, OSError, TimeoutError)

_WBITS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""By Content-Encoding, what zlib calls the format."""


class AnswerBody:
    """The body of one response. What came is kept until somebody asks for it, whoever has read it off the connection.

    content: aiohttp's stream of it. encoding: its Content-Encoding, where aiohttp has not undone it. headers: of the
    response, which may say what it cost.
    """

    def __init__(
        self,
        content: aiohttp.StreamReader,
        reader: AnswerReader,
        *,
        encoding: str = "",
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._content, self._reader = content, reader
        self._decoder = _decoder(encoding)
        self._stated = cost_of_headers(headers)
        self._told: list[AnswerDelta] = []
        self._ends_at: float | None = None
        self._failure: ModelCallError | None = None
        self.has_ended = False

    @property
    def thought_unsaid(self) -> bool:
        """Whether the model thought before a mark that was never opened."""
        return self._reader.thought_unsaid

    async def deltas(self) -> AsyncIterator[AnswerDelta]:
        """What the answer is made of, as it comes. Raises ModelCallError: garbage; CONNECTION_ERRORS."""
        while True:
            told, self._told = self._told, []
            for delta in told:
                yield delta
            if self.has_ended:
                return
            await self.read_on()

    async def read_whole(self) -> None:
        """Read it to its end. Raises CONNECTION_ERRORS."""
        while not self.has_ended:
            await self.read_on()

    async def completion(self) -> Completion:
        """The whole, once it was read to its end. Raises ModelCallError: garbage, or that it broke off."""
        if self._failure is not None:
            raise self._failure
        return self._reader.completion().stating(self._stated)

    async def read_on(self) -> bytes:
        """Read what has come of it; its bytes as they came, none at its end. Raises CONNECTION_ERRORS."""
        try:
            async with asyncio.timeout_at(self._ends_at):
                raw = await self._content.readany()
        except CONNECTION_ERRORS:
            if not self._reader.has_finished:
                raise
            raw = b""  # the answer was whole before the connection was in trouble
        try:
            self._told += self._heard(raw)
        except ModelCallError as error:
            self._failure, self.has_ended = error, True
        return raw

    def _heard(self, raw: bytes) -> list[AnswerDelta]:
        if not raw:
            self.has_ended = True
            return self._reader.end()
        told = self._reader.feed(self._decoder.decompress(raw) if self._decoder else raw)
        if self._reader.has_finished:
            self._wait_no_longer(says_more=bool(told))
        return told

    def _wait_no_longer(self, *, says_more: bool) -> None:
        """Nothing has to come any more. Pings put the end off no further; words do, of whoever says why before them."""
        over = self._reader.is_done or self._reader.is_counted
        ends_at = asyncio.get_running_loop().time() + (LAST_WAIT_S if over else COUNT_WAIT_S)
        self._ends_at = ends_at if says_more or self._ends_at is None else min(self._ends_at, ends_at)


class Overheard:
    """An `AnswerBody` in the place of aiohttp's stream: who reads that, lets the body hear what comes, to its end."""

    def __init__(self, body: AnswerBody, content: aiohttp.StreamReader) -> None:
        self._body, self._content = body, content

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:  # noqa: ARG002 - pieces as they come are smaller
        """The bytes as they come. Ends where the answer does, and where it is garbage."""
        while not self._body.has_ended:
            if raw := await self._body.read_on():
                yield raw

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the stream has it
        return getattr(self._content, name)


class _Decoder:
    def __init__(self, wbits: int) -> None:
        self._inflate = zlib.decompressobj(wbits)

    def decompress(self, raw: bytes) -> bytes:
        """The bytes that these make clear, no more than a whole response may have. Raises ModelCallError: garbage."""
        try:
            clear = self._inflate.decompress(raw, MAX_RESPONSE_BYTES)
        except zlib.error as error:
            raise garbage("the response is not compressed as it says", None) from error
        if self._inflate.unconsumed_tail:  # a thousand times as long as it came: nobody answers so
            raise garbage(f"the response is longer than {MAX_RESPONSE_BYTES} bytes", None)
        return clear


class _Refused:
    def __init__(self, encoding: str) -> None:
        self._encoding = encoding

    def decompress(self, raw: bytes) -> bytes:
        """Nothing of them. Raises ModelCallError: garbage."""
        why = f"{len(raw)} bytes of the response are compressed in a way that nobody asked for: {self._encoding}"
        raise garbage(why, None)


def _decoder(encoding: str) -> _Decoder | _Refused | None:
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return None
    return _Decoder(_WBITS[name]) if name in _WBITS else _Refused(name)
