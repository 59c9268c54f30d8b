"""Limits of callers on the running service, with one worker and with several."""

import asyncio
import time

import grpc
import pytest
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub

OFF = {"enabled": False}  # nothing here is learnt
ROUTE = v1.RouteRequest(query=v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")]))
BY_A, BY_B = (("x-pointsman-tenant", "team-a"),), (("x-pointsman-tenant", "team-b"),)
CONNECTIONS = 12
"""So many that both of two workers have some: all of them go to one with a probability of 1 in 2,000."""


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_tenants_rate_holds_over_all_workers(process, workers):
    """Of a hundred calls on a dozen connections a burst passes, and what the rate gives meanwhile; another goes on."""
    tenants = {"team-a": {"requests_per_second": 5.0}, "team-b": {}}
    async with process(server={"workers": workers}, tenants=tenants, learner=OFF) as service:
        channels = [
            grpc.aio.insecure_channel(service.address, [("grpc.use_local_subchannel_pool", 1)])
            for _ in range(CONNECTIONS)
        ]
        stubs = [RouterServiceStub(channel) for channel in channels]
        await asyncio.gather(*(stub.Route(ROUTE, metadata=BY_B) for stub in stubs))
        started = time.monotonic()
        calls = [stubs[i % CONNECTIONS].Route(ROUTE, metadata=BY_A) for i in range(100)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        took_s = time.monotonic() - started
        codes = [r.code() for r in results if isinstance(r, grpc.aio.AioRpcError)]
        assert set(codes) == {grpc.StatusCode.RESOURCE_EXHAUSTED}
        assert 5 <= 100 - len(codes) <= 6 + 5.0 * took_s
        await asyncio.gather(*(stub.Route(ROUTE, metadata=BY_B) for stub in stubs))
        await asyncio.gather(*(channel.close() for channel in channels))


async def test_a_thousand_calls_at_once_are_answered_or_refused_in_time(serve, monkeypatch):
    """Each ends by itself: a decision, or RESOURCE_EXHAUSTED with when to come back. The service is well afterwards."""
    monkeypatch.setattr("pointsman_service.application.turns.ALWAYS_TAKEN", 0)  # a quick service would refuse none
    hasty = {"queue_wait_s": 0.02}
    async with serve(server=hasty, learner=OFF) as service, grpc.aio.insecure_channel(service.address) as channel:
        router = RouterServiceStub(channel)
        await router.Route(ROUTE)
        results = await asyncio.gather(*(router.Route(ROUTE) for _ in range(1000)), return_exceptions=True)
        failed = [r for r in results if isinstance(r, BaseException)]
        assert {r.code() for r in failed} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
        assert all("grpc-retry-pushback-ms" in dict(r.trailing_metadata()) for r in failed)
        assert 0 < len(failed) < 1000
        await router.Route(ROUTE)
