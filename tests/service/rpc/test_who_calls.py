"""The border asks who calls before it reads what they ask."""

import os

import grpc
import grpc.aio
import pytest
from google.rpc import error_details_pb2, status_pb2
from pointsman import v1
from pointsman.v1.admin_service_pb2_grpc import AdminServiceStub
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub
from pointsman_service.application.access import Access
from pointsman_service.application.tenants import TenantBook
from pointsman_service.domain import TenantConfig
from pointsman_service.domain.api_keys import ApiKey, make_key
from pointsman_service.domain.identity import ROLES
from pointsman_service.rpc.roles import ROLE_OF_METHOD, ROLE_OF_SERVICE, role_of
from pointsman_service.rpc.server import SERVICES

MADE = {role: make_key(os.urandom) for role in ROLES}
ROUTE = v1.RouteRequest(query=v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")]))


def methods():
    """Every method of every service, as paths."""
    descriptors = [v1.router_service_pb2, v1.feedback_service_pb2, v1.admin_service_pb2]
    services = [s for d in descriptors for s in d.DESCRIPTOR.services_by_name.values()]
    return [(f"/{s.full_name}/{m.name}", m) for s in services for m in s.methods]


def test_every_method_needs_a_role():
    """A new one without a role fails here, and is refused to everybody where it runs."""
    assert {path.split("/")[1] for path, _ in methods()} == set(SERVICES)
    assert {role_of(path) for path, _ in methods()} <= set(ROLES)


def test_the_table_names_no_method_that_is_not_there():
    """What it names is what is served."""
    there = {path.removeprefix("/") for path, _ in methods()}
    assert set(ROLE_OF_METHOD) <= there
    assert set(ROLE_OF_SERVICE) <= {name.partition("/")[0] for name in there}


def test_operators_methods_are_operators():
    """All of AdminService, and nothing else."""
    assert {path for path, _ in methods() if role_of(path) == "admin"} == {
        path for path, _ in methods() if "AdminService" in path
    }


@pytest.fixture
async def guarded(start_server):
    """A server that asks for keys, one of each role, of the tenant team-a."""
    access = Access(TenantBook([TenantConfig("team-a"), TenantConfig("team-b")]), lambda: 0.0, enabled=True)
    access.put_in_force(ApiKey(role, made.id, made.sha256, "team-a", (role,)) for role, made in MADE.items())
    return await start_server(access=access)


def by(role, **also):
    """Metadata of a call with the key of a role."""
    return (("authorization", f"Bearer {MADE[role].text}"), *also.items())


async def code_and_info(call):
    """The status of a call that fails, and its ErrorInfo."""
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await call
    rich = status_pb2.Status.FromString(dict(failed.value.trailing_metadata())["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    assert rich.details[0].Unpack(info)
    return failed.value.code(), info.reason, dict(info.metadata)


async def answer(channel, path, method, metadata=()):
    """The status code of a call with an empty request."""
    make = channel.unary_stream if method.server_streaming else channel.unary_unary
    call = make(path)(b"", metadata=metadata, timeout=10)
    try:
        if method.server_streaming:
            async for _ in call:
                pass
        else:
            await call
    except grpc.aio.AioRpcError as failed:
        return failed.code()
    return grpc.StatusCode.OK


@pytest.mark.parametrize(("path", "method"), methods(), ids=[path for path, _ in methods()])
async def test_each_method_takes_its_role_and_no_other(guarded, path, method):
    """Without a key, with a key of another role, and with one of its own."""
    assert await answer(guarded.channel, path, method) is grpc.StatusCode.UNAUTHENTICATED
    for role in ROLES:
        code = await answer(guarded.channel, path, method, by(role))
        refused = code is grpc.StatusCode.PERMISSION_DENIED
        assert refused is (role != role_of(path)), (role, code)


async def test_health_is_open(guarded):
    """A balancer has no key."""
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    said = await health_pb2_grpc.HealthStub(guarded.channel).Check(health_pb2.HealthCheckRequest())
    assert said.status == health_pb2.HealthCheckResponse.SERVING


async def test_the_refusal_has_googles_details(guarded):
    """A reason to go by, and what is needed."""
    assert await code_and_info(guarded.router.Route(ROUTE)) == (
        grpc.StatusCode.UNAUTHENTICATED,
        "UNAUTHENTICATED",
        {},
    )
    assert await code_and_info(guarded.admin.ListModels(v1.ListModelsRequest(), metadata=by("call"))) == (
        grpc.StatusCode.PERMISSION_DENIED,
        "PERMISSION_DENIED",
        {"needs": "admin"},
    )
    stranger = guarded.router.Route(ROUTE, metadata=by("call", **{"x-pointsman-tenant": "team-b"}))
    assert await code_and_info(stranger) == (
        grpc.StatusCode.PERMISSION_DENIED,
        "PERMISSION_DENIED",
        {"tenant": "team-b"},
    )


async def test_a_request_of_nobody_is_not_parsed(guarded):
    """Bytes that are no message are refused for who sends them; with a key, for what they are."""
    route = guarded.channel.unary_unary("/pointsman.v1.RouterService/Route")
    for metadata, code in (
        ((), grpc.StatusCode.UNAUTHENTICATED),
        (by("feedback"), grpc.StatusCode.PERMISSION_DENIED),
        (by("call"), grpc.StatusCode.INVALID_ARGUMENT),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await route(b"\xff\xff\xff", metadata=metadata)
        assert failed.value.code() is code


async def test_a_call_without_the_header_is_the_keys_tenants(guarded):
    """And the application hears whose key it was."""
    await guarded.router.Route(ROUTE, metadata=by("call"))
    _, _, caller = guarded.application.asked[-1]
    assert (caller.tenant, caller.identity.name, caller.identity.key_id) == (
        "team-a",
        "call",
        f"key:{MADE['call'].id}",
    )


async def test_a_change_is_by_the_key_and_not_by_whom_the_caller_says_to_be(guarded):
    """`x-pointsman-operator` is told beside it."""
    request = v1.RunJobRequest(job="prune")
    await guarded.admin.RunJob(request, metadata=by("admin", **{"x-pointsman-operator": "root"}))
    change = guarded.application.asked[-1][-1]
    assert (change.by, change.client, change.operator) == ("admin", "admin", "root")


async def test_calls_at_once_are_not_taken_for_each_other(guarded):
    """Each is its own key's, however they are interleaved."""
    import asyncio

    calls = [
        *(guarded.router.Route(ROUTE, metadata=by("call")) for _ in range(20)),
        *(guarded.admin.RunJob(v1.RunJobRequest(job="prune"), metadata=by("admin")) for _ in range(20)),
    ]
    await asyncio.gather(*calls)
    heard = guarded.application.asked[-40:]
    assert {entry[-1].identity.name for entry in heard if entry[0] == "route"} == {"call"}
    assert {entry[-1].by for entry in heard if entry[0] == "run_job"} == {"admin"}


async def test_two_connections_share_nothing(guarded):
    """A call without a key after one with a key, on one channel, is nobody's."""
    ports = guarded.ports
    async with (
        grpc.aio.insecure_channel(f"127.0.0.1:{ports.callers}") as channel,
        grpc.aio.insecure_channel(f"127.0.0.1:{ports.admin}") as operators,
    ):
        router, admin = RouterServiceStub(channel), AdminServiceStub(operators)
        await admin.ListModels(v1.ListModelsRequest(), metadata=by("admin"))
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await admin.ListModels(v1.ListModelsRequest())
        assert failed.value.code() is grpc.StatusCode.UNAUTHENTICATED
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await router.Route(ROUTE)
        assert failed.value.code() is grpc.StatusCode.UNAUTHENTICATED
