"""The server: health, reflection, shared ports, and a stop that lets calls finish."""

import asyncio

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from pointsman import v1
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


async def test_reflection_lists_the_services(served):
    """So that grpcurl finds them without the protos."""
    stub = reflection_pb2_grpc.ServerReflectionStub(served.channel)
    call = stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))
    answer = await call.read()
    assert {s.name for s in answer.list_services_response.service} == {
        "pointsman.v1.RouterService",
        "pointsman.v1.FeedbackService",
        "pointsman.v1.AdminService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }
    call.cancel()


async def test_a_stop_says_not_serving_and_lets_running_calls_finish(served):
    """Health turns first; the call in flight gets its answer; a new one is turned away."""
    watch = health_pb2_grpc.HealthStub(served.channel).Watch(health_pb2.HealthCheckRequest())
    assert (await watch.read()).status == SERVING
    served.application.hold = asyncio.Event()
    running = asyncio.ensure_future(served.router.Route(ROUTE))
    await served.application.entered.wait()
    stopping = asyncio.ensure_future(served.server.stop(30))
    assert (await watch.read()).status == NOT_SERVING
    watch.cancel()
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
    with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1:{served.port}: choose another"):
        await second.start()


async def test_a_port_can_be_shared():
    """With reuse_port two servers have it, as the processes of one service do."""
    from types import SimpleNamespace

    router = SimpleNamespace(snapshot_version=lambda: 0)
    application = SimpleNamespace(router=router, feedback=None, admin=None)
    first = RpcServer(application, ServerOptions(reuse_port=True))
    port = await first.start()
    second = RpcServer(application, ServerOptions(port=port, reuse_port=True))
    assert await second.start() == port
    await first.stop(0)
    await second.stop(0)


async def test_a_text_of_the_full_length_fits_the_transport(served):
    """A request that is too long for us gets our error, not the transport's."""
    content = "€" * 100_000
    query = v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content=content)])
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await served.router.Route(v1.RouteRequest(query=query))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
