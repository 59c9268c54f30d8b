"""What stands between a client and the service where a vector needs to see or spoil what passes.

client -> Relay (TCP: carries, or silently does not) -> Proxy (gRPC: passes on, or fails) -> service
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
from pointsman import v1

STREAMS = frozenset({"StreamComplete"})
_OWN = ("grpc-", "user-agent", ":")
LONGEST = 64 << 20


class Proxy(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Passes calls on byte by byte, with metadata, deadline and trailers; fails those that `fail` says."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._failing: list[dict[str, Any]] = []
        self._calls: list[dict[str, Any]] = []
        self._last_s: float | None = None

    async def start(self) -> str:
        """Serve; the address."""
        options = (("grpc.max_receive_message_length", LONGEST), ("grpc.so_reuseport", 0))
        pings = (
            ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.max_receive_message_length", LONGEST),
        )
        self._channel = grpc.aio.insecure_channel(self._upstream, options=options[:1])
        self._server = grpc.aio.server(options=(*options[1:], *pings))
        self._server.add_generic_rpc_handlers((self,))
        port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        return f"127.0.0.1:{port}"

    async def close(self) -> None:
        """End what is under way."""
        await self._server.stop(0)
        await self._channel.close()

    def fail(self, step: dict[str, Any]) -> None:
        """The next `times` calls end with `code` and `trailers`, of `methods` only where that is said."""
        self._failing.append({"times": 1, "trailers": {}, "methods": None, "details": "failed by the front", **step})

    def calls(self) -> list[dict[str, Any]]:
        """What came since `reset`, in order. sent: messages that went back."""
        return self._calls

    def reset(self) -> None:
        """Forget what came, and fail nothing any more."""
        self._calls, self._failing, self._last_s = [], [], None

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """How a method is served: all of them in one of two ways."""
        if details.method.rpartition("/")[2] in STREAMS:
            return grpc.unary_stream_rpc_method_handler(self._stream(details.method))
        return grpc.unary_unary_rpc_method_handler(self._unary(details.method))

    def _unary(self, method: str) -> Any:
        async def serve(request: bytes, context: grpc.aio.ServicerContext) -> Any:
            seen = await self._enter(method, request, context)
            call = self._channel.unary_unary(method)(
                request, metadata=_carried(context), timeout=context.time_remaining()
            )
            try:
                response = await call
            except grpc.aio.AioRpcError as failed:
                await _fail_as(failed, context)
            context.set_trailing_metadata(tuple(await call.trailing_metadata() or ()))
            seen["sent"] += 1
            return response

        return serve

    def _stream(self, method: str) -> Any:
        async def serve(request: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
            seen = await self._enter(method, request, context)
            call = self._channel.unary_stream(method)(
                request, metadata=_carried(context), timeout=context.time_remaining()
            )
            try:
                async for item in call:
                    yield item
                    seen["sent"] += 1
            except grpc.aio.AioRpcError as failed:
                await _fail_as(failed, context)
            finally:
                call.cancel()

        return serve

    async def _enter(self, method: str, request: bytes, context: grpc.aio.ServicerContext) -> dict[str, Any]:
        name, now = method.rpartition("/")[2], time.monotonic()
        self._calls.append(
            {
                "method": name,
                "since_last_s": None if self._last_s is None else now - self._last_s,
                "sent": 0,
                "metadata": {k: v for k, v in context.invocation_metadata() if isinstance(v, str)},
                "request_id": _request_id(name, request),
                "deadline_s": context.time_remaining(),
            }
        )
        seen, self._last_s = self._calls[-1], now
        for failing in self._failing:
            if failing["times"] > 0 and (failing["methods"] is None or name in failing["methods"]):
                failing["times"] -= 1
                context.set_trailing_metadata(tuple(failing["trailers"].items()))
                await context.abort(grpc.StatusCode[failing["code"]], failing["details"])
        return seen


def _request_id(method: str, request: bytes) -> str:
    kind = getattr(v1, f"{method}Request", None)
    message = kind.FromString(request) if kind is not None else None
    return str(getattr(message, "request_id", ""))


def _carried(context: grpc.aio.ServicerContext) -> tuple[tuple[str, str | bytes], ...]:
    return tuple((key, value) for key, value in context.invocation_metadata() if not key.startswith(_OWN))


async def _fail_as(failed: grpc.aio.AioRpcError, context: grpc.aio.ServicerContext) -> None:
    context.set_trailing_metadata(tuple(failed.trailing_metadata() or ()))
    await context.abort(failed.code(), failed.details() or "")


class Relay:
    """Carries TCP connections to `upstream` ("HOST:PORT"). bytes_up: what clients have sent so far."""

    def __init__(self, upstream: str) -> None:
        self._host, _, port = upstream.rpartition(":")
        self._port = int(port)
        self._open: set[asyncio.Event] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.bytes_up = 0

    async def start(self) -> str:
        """Listen; the address."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def silence(self) -> None:
        """Nothing passes any more over what is open now, and nobody is told."""
        for silent in self._open:
            silent.set()

    async def close(self) -> None:
        """End it with all connections."""
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        silent = asyncio.Event()
        self._open.add(silent)
        writers = [writer]
        try:
            up_reader, up_writer = await asyncio.open_connection(self._host, self._port)
            writers.append(up_writer)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(reader, up_writer, silent, up=True))
                both.create_task(self._carry(up_reader, writer, silent, up=False))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass  # An end went, or the relay closes; the other is told below. Nobody awaits this task.
        finally:
            self._open.discard(silent)
            for end in writers:
                end.close()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silent: asyncio.Event, *, up: bool
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                if silent.is_set():
                    continue
                self.bytes_up += len(data) if up else 0
                writer.write(data)
                await writer.drain()
        if silent.is_set():
            return
        raise ConnectionAbortedError
