"""Limits at the gate: what is refused, in which words, and that it costs the refused call's message nothing."""

import asyncio
from contextlib import suppress

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from pointsman import v1
from pointsman_service.adapters.limit_table import LimitTable
from pointsman_service.application.admission import Admission
from pointsman_service.application.requesters import Requesters
from pointsman_service.application.tenants import TenantBook
from pointsman_service.application.turns import Turns
from pointsman_service.application.turnstile import Turnstile
from pointsman_service.domain import TenantConfig
from pointsman_service.domain.identity import Identity, Limits
from pointsman_service.rpc import error_details
from pointsman_service.rpc.caller import Unguarded
from pointsman_service.rpc.gate import Gate

ROUTE = v1.RouteRequest(query=v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")]))
STREAM = v1.StreamCompleteRequest(query=ROUTE.query)
BY_A, BY_B = (("x-pointsman-tenant", "team-a"),), (("x-pointsman-tenant", "team-b"),)


def gate(*, total=None, tenants=(), queue_wait_s=60.0):
    """A gate with these limits, on a table of its own."""
    book = TenantBook([TenantConfig(name, limits=limits) for name, limits in tenants])
    admission = Admission(LimitTable(), Turns(queue_wait_s), total or Limits())
    return Gate(Turnstile(admission, Requesters(book)))


async def refused(call):
    """(code, ErrorInfo metadata, quota subjects, RetryInfo seconds or None, trailers) of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await (call.read() if isinstance(call, grpc.aio.UnaryStreamCall) else call)
    trailers = dict(caught.value.trailing_metadata())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    info, quota, retry = error_details_pb2.ErrorInfo(), error_details_pb2.QuotaFailure(), error_details_pb2.RetryInfo()
    for packed in status.details:
        for known in (info, quota, retry):
            packed.Unpack(known)
    assert info.reason == "OVER_LIMIT"
    wait = retry.retry_delay.ToNanoseconds() / 1e9 if retry.HasField("retry_delay") else None
    return caught.value.code(), dict(info.metadata), [v.subject for v in quota.violations], wait, trailers


async def test_a_tenants_rate_is_its_own(start_server):
    """Beyond it RESOURCE_EXHAUSTED at once, with whose limit it is and when to come back; another tenant goes on."""
    served = await start_server(gate=gate(tenants=[("team-a", Limits(requests_per_second=2.0)), ("team-b", Limits())]))
    for _ in range(2):
        await served.router.Route(ROUTE, metadata=BY_A)
    code, facts, subjects, wait, trailers = await refused(served.router.Route(ROUTE, metadata=BY_A))
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (facts["limit"], facts["subject"]) == ("requests_per_second", "tenant:team-a")
    assert subjects == ["tenant:team-a"]
    assert 0.0 < wait <= 0.5
    assert 0 < int(trailers["grpc-retry-pushback-ms"]) <= 500
    assert trailers["x-pointsman-snapshot-version"] == "7"
    await served.router.Route(ROUTE, metadata=BY_B)
    assert served.calls.count(("Route", "RESOURCE_EXHAUSTED")) == 1


async def test_a_refused_message_is_not_read(start_server):
    """One whose bytes do not even parse is refused by the limit, which comes first."""
    served = await start_server(gate=gate(total=Limits(requests_per_second=0.001)))
    raw = served.channel.unary_unary("/pointsman.v1.RouterService/Route")
    with pytest.raises(grpc.aio.AioRpcError) as first:
        await raw(b"\xff\xff")
    with pytest.raises(grpc.aio.AioRpcError) as second:
        await raw(b"\xff\xff")
    assert first.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert second.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_names_that_nobody_configured_share_the_default_tenants_allowance(start_server):
    """A new name is no new allowance."""
    served = await start_server(gate=gate(tenants=[("default", Limits(requests_per_second=0.01))]))
    await served.router.Route(ROUTE, metadata=(("x-pointsman-tenant", "one"),))
    _, facts, *_ = await refused(served.router.Route(ROUTE, metadata=(("x-pointsman-tenant", "two"),)))
    assert facts["subject"] == "tenant:default"


async def test_a_keys_limits_hold_beside_its_tenants(start_server):
    """Two keys of a tenant: one spends its own rate, the other goes on; what it was refused costs the tenant none."""

    class Keys(Unguarded):
        def identify(self, authorization):
            return Identity(f"key:{authorization[0]}", limits=Limits(requests_per_second=1.0))

    tenants = [("team-a", Limits(requests_per_second=2.0))]
    served = await start_server(Keys(), gate=gate(tenants=tenants))
    one, other = (("authorization", "one"), *BY_A), (("authorization", "other"), *BY_A)
    await served.router.Route(ROUTE, metadata=one)
    for _ in range(3):
        assert (await refused(served.router.Route(ROUTE, metadata=one)))[1]["subject"] == "key:one"
    await served.router.Route(ROUTE, metadata=other)


async def test_a_stream_counts_until_it_ends(start_server):
    """With a concurrency of one, the next is refused while it is open, and taken once it is cancelled."""
    served = await start_server(gate=gate(tenants=[("team-a", Limits(concurrency=1))]))
    served.application.hold = asyncio.Event()
    stream = served.router.StreamComplete(STREAM, metadata=BY_A)
    await stream.read()
    _, facts, _, wait, _ = await refused(served.router.StreamComplete(STREAM, metadata=BY_A))
    assert (facts["limit"], wait) == ("concurrency", pytest.approx(0.1))
    stream.cancel()
    served.application.hold.set()
    async with asyncio.timeout(10):
        while True:
            with suppress(grpc.aio.AioRpcError):
                await served.router.Route(ROUTE, metadata=BY_A)
                break


async def test_health_is_never_refused(start_server):
    """However full the service is."""
    served = await start_server(gate=gate(total=Limits(requests_per_second=0.001, concurrency=1)))
    await served.router.Route(ROUTE)
    await refused(served.router.Route(ROUTE))
    check = served.channel.unary_unary("/grpc.health.v1.Health/Check")
    for _ in range(20):
        assert await check(b"") == b"\x08\x01"


@pytest.fixture
def none_may_wait(monkeypatch):
    """Not even the hundred that always may, so that it matters to no test how fast a machine is."""
    monkeypatch.setattr("pointsman_service.application.turns.ALWAYS_TAKEN", 0)


@pytest.mark.usefixtures("none_may_wait")
async def test_of_a_thousand_calls_at_once_what_cannot_begin_in_time_is_refused(start_server):
    """Those that are served are as many as their turns fit into the longest wait; no call is left without an answer."""
    served = await start_server(gate=gate(queue_wait_s=0.02))
    results = await asyncio.gather(*(served.router.Route(ROUTE) for _ in range(1000)), return_exceptions=True)
    codes = [r.code() for r in results if isinstance(r, grpc.aio.AioRpcError)]
    assert set(codes) == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert 1 <= 1000 - len(codes) < 1000


@pytest.mark.usefixtures("none_may_wait")
async def test_operators_get_in_where_callers_do_not(start_server):
    """A full queue is theirs to look at."""
    served = await start_server(gate=gate(queue_wait_s=0.001))
    calls = [asyncio.ensure_future(served.router.Route(ROUTE)) for _ in range(300)]
    assert (await served.admin.ListModels(v1.ListModelsRequest())).models
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert any(isinstance(r, grpc.aio.AioRpcError) for r in results)


async def test_a_flood_of_refusals_is_written_a_few_times(start_server, monkeypatch):
    """What all are told alike is made once: a caller far beyond its rate must not cost the others theirs."""
    written = []
    real = error_details.rich_status
    monkeypatch.setattr(error_details, "rich_status", lambda *a: written.append(a) or real(*a))
    served = await start_server(gate=gate(tenants=[("team-a", Limits(requests_per_second=20.0))]))
    calls = [served.router.Route(ROUTE, metadata=BY_A) for _ in range(300)]
    codes = [await call.code() for call in calls]
    refusals = codes.count(grpc.StatusCode.RESOURCE_EXHAUSTED)
    assert refusals + codes.count(grpc.StatusCode.OK) == 300
    # Waits of up to 1/20 s, in steps of 5 ms.
    assert 0 < len(written) <= 10 < refusals
