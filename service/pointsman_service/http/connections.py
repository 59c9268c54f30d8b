"""What a connection may do: how many there are, how long one may say nothing or take nothing, what is no HTTP.

Whoever connects and says nothing keeps nobody out, as at the gRPC door: a connection counts from its first moment, its
handshake among it, and each thing that the other side may leave undone has its time.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from aiohttp import web_protocol
from aiohttp.http_exceptions import BadHttpMethod
from aiohttp.web import BaseRequest, Response, Server, StreamResponse

from pointsman_service.errors import Fault, InvalidRequest
from pointsman_service.http.dialects import OPENAI, refusal

HANDSHAKE_S = 10.0
"""For TLS; as long as gRPC's may take."""
FIRST_REQUEST_S = 10.0
"""For the headers of a connection's first request."""
KEEP_ALIVE_S = 75.0
"""For the headers of the next; balancers keep theirs for 60 s (AWS, nginx), and must be the first to let go."""
SLOW_READER_S = 30.0
"""A client that takes nothing of what was sent for so long is cut off: it holds a place, and a stream's models."""
LINGER_S = 1.0
"""What is still being sent when it was refused is taken and dropped for so long: closed at once, the connection would
be reset, and most clients tell of that instead of the refusal that they were sent."""
LOOK_S = 5.0
"""Seconds between two looks at who takes what."""
MOST_HEADERS = 64
MAX_LINE = 8_190
MAX_FIELD = 12 << 10
"""Of a header's value: a credential has up to 8 KiB, with its scheme."""


class Connections(Server):
    """aiohttp's server of a handler, bounded. most: connections at once, beyond which one is closed at once.

    tls: of handshakes from now on, None for plain text.
    """

    def __init__(self, handler: Any, most: int, tls: ssl.SSLContext | None = None) -> None:  # noqa: ANN401 - aiohttp's own type is private
        super().__init__(handler, handler_cancellation=True)
        self._most, self.tls = most, tls
        self._handshakes: set[asyncio.Task[None]] = set()

    def __call__(self) -> Any:  # noqa: ANN401 - a protocol of either kind
        """The protocol of one more connection."""
        return self.connection() if self.tls is None else _Handshaking(self)

    def connection(self) -> _Connection:
        """The protocol of one that speaks HTTP from its first byte on."""
        return _Connection(self, self._loop)

    @property
    def is_full(self) -> bool:
        """Whether one more would be too many."""
        return len(self._connections) + len(self._handshakes) >= self._most

    def shake(self, transport: asyncio.Transport) -> None:
        """Begin TLS on a connection."""
        task = asyncio.create_task(self._shaken(transport), name="handshake of http")
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    async def _shaken(self, transport: asyncio.Transport) -> None:
        assert self.tls is not None
        connection = self.connection()
        try:
            encrypted = await self._loop.start_tls(
                transport, connection, self.tls, server_side=True, ssl_handshake_timeout=HANDSHAKE_S
            )
        except OSError:  # no TLS, no certificate that is taken, no patience
            transport.abort()
            return
        if encrypted is not None and not connection.is_lost:  # what came meanwhile it has kept
            connection.connection_made(encrypted)

    async def watch(self) -> None:
        """Cut off who takes nothing of what was sent. Does not end."""
        held: dict[asyncio.Transport, tuple[int, float]] = {}
        while True:
            await asyncio.sleep(LOOK_S)
            held = _held(self._connections.values(), held, self._loop.time())
            for transport, (_, since) in held.items():
                if self._loop.time() - since >= SLOW_READER_S:
                    transport.abort()

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp's own signature
        """Let what runs finish for so long, then cancel it."""
        for handshake in list(self._handshakes):
            handshake.cancel()
        await super().shutdown(timeout)


def _held(
    transports: Iterable[asyncio.Transport], before: dict[asyncio.Transport, tuple[int, float]], now: float
) -> dict[asyncio.Transport, tuple[int, float]]:
    """Those that took nothing since the look before: bytes that wait for them, and since when."""
    held = {}
    for transport in transports:
        size = transport.get_write_buffer_size()
        least, since = before.get(transport, (size, now))
        if size:
            held[transport] = (size, since) if size >= least else (size, now)
    return held


class _Handshaking(asyncio.Protocol):
    """A connection before its handshake."""

    def __init__(self, server: Connections) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it, where there is room."""
        assert isinstance(transport, asyncio.Transport)
        if self._server.is_full:
            transport.abort()
        else:
            self._server.shake(transport)


class _Connection(web_protocol.RequestHandler):
    """One connection."""

    __slots__ = ("_first", "_lost", "_server", "is_lost")

    def __init__(self, server: Connections, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            keepalive_timeout=KEEP_ALIVE_S,
            access_log=None,  # type: ignore[arg-type] # which is how aiohttp is told to write none
            max_line_size=MAX_LINE,
            max_field_size=MAX_FIELD,
            max_headers=MOST_HEADERS,
            lingering_time=LINGER_S,
            auto_decompress=False,
        )
        self._server, self.is_lost, self._lost = server, False, asyncio.Event()
        self._first: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it, where there is room."""
        is_full = self._server.is_full
        super().connection_made(transport)
        if is_full:
            self.force_close()
            return
        self._first = asyncio.get_running_loop().call_later(FIRST_REQUEST_S, self._is_silent)

    def connection_lost(self, exc: BaseException | None) -> None:
        """It is gone."""
        self.is_lost = True
        self._lost.set()
        if self._first is not None:
            self._first.cancel()
        super().connection_lost(exc)

    def _is_silent(self) -> None:
        if self._request_count == 0:
            self.force_close()

    def handle_error(  # aiohttp's own signature
        self,
        request: BaseRequest,  # noqa: ARG002
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> StreamResponse:
        """What is no HTTP is told so in JSON, and in no line of the log: anybody can send it."""
        error = InvalidRequest([("request", f"is no HTTP that is served here: {message or status}")], Fault.MALFORMED)
        body, told = refusal(error, OPENAI, "").body, status if status < 500 else 400
        if isinstance(exc, BadHttpMethod):
            body, told = body.replace(b'"invalid_value"', b'"method_not_allowed"', 1), 405
        response = _LastWord(self, body=body, status=told, content_type="application/json")
        response.force_close()
        self.close()
        return response

    async def linger(self) -> None:
        """Say no more, and drop what still comes for a while: see LINGER_S. What is closed drops it already."""
        if self.transport is not None and self.transport.can_write_eof():
            self.transport.write_eof()
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                await self._lost.wait()


class _LastWord(Response):
    """What is told to who sends no HTTP. aiohttp lingers for the rest of a body, and here there is none to read."""

    def __init__(self, connection: _Connection, **options: Any) -> None:  # noqa: ANN401 - aiohttp's own
        super().__init__(**options)
        self._connection = connection

    async def write_eof(self, data: bytes = b"") -> None:
        """Then the connection takes its leave."""
        await super().write_eof(data)
        await self._connection.linger()
