"""A grpc.aio server that accepts by itself: each method has its own requests for calls, and none needs a decoded path.

grpcio's loop (1.85) makes a task and waits for a dozen futures per call, and decodes the path of a call for a method
that nobody registered: one that is no UTF-8 ends the loop, the address, and every call under way on it. Here calls of
registered methods are accepted by method, some at once, and all others are UNIMPLEMENTED without a look at their path.

It overrides what grpcio does not promise to keep, so `known_grpcio` looks whether that is as it was; where it is not,
grpcio accepts as it does, and `Door` opens again what a malformed path has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import grpc
import grpc.aio
from grpc._cython import cygrpc
from grpc.aio import _server as aio_server

ACCEPTS = 4
"""Calls of a method that are asked of gRPC at once: with one, each waits for a round trip to grpcio's poller thread."""
UNKNOWN = "unknown"
"""The name of a call of no method here, for grpcio's debug lines."""

_EXPECTED = {
    "_handle_rpc": ("method_name", "method_resolver", "interceptors", "rpc_state", "loop", "concurrency_exceeded"),
    "_schedule_rpc_coro": ("rpc_coro", "rpc_state", "loop", "method_name"),
}


def known_grpcio() -> bool:
    """Whether this grpcio has what is overridden and called here."""
    server = cygrpc.AioServer
    parts = ("_make_request_call_future", "_request_call", "_request_registered_call")
    return all(hasattr(server, part) for part in parts) and all(
        _arguments(getattr(cygrpc, name, None)) == arguments for name, arguments in _EXPECTED.items()
    )


def _arguments(function: Any) -> tuple[str, ...]:  # noqa: ANN401 - compiled
    code = getattr(function, "__code__", None)
    return () if code is None else code.co_varnames[: code.co_argcount]


class _Resolver:
    """What grpcio asks which handler a method has."""

    def __init__(self, handlers: Mapping[str, Any]) -> None:
        self._handlers = handlers

    def resolve_handler(self, details: grpc.HandlerCallDetails) -> Any:  # noqa: ANN401 - grpc has no types
        return self._handlers.get(details.method)


class _Accepting(cygrpc.AioServer):  # type: ignore[misc] # compiled, no types
    """Its futures of next calls never come true: the calls go to tasks of their own."""

    interceptors: tuple[grpc.aio.ServerInterceptor, ...] = ()

    def add_registered_method_handlers(self, method_handlers: dict[str, Any]) -> None:
        """Before the start, as grpcio has it."""
        super().add_registered_method_handlers(method_handlers)
        self.handlers = {**getattr(self, "handlers", {}), **method_handlers}

    def _make_request_call_future(self, method_bytes: bytes | None) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        if not hasattr(self, "accepting"):
            self.accepting: set[asyncio.Task[None]] = set()
        ended: asyncio.Future[None] = loop.create_future()
        for _ in range(ACCEPTS):
            self._kept(loop.create_task(self._accept(method_bytes, ended)))
        return ended

    async def _accept(self, method: bytes | None, ended: asyncio.Future[None]) -> None:
        """Call after call, until the server stops, which grpcio's own loop hears by `ended`."""
        loop = asyncio.get_running_loop()
        name = UNKNOWN if method is None else method.decode()
        resolver = _Resolver({} if method is None else getattr(self, "handlers", {}))
        interceptors = () if method is None else self.interceptors
        try:
            while True:
                state = await (self._request_call() if method is None else self._request_registered_call(method))
                call = cygrpc._handle_rpc(name, resolver, interceptors, state, loop, False)  # noqa: SLF001
                self._kept(loop.create_task(cygrpc._schedule_rpc_coro(call, state, loop, name)))  # noqa: SLF001
        except Exception as error:  # noqa: BLE001 - grpcio's loop ends with what ended this one
            if not ended.done():
                ended.set_exception(error)

    def _kept(self, task: asyncio.Task[None]) -> None:
        """A loop knows its tasks by weak references alone."""
        self.accepting.add(task)
        task.add_done_callback(self.accepting.discard)


class AcceptingServer(aio_server.Server):  # type: ignore[misc] # no types
    """grpc.aio's server with another way to accept; it serves what was added by `add_registered_method_handlers`."""

    def __init__(self, interceptors: Sequence[grpc.aio.ServerInterceptor], options: Sequence[tuple[str, int]]) -> None:
        # Not grpcio's own __init__, which would make a server of the core's beside this one.
        self._loop = cygrpc.get_working_loop()
        arguments = aio_server._augment_channel_arguments(options, None)  # noqa: SLF001
        self._server = _Accepting(self._loop, None, (), interceptors, arguments, None)
        self._server.interceptors = tuple(interceptors)


def server_of(interceptor: grpc.aio.ServerInterceptor, options: Sequence[tuple[str, int]]) -> grpc.aio.Server:
    """One that accepts by itself where this grpcio is known, else grpcio's own."""
    if known_grpcio():
        return AcceptingServer((interceptor,), options)
    return grpc.aio.server(interceptors=[interceptor], options=options)


def add_methods(server: grpc.aio.Server, service: str, handlers: Mapping[str, Any]) -> None:
    """Serve a service's methods, in both ways that grpcio knows, as its generated code does."""
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, dict(handlers)),))
    server.add_registered_method_handlers(service, dict(handlers))
