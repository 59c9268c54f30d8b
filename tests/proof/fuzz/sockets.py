"""A share of the inputs over real connections: gRPC with bytes as they are, and bytes that are not even HTTP/2."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from pointsman_service.process.compose import running

from .doors import METHODS

ADMIN = "/pointsman.v1.AdminService/"
HEALTH = "/grpc.health.v1.Health/"
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
CALL_S = 20.0


@asynccontextmanager
async def listening(settings_of, base_url):
    """A service on sockets of its own; the channels to them."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="pointsman-fuzz-"))
        service = await stack.enter_async_context(running(settings_of(Path(folder) / "data", base_url)))
        channels = [
            await stack.enter_async_context(grpc.aio.insecure_channel(address))
            for address in (service.address, service.admin_address)
        ]
        yield Sockets(service, *channels)


class Sockets:
    """`call` as `Doors` has it; `tools` are health and reflection; `noise` is no gRPC at all."""

    def __init__(self, service, channel, operators):
        self.service, self._channel, self._operators = service, channel, operators

    async def call(self, path, raw, metadata=(), seconds=5.0):
        """The code. Deadlines are ours: a caller's own may be longer than anybody waits."""
        streams = path in METHODS and METHODS[path].server_streaming
        channel = self._operators if path.startswith(ADMIN) else self._channel
        make = channel.unary_stream if streams else channel.unary_unary
        call = make(path)(raw, metadata=_sendable(metadata), timeout=min(seconds or CALL_S, CALL_S))
        try:
            if streams:
                async for _ in call:
                    pass
            else:
                await call
        except grpc.aio.AioRpcError as error:
            return error.code()
        return grpc.StatusCode.OK

    async def tools(self, raw):
        """Health and reflection with these bytes: they parse by themselves, and UNKNOWN is gRPC's word for bytes."""
        await self.call(f"{HEALTH}Check", raw)
        call = self._channel.stream_stream(REFLECTION)(iter((raw,)), timeout=CALL_S)
        with suppress(grpc.aio.AioRpcError):
            async for _ in call:
                pass

    async def noise(self, raw):
        """Bytes on a connection of their own, with HTTP/2's preface or without."""
        host, _, port = self.service.address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(raw)
        with suppress(OSError, TimeoutError):
            await writer.drain()
            async with asyncio.timeout(0.05):
                await reader.read(4_096)
        writer.close()

    async def serves(self):
        """Whether health still says so, and the tools that were thrown at still answer."""
        check = self._channel.unary_unary(
            f"{HEALTH}Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        health = await check(health_pb2.HealthCheckRequest(), timeout=CALL_S)
        ask = self._channel.stream_stream(
            REFLECTION,
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )(iter((reflection_pb2.ServerReflectionRequest(list_services=""),)), timeout=CALL_S)
        told = [r async for r in ask]
        return health.status == health_pb2.HealthCheckResponse.SERVING and bool(told)


def _sendable(metadata):
    """What gRPC's client lets through: it refuses other values by itself."""
    kept = []
    for key, value in metadata:
        clean = "".join(c for c in value if " " <= c <= "~").strip()[:4_000]
        if key != "user-agent":
            kept.append((key, clean))
    return tuple(kept)
