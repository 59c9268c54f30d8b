"""A request's body in pieces, each written when the connection has room for it; it can be sent again."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

JSON = "application/json"


class SlicedBody(Payload):
    """Implements aiohttp's Payload: its length is told beforehand, so that no provider has to take chunks.

    >>> SlicedBody([b"[1,", b"2]"]).size
    5
    """

    _autoclose = True  # nothing is open

    def __init__(self, pieces: Sequence[bytes]) -> None:
        super().__init__(pieces, content_type=JSON)
        self._pieces = pieces
        self._size = sum(map(len, pieces))

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """See Payload; for logs of aiohttp's, and nobody else."""
        return b"".join(self._pieces).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Each piece; the writer waits where the provider reads slower than this writes."""
        for piece in self._pieces:
            await writer.write(piece)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """As `write`; no more than so many bytes."""
        left: int = sum(map(len, self._pieces)) if content_length is None else content_length
        for piece in self._pieces:
            if left <= 0:
                return
            await writer.write(piece[:left])
            left -= len(piece)
