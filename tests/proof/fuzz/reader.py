"""The reader of providers' bodies alone: whatever comes, it tells of an answer, or which failure this is."""

from __future__ import annotations

import gzip
import zlib

import aiohttp
from pointsman_service.adapters.callers.answer_body import AnswerBody
from pointsman_service.chat.answer_reader import AnswerReader
from pointsman_service.errors import ModelCallError

from .upstream import body, cut

MOST_BYTES = 2**18
"""A small limit, so that what is beyond it is met."""

MOST_TOKENS = 2**31 - 1
"""What the contract and the log can hold of a count."""


class Pieces:
    """aiohttp's stream of a body, as far as it is read: pieces, then nothing or a broken connection."""

    def __init__(self, pieces, *, breaks):
        self._pieces, self._breaks = list(pieces), breaks

    async def readany(self):
        if self._pieces:
            return self._pieces.pop(0)
        if self._breaks:
            raise aiohttp.ClientPayloadError("broken off")
        return b""


async def read(rng):
    """One body, read as a call reads it: "an answer", or which failure. Anything else that it raises is a find."""
    data, encoding = body(rng), ""
    if rng.random() < 0.1:
        encoding, pack = rng.choice((("gzip", gzip.compress), ("deflate", zlib.compress), ("br", bytes)))
        data = pack(data if rng.random() < 0.8 else b"\n" * 3 * 10**6)
    content = Pieces(cut(data, rng), breaks=rng.random() < 0.1)
    reader = AnswerReader(MOST_BYTES, thinks_unsaid=rng.random() < 0.2)
    answer = AnswerBody(
        content, reader, encoding=encoding, headers=rng.choice(({}, {"x-litellm-response-cost": "1e999"}))
    )
    try:
        async for _delta in answer.deltas():
            pass
        whole = await answer.completion()
    except ModelCallError as error:
        return error.kind
    except aiohttp.ClientPayloadError:
        return "broken off"
    counted = (whole.usage.input_tokens, whole.usage.output_tokens)
    assert isinstance(whole.text, str)
    assert all(n is None or (isinstance(n, int) and 0 <= n <= MOST_TOKENS) for n in counted), counted
    return "an answer"
