"""Whoever connects and says nothing keeps nobody out."""

import asyncio
from itertools import islice

from grpc_health.v1 import health_pb2, health_pb2_grpc

SILENT, MOST = 24, 6


async def serving(channel):
    """Whether health answers there."""
    answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=20)
    return answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_silent_connections_leave_those_that_are_there_and_the_operators(start_server, monkeypatch):
    """Beyond its part of the descriptors an address closes new ones at once; nobody needs a key to connect."""
    monkeypatch.setattr("pointsman_service.rpc.server.HANDSHAKE_MS", 600_000)
    served = await start_server(connections=MOST, admin_connections=MOST)
    assert await serving(served.channel)
    silent = [await asyncio.open_connection("127.0.0.1", served.ports.callers) for _ in range(SILENT)]
    try:
        ends = [asyncio.create_task(_end(reader)) for reader, _ in silent]
        async with asyncio.timeout(20):
            for closed in islice(asyncio.as_completed(ends), SILENT - MOST):
                await closed
        assert await serving(served.channel)
        assert await serving(served.admin_channel)
    finally:
        for end in ends:
            end.cancel()
        for _, writer in silent:
            writer.close()


async def test_who_says_nothing_gives_the_place_back(start_server, monkeypatch):
    """Else a few connections a minute would hold all of them."""
    monkeypatch.setattr("pointsman_service.rpc.server.HANDSHAKE_MS", 50)
    served = await start_server()
    reader, writer = await asyncio.open_connection("127.0.0.1", served.ports.callers)
    async with asyncio.timeout(20):  # gRPC's own is two minutes
        await _end(reader)
    writer.close()


async def _end(reader):
    """Return when the other side has closed."""
    try:
        while await reader.read(1_024):
            pass
    except ConnectionError:
        pass
