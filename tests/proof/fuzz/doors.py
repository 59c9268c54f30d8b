"""The whole service with doors that this process opens itself: no socket between an input and who reads it.

Everything is as in `pointsman serve` but for gRPC's server, in whose place something keeps the handlers, with the
interceptors of the border around them. So a call costs what it costs the service, and its CPU time is measured.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace
from unittest import mock

import grpc
import grpc.aio
from pointsman.v1 import admin_service_pb2, feedback_service_pb2, router_service_pb2
from pointsman_service.process.compose import running
from pointsman_service.rpc import door

METHODS = {
    f"/{service.full_name}/{method.name}": method
    for file in (router_service_pb2, feedback_service_pb2, admin_service_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
MOST_ITEMS = 5_000
"""Of one stream: an endless one would be a find."""


class Refused(grpc.aio.AbortError):
    """What a handler's `abort` raises."""


class Context:
    """One call, as far as handlers look at it. code: of its end, once it was refused; message: what `read` gives."""

    message = b""

    def __init__(self, metadata=(), seconds=5.0):
        self._metadata, self._seconds = tuple(metadata), seconds
        self.code, self.details = grpc.StatusCode.OK, ""

    async def read(self):
        return self.message

    def invocation_metadata(self):
        return self._metadata

    def time_remaining(self):
        return self._seconds

    def peer(self):
        return "ipv4:127.0.0.1:4711"

    def auth_context(self):
        return {}

    def peer_identities(self):
        return None

    def peer_identity_key(self):
        return None

    def set_trailing_metadata(self, _metadata):
        """Nobody reads them here."""

    async def send_initial_metadata(self, _metadata):
        """Nobody reads them here."""

    def set_code(self, code):
        self.code = code

    def set_details(self, details):
        self.details = details

    def cancelled(self):
        return False

    def done(self):
        return False

    def add_done_callback(self, _callback):
        """The call ends with its handler."""

    async def abort(self, code, details="", trailing_metadata=()):
        self.code, self.details = code, details
        raise Refused(details)


class KeptServer:
    """What `server_of` gives, as far as the service uses it; `handlers` by the method's path."""

    made = ()

    def __init__(self, interceptor, _options):
        self.interceptors, self.handlers, self.stopped = (interceptor,), {}, asyncio.Event()
        KeptServer.made = (*KeptServer.made, self)

    def add_registered_method_handlers(self, service, handlers):
        self.handlers |= {f"/{service}/{name}": handler for name, handler in handlers.items()}

    def add_generic_rpc_handlers(self, _handlers):
        """The same handlers, in gRPC's older way."""

    def add_insecure_port(self, _address):
        return 1

    def add_secure_port(self, _address, _credentials):
        return 1

    async def start(self):
        """Nothing to listen on."""

    async def stop(self, _grace):
        self.stopped.set()

    async def wait_for_termination(self):
        """Until it is stopped, or its door would be opened anew."""
        await self.stopped.wait()


class Doors:
    """`call` a method with bytes."""

    def __init__(self, servers, service):
        self._servers, self.service = servers, service

    async def _handler(self, path, context):
        details = SimpleNamespace(method=path, invocation_metadata=context.invocation_metadata())
        server = self._servers["AdminService" in path]  # callers' first; each refuses what is the other's

        async def handler(_details, rest=server.interceptors):
            if not rest:
                return server.handlers[path]
            return await rest[0].intercept_service(lambda d: handler(d, rest[1:]), details)

        return await handler(details)

    async def call(self, path, raw, metadata=(), seconds=5.0):
        """(code, responses as bytes). What a handler lets out is raised: no handler may."""
        context, responses = Context(metadata, seconds), []
        handler = await self._handler(path, context)
        try:
            context.message = raw
            if handler.response_streaming:
                async for response in handler.stream_stream(None, context):
                    responses.append(handler.response_serializer(response))
                    if len(responses) > MOST_ITEMS:
                        raise RuntimeError(f"{path} does not end: {MOST_ITEMS} items")
            else:
                responses.append(handler.response_serializer(await handler.stream_unary(None, context)))
        except Refused:
            pass
        return context.code, responses


@asynccontextmanager
async def opened(settings):
    """A service of these settings inside the block, its learner a process of its own as ever."""
    KeptServer.made = ()
    async with AsyncExitStack() as stack:
        with mock.patch.object(door, "server_of", KeptServer):
            service = await stack.enter_async_context(running(settings))
        yield Doors(KeptServer.made, service)
