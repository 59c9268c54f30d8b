"""A server that sends bytes as it is told, and what a row of the tables says: what is sent, and what has to come of it.

    PLAIN = Row("kind-name", sends(b'{"choices": [...]}'), reads("42"))

A `Script` is what one request is answered with, piece by piece; a row with several has one for each request in turn
(the last for all that follow). Pieces are bytes, a pause in seconds, or one of the words HOLD (the connection stays
open and nothing comes any more), RESET (it is torn down with a TCP reset) and PINGS (a comment every 20 ms, for ever).
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

Word = Literal["HOLD", "RESET", "PINGS"]
Piece = bytes | float | Word
HOLD: Word = "HOLD"
RESET: Word = "RESET"
PINGS: Word = "PINGS"

PING_S = 0.02


@dataclass(frozen=True, slots=True)
class Script:
    """What one request is answered with. head: status line and headers, None to say nothing before the pieces."""

    pieces: tuple[Piece, ...]
    head: bytes | None


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to come of a row.

    fails: the kinds of failure that are right, empty where the answer has to be read. The other fields are compared
    where they are not None. says, hides: what the failure's words must and must not contain. within_s: how long it may
    take.
    """

    fails: tuple[str, ...] = ()
    text: str | None = None
    finish: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    calls: tuple[tuple[str | None, str, str], ...] | None = None
    tokens: tuple[int, int] | None = None
    cached: int | None = None
    estimated: bool | None = None
    mean_logprob: float | None = None
    says: tuple[str, ...] = ()
    hides: tuple[str, ...] = ("Traceback", "site-packages", ".py", "\\u0000")
    within_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Row:
    """One behaviour of a provider.

    streamed: whether a stream is asked for. seconds: the call's time limit. provider_model: where it matters which
    format is spoken; model, question: more fields of them.
    """

    name: str
    scripts: tuple[Script, ...]
    expected: Expected
    streamed: bool = False
    adapters: tuple[str, ...] = ("openai", "litellm")
    seconds: float = 5.0
    provider_model: str | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    question: Mapping[str, Any] = field(default_factory=dict)


def reads(text: str | None = None, finish: str | None = "stop", **more: Any) -> Expected:
    """The answer has to be read."""
    return Expected(text=text, finish=finish, **more)


def fails(*kinds: str, **more: Any) -> Expected:
    """It has to be a failed step of one of these kinds."""
    return Expected(fails=kinds, **more)


def sends(
    *pieces: Piece | str,
    status: str = "200 OK",
    content_type: str = "application/json",
    headers: Sequence[str] = (),
    length: int | None = None,
) -> tuple[Script, ...]:
    """One script: a head, then the pieces; the connection closes after the last. length: of a Content-Length header."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", "Connection: close", *headers]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode()
    told = tuple(p.encode() if isinstance(p, str) and p not in ("HOLD", "RESET", "PINGS") else p for p in pieces)
    return (Script(told, head),)  # type: ignore[arg-type]


def streams(*pieces: Piece | str, headers: Sequence[str] = ()) -> tuple[Script, ...]:
    """As `sends`, as server-sent events."""
    return sends(*pieces, content_type="text/event-stream", headers=headers)


def message(content: object = "42", finish_reason: object = "stop", **more: Any) -> dict[str, Any]:
    """A chat.completion; `more` are fields of its message."""
    said = {"role": "assistant", "content": content, **more}
    return completion({"index": 0, "message": said, "finish_reason": finish_reason})


def completion(choice: object, **more: Any) -> dict[str, Any]:
    """A chat.completion of one choice; `more` are fields at its top."""
    head = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m-1"}
    usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
    return {**head, "choices": [choice], "usage": usage, **more}


def delta(finish_reason: object = None, **fields: Any) -> dict[str, Any]:
    """A chat.completion.chunk."""
    return chunk({"index": 0, "delta": fields, "finish_reason": finish_reason})


def chunk(*choices: object, **more: Any) -> dict[str, Any]:
    """A chat.completion.chunk of these choices."""
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m-1", "choices": [*choices], **more}


def text_of(value: object) -> str:
    """JSON, its surrogates escaped as providers escape them."""
    return json.dumps(value)


def event(value: object) -> bytes:
    """One server-sent event."""
    return f"data: {value if isinstance(value, str) else text_of(value)}\n\n".encode()


USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
DONE = b"data: [DONE]\n\n"
STOP = event(delta("stop"))
COUNTED = event(chunk(usage=USAGE))


class Upstream:
    """The server; `async with` starts and stops it. `requests`: the bodies of what was asked, heads in `heads`."""

    def __init__(self, scripts: Sequence[Script]) -> None:
        self._scripts = scripts
        self.requests: list[Any] = []
        self.heads: list[bytes] = []
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def base_url(self) -> str:
        """Where it is."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the service has hung up, as it may, or the test is over
        finally:
            writer.close()
            self._open.discard(task)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head))
        script = self._scripts[min(len(self.requests), len(self._scripts) - 1)]
        self.heads.append(head)
        self.requests.append(json.loads(body))
        for piece in (script.head, *script.pieces):
            if isinstance(piece, bytes):
                writer.write(piece)
                await writer.drain()
            elif piece is not None:
                await _does(piece, writer)


async def _does(piece: float | Word, writer: asyncio.StreamWriter) -> None:
    if isinstance(piece, float | int):
        await asyncio.sleep(piece)
    elif piece == "HOLD":
        await asyncio.Event().wait()
    elif piece == "PINGS":
        while True:
            writer.write(b": ping\n\n")
            await writer.drain()
            await asyncio.sleep(PING_S)
    else:
        await asyncio.sleep(PING_S)  # what was sent must arrive before the reset throws it away
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0
