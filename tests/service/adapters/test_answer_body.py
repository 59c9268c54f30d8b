"""The body of a response off its connection: what is compressed is inflated within bounds."""

import gzip
import tracemalloc

import pytest
from pointsman_service.adapters.callers.answer_body import AnswerBody
from pointsman_service.chat.answer_reader import MAX_RESPONSE_BYTES, AnswerReader
from pointsman_service.errors import ModelCallError

MB = 2**20


class Stream:
    """aiohttp's, of one piece."""

    def __init__(self, raw):
        self._pieces = [raw, b""]

    async def readany(self):
        return self._pieces.pop(0)


async def _read(raw):
    body = AnswerBody(Stream(raw), AnswerReader(), encoding="gzip")
    async for _ in body.deltas():
        pass
    return await body.completion()


async def test_a_response_that_inflates_without_end_is_garbage_in_bounded_memory():
    """Two hundred kilobytes that are two hundred megabytes: no more than a whole response is ever made of them."""
    bomb = gzip.compress(b"\n" * 200 * MB, 9)
    tracemalloc.start()
    try:
        with pytest.raises(ModelCallError, match=f"longer than {MAX_RESPONSE_BYTES} bytes") as e:
            await _read(bomb)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert e.value.kind == "garbage"
    assert most < 3 * MAX_RESPONSE_BYTES  # its blocks, and once more while they are put together


async def test_what_is_long_and_honest_is_read_whole():
    """A tenth of the most, well compressed."""
    text = "word " * (MAX_RESPONSE_BYTES // 50)
    raw = f'{{"choices": [{{"message": {{"content": "{text}"}}, "finish_reason": "stop"}}]}}'.encode()
    assert (await _read(gzip.compress(raw, 9))).text == text
