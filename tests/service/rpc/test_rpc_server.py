"""The server: health, shared ports, old connections, and a stop that balancers see and that lets calls finish."""

import asyncio
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub
from pointsman_service.errors import ConfigurationError
from pointsman_service.rpc.server import RpcServer, ServerOptions

ROUTE = v1.RouteRequest(query=v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")]))
SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.mark.parametrize("service", ["", "pointsman.v1.RouterService", "pointsman.v1.AdminService"])
async def test_health_says_serving_for_the_whole_and_each_service(served, service):
    """As load balancers ask it; such calls are not counted as ours."""
    health = health_pb2_grpc.HealthStub(served.channel)
    assert (await health.Check(health_pb2.HealthCheckRequest(service=service))).status == SERVING
    assert served.calls == []


async def test_health_lists_every_service(served):
    """One answer for a page that shows them all."""
    health = health_pb2_grpc.HealthStub(served.channel)
    listed = (await health.List(health_pb2.HealthListRequest())).statuses
    assert {name: listed[name].status for name in listed} == dict.fromkeys(
        (
            "",
            "grpc.health.v1.Health",
            "pointsman.v1.RouterService",
            "pointsman.v1.FeedbackService",
            "pointsman.v1.AdminService",
        ),
        SERVING,
    )


async def test_health_of_what_is_not_here(served):
    """Check says NOT_FOUND; Watch says SERVICE_UNKNOWN and stays, as the protocol has it."""
    health = health_pb2_grpc.HealthStub(served.channel)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await health.Check(health_pb2.HealthCheckRequest(service="nowhere"))
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
    watch = health.Watch(health_pb2.HealthCheckRequest(service="nowhere"))
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    assert not watch.done()
    watch.cancel()


async def test_open_watches_do_not_hold_a_stop(served):
    """They hear NOT_SERVING, then UNAVAILABLE, and nothing waits for them."""
    health = health_pb2_grpc.HealthStub(served.channel)
    watches = [health.Watch(health_pb2.HealthCheckRequest(service=s)) for s in ("", "pointsman.v1.RouterService")]
    for watch in watches:
        assert (await watch.read()).status == SERVING
    started = time.monotonic()
    await served.server.stop(30)
    assert time.monotonic() - started < 30
    for watch in watches:
        assert (await watch.read()).status == NOT_SERVING
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await watch.read()
        assert ended.value.code() == grpc.StatusCode.UNAVAILABLE


async def test_while_it_drains_health_says_not_serving_and_calls_are_still_taken(start_server):
    """A balancer needs its time to look away; until then it sends calls, also over new connections."""
    served = await start_server(drain_s=1.0)
    health = health_pb2_grpc.HealthStub(served.channel)
    watch = health.Watch(health_pb2.HealthCheckRequest())
    assert (await watch.read()).status == SERVING
    stopping = asyncio.ensure_future(served.server.stop())
    assert (await watch.read()).status == NOT_SERVING
    assert (await health.Check(health_pb2.HealthCheckRequest())).status == NOT_SERVING
    async with grpc.aio.insecure_channel(f"127.0.0.1:{served.port}") as newcomer:
        assert (await RouterServiceStub(newcomer).Route(ROUTE)).episode_id == "e-1"
    assert not stopping.done()
    await stopping


async def test_an_old_connection_is_replaced_and_its_calls_finish(start_server):
    """So that balancers can move clients to new instances; a caller notices nothing."""
    served = await start_server(max_connection_age_s=0.3, max_connection_age_grace_s=30.0)
    served.application.hold = asyncio.Event()
    slow = asyncio.ensure_future(served.router.Route(ROUTE))
    await served.application.entered.wait()
    async with asyncio.timeout(20):
        await served.channel.wait_for_state_change(grpc.ChannelConnectivity.READY)
    health = health_pb2_grpc.HealthStub(served.channel)
    assert (await health.Check(health_pb2.HealthCheckRequest())).status == SERVING
    served.application.hold.set()
    assert (await slow).episode_id == "e-1"


async def test_a_stop_says_not_serving_and_lets_running_calls_finish(served):
    """Health turns first; the call in flight gets its answer; a new one is turned away."""
    watch = health_pb2_grpc.HealthStub(served.channel).Watch(health_pb2.HealthCheckRequest())
    assert (await watch.read()).status == SERVING
    served.application.hold = asyncio.Event()
    running = asyncio.ensure_future(served.router.Route(ROUTE))
    await served.application.entered.wait()
    stopping = asyncio.ensure_future(served.server.stop(30))
    assert (await watch.read()).status == NOT_SERVING
    served.application.hold.set()
    assert (await running).episode_id == "e-1"
    await stopping
    await served.server.wait()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await served.router.Route(ROUTE)
    assert refused.value.code() == grpc.StatusCode.UNAVAILABLE


async def test_a_stop_without_grace_ends_running_calls(served):
    """They are cancelled, and the caller hears so."""
    served.application.hold = asyncio.Event()
    running = asyncio.ensure_future(served.router.Route(ROUTE))
    await served.application.entered.wait()
    await served.server.stop(0)
    with pytest.raises((grpc.aio.AioRpcError, asyncio.CancelledError)):
        await running


async def test_a_port_that_is_taken_is_a_configuration_error(served):
    """One that says what to do."""
    second = RpcServer(served.application, ServerOptions(port=served.port))
    with pytest.raises(ConfigurationError, match=rf"cannot listen on 127.0.0.1:{served.port}: choose another \[server"):
        await second.start()
    third = RpcServer(served.application, ServerOptions(admin_port=served.port))
    with pytest.raises(ConfigurationError, match=rf"cannot listen on 127.0.0.1:{served.port}: choose another \[admin"):
        await third.start()


async def test_a_port_can_be_shared():
    """With reuse_port two servers have it, as the processes of one service do."""
    from types import SimpleNamespace

    router = SimpleNamespace(snapshot_version=lambda: 0)
    application = SimpleNamespace(router=router, feedback=None, admin=None)
    first = RpcServer(application, ServerOptions(reuse_port=True))
    ports = await first.start()
    second = RpcServer(application, ServerOptions(port=ports.callers, admin_port=ports.admin, reuse_port=True))
    assert await second.start() == ports
    await first.stop(0)
    await second.stop(0)


async def test_a_text_of_the_full_length_fits_the_transport(served):
    """A request that is too long for us gets our error, not the transport's."""
    content = "€" * 100_000
    query = v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content=content)])
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await served.router.Route(v1.RouteRequest(query=query))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
