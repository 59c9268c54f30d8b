"""The HTTP door under the inputs of `web_inputs`: what it answers, over real connections, and what it must never."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass

from .callers import CALLER, NOBODY, OPERATOR, STRANGER
from .web_inputs import FEEDBACK, OPEN

WAIT_S = 0.05
"""For an answer to what is no whole request; after it the client is gone, as clients go."""
MOST_BYTES = 1 << 26
DEFECT = b"the service has a defect"
"""What a caller is told of an exception that nobody foresaw, in either form, in a stream as well."""


@dataclass(frozen=True)
class WebAnswer:
    """status 0: the connection was closed without one. body: chunks put together."""

    status: int
    head: bytes = b""
    body: bytes = b""


class Web:
    """`ask` one request on a connection of its own."""

    def __init__(self, service):
        self._service = service

    async def ask(self, raw, *, whole):
        """What came back. Raises what a caller's HTTP client would."""
        host, _, port = self._service.http_address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=MOST_BYTES)
        try:
            async with asyncio.timeout(None if whole else WAIT_S):
                told = await self._sent(reader, writer, raw)
        except TimeoutError:
            told = b""
        finally:
            writer.transport.abort()
        return read_answer(told)

    async def _sent(self, reader, writer, raw):
        sending = asyncio.ensure_future(_send(writer, raw))  # a refusal may come before all is sent
        try:
            return await reader.read(-1)
        except ConnectionError:
            return b""
        finally:
            sending.cancel()

    async def serves(self):
        """Whether the next caller is served."""
        told = await self.ask(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", whole=True)
        return told.status == 200


async def _send(writer, raw):
    with suppress(ConnectionError):
        writer.write(raw)
        await writer.drain()


def read_answer(told):
    r"""The first answer of these bytes.

    >>> read_answer(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
    WebAnswer(status=200, head=b'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked', body=b'hi')
    """
    if not told:
        return WebAnswer(0)
    head, _, body = told.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        pieces = []
        while body:
            size, _, body = body.partition(b"\r\n")
            length = int(size or b"0", 16)
            pieces.append(body[:length])
            body = body[length + 2 :]
        body = b"".join(pieces)
    return WebAnswer(int(head.split(b" ", 2)[1]), head, body)


def fault_of(made, answer):
    """What is wrong with an answer, as (kind, words) of a find; None where nothing is."""
    if DEFECT in answer.body:
        return "defect", f"{answer.status} {answer.body[-300:]!r}"
    if answer.status == 0 and made.whole:
        return "crash", "the connection was closed without an answer"
    if answer.status >= 400 and made.method != "HEAD" and _code_of(answer.body) is None:
        return "crash", f"{answer.status} is in nobody's form: {answer.body[:200]!r}"
    wrong = _trespass(made, answer)
    return None if wrong is None else ("trespass", f"{made.who.name}: {wrong}")


def _trespass(made, answer):
    if answer.status != 200 or made.who is OPERATOR or made.path in OPEN or not made.whole:
        return None
    if made.who is NOBODY and b"pm_" not in made.raw:  # an odd header may leave the key beside it as it was
        return f"{made.path} without a key"
    if made.who is CALLER and made.path in {FEEDBACK, "/metrics"}:
        return f"{made.path} is beyond its roles"
    if made.who is STRANGER and (made.path == "/metrics" or (made.path == FEEDBACK and b'"episode_id"' in answer.body)):
        return f"{made.path} of another tenant's"
    return None


def _code_of(body):
    """The word of an error in OpenAI's form or in Anthropic's; None where it is in neither."""
    try:
        error = json.loads(body)["error"]
        return error.get("code") or error["type"] if error["message"] else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
