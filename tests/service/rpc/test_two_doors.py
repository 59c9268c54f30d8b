"""Callers and operators have an address each: what one serves, the other refuses, and says where it is."""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pointsman import v1
from pointsman.v1.admin_service_pb2_grpc import AdminServiceStub
from pointsman.v1.feedback_service_pb2_grpc import FeedbackServiceStub
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub
from pointsman_service.rpc.server import ADMIN

QUERY = v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")])


@pytest.mark.parametrize("method", sorted(ADMIN.methods_by_name))
async def test_no_method_of_operators_is_served_where_callers_ask(served, failure, method):
    """Whatever the request, nothing of the application is called; the refusal names the address to ask."""
    call = served.channel.unary_unary(f"/pointsman.v1.AdminService/{method}")(b"")
    code, message, info, _, _ = await failure(call)
    assert (code, info.reason) == (grpc.StatusCode.UNIMPLEMENTED, "SERVED_ELSEWHERE")
    port = served.ports.admin
    assert message == f"AdminService is not served at this address, but at 127.0.0.1:{port} ([admin] host and port)"
    assert served.application.asked == []


async def test_nothing_of_callers_is_served_where_operators_ask(served, failure):
    """Streams are refused in the same words."""
    router, feedback = RouterServiceStub(served.admin_channel), FeedbackServiceStub(served.admin_channel)
    for call in (
        router.Route(v1.RouteRequest(query=QUERY)),
        router.StreamComplete(v1.StreamCompleteRequest(query=QUERY)).read(),
        feedback.RecordFeedback(v1.RecordFeedbackRequest()),
    ):
        code, message, info, _, _ = await failure(call)
        assert (code, info.reason) == (grpc.StatusCode.UNIMPLEMENTED, "SERVED_ELSEWHERE")
        assert f"at 127.0.0.1:{served.ports.callers} ([server] host and port)" in message
    assert served.application.asked == []


async def test_a_method_that_is_made_up_is_not_remembered(served, failure):
    """Thousands of made-up names must not become thousands of handlers."""
    for i in range(20):
        code, *_ = await failure(served.channel.unary_unary(f"/pointsman.v1.AdminService/Guess{i}")(b""))
        assert code == grpc.StatusCode.UNIMPLEMENTED
    known = await failure(served.channel.unary_unary("/pointsman.v1.AdminService/ListModels")(b""))
    assert known[2].reason == "SERVED_ELSEWHERE"
    assert [method for method, _ in served.calls] == ["ListModels"]


async def test_both_addresses_say_how_the_service_is(served):
    """A balancer asks where it sends; an operator's probe where operators ask."""
    for channel in (served.channel, served.admin_channel):
        answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_the_operators_port_is_the_one_after_the_callers(start_server, monkeypatch):
    """Where that is free; where the callers' port was any free one and the next is taken, it is any free one, too."""
    served = await start_server()
    assert (await AdminServiceStub(served.admin_channel).ListModels(v1.ListModelsRequest())).models
    monkeypatch.setattr("pointsman_service.rpc.ports.is_free", lambda _host, _port: False)
    other = await start_server()
    assert (await AdminServiceStub(other.admin_channel).ListModels(v1.ListModelsRequest())).models


async def test_without_reflection_tools_learn_nothing(start_server, failure):
    """[server] reflection = false: of neither address."""
    served = await start_server(reflection=False)
    for channel in (served.channel, served.admin_channel):
        for version in ("v1", "v1alpha"):
            ask = channel.stream_stream(f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo")
            code, *_ = await failure(ask(iter([b""])).read())
            assert code == grpc.StatusCode.UNIMPLEMENTED
