"""Both clients: what each call may say of its own, any request of the contract, and ids on all that changes things."""

import pytest

import pointsman
from pointsman import v1
from pointsman.identity import NAMED_BY_CONTENT, identified
from pointsman.v1 import admin_service_pb2, feedback_service_pb2, router_service_pb2


async def test_any_request_goes_through_call(call):
    """The message alone says which rpc it belongs to."""
    response = await call("call", v1.ListModelsRequest())
    assert [m.model for m in response.models] == ["small"]


async def test_an_operators_change_gets_an_id_and_the_callers_message_stays_as_it_is(call, running):
    """So that it can be tried again; one that is given is kept."""
    request = v1.DisableModelRequest(model="small")
    await call("call", request)
    await call("call", request)
    await call("call", v1.DisableModelRequest(model="small", request_id="mine"))
    first, second, third = (r.request_id for r in running.service.requests)
    assert len({first, second, ""}) == 3
    assert third == "mine"
    assert not request.HasField("request_id")


async def test_a_warm_start_is_named_by_what_it_holds(call, running):
    """The service does that: the very same batch counts once, whoever sends it again."""
    await call("call", v1.WarmStartRequest())
    assert not running.service.requests[0].HasField("request_id")


def _rpcs():
    for module in (router_service_pb2, feedback_service_pb2, admin_service_pb2):
        for service in module.DESCRIPTOR.services_by_name.values():
            yield from service.methods


@pytest.mark.parametrize("rpc", list(_rpcs()), ids=lambda rpc: rpc.name)
def test_every_request_has_an_id_or_changes_nothing(rpc):
    """So every call may be tried again."""
    request = rpc.input_type._concrete_class()
    if isinstance(request, v1.RecordFeedbackBatchRequest):
        request.requests.add()
        assert identified(request).requests[0].request_id
    elif rpc.GetOptions().idempotency_level == rpc.GetOptions().NO_SIDE_EFFECTS:
        assert "request_id" not in rpc.input_type.fields_by_name
    else:
        assert rpc.input_type.full_name in NAMED_BY_CONTENT or identified(request).request_id


@pytest.mark.parametrize(
    "request_",
    [None, "ListModels", v1.Model(model="small"), v1.StreamCompleteRequest(), v1.ListModelsResponse()],
    ids=lambda r: type(r).__name__,
)
async def test_call_refuses_what_is_no_request(call, request_):
    """And says what it takes."""
    with pytest.raises(pointsman.InvalidRequest, match=r"request (must be one of the contract's|has a stream)"):
        await call("call", request_)


CALLS = [
    ("route", "a", {}),
    ("complete", "a", {}),
    ("stream_complete", "a", {}),
    ("report_outcome", "e-1", {}),
    ("feedback", "e-1", {"thumb": True}),
    ("feedback_batch", [v1.Feedback(episode_id="e-1", score=1)], {}),
    ("record_session_outcome", "s-1", {"score": 1}),
    ("get_episode", "e-1", {}),
    ("explain_episode", "e-1", {}),
    ("call", v1.ListModelsRequest(), {}),
]


@pytest.mark.parametrize(("method", "about", "said"), CALLS)
async def test_every_call_takes_a_tenant_metadata_and_a_timeout_of_its_own(call, running, method, about, said):
    """The tenant in the client's place, the metadata beside the client's."""
    client = {"tenant": "team-a", "metadata": [("authorization", "Bearer x")]}
    own = {"tenant": "team-b", "metadata": [("traceparent", "00-1"), ("a-bin", b"\xff")], "timeout_s": 5}
    await call(method, about, options=client, **said)
    await call(method, about, options=client, **said, **own)
    service = running.service
    assert service.tenants == [["team-a"], ["team-b"]]
    assert ("authorization", "Bearer x") in service.metadata[0]
    assert {("authorization", "Bearer x"), ("traceparent", "00-1"), ("a-bin", b"\xff")} <= set(service.metadata[1])
    # On its way gRPC rounds a deadline up, to a second where it is long.
    assert 60 < service.left_s[0] < 122
    assert 1 < service.left_s[1] < 6


@pytest.mark.parametrize(("method", "about", "said"), CALLS)
async def test_every_call_refuses_an_option_that_it_does_not_know(call, running, method, about, said):
    """With the one that may have been meant."""
    with pytest.raises(pointsman.InvalidRequest, match=rf"timeout is unknown to {method}: did you mean timeout_s"):
        await call(method, about, **said, timeout=5)
    assert running.service.requests == []


async def test_a_call_may_have_no_deadline(call, running):
    """Where it says None; what is left out is the client's."""
    await call("route", "a", timeout_s=None)
    await call("route", "a", options={"timeout_s": None})
    # grpc has no word for it: it counts down from the end of time.
    assert min(running.service.left_s) > 1e6


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ({"tenant": "tëam"}, "tenant must be a name in ASCII without blanks"),
        ({"tenant": ""}, "tenant must be"),
        ({"tenant": None}, "tenant must be"),
        ({"tenant": "a\n"}, "tenant must be"),
        ({"timeout_s": "5"}, "timeout_s must be seconds above 0"),
        ({"timeout_s": 0}, "timeout_s must be seconds above 0"),
        ({"timeout_s": float("nan")}, "timeout_s must be seconds above 0"),
        ({"timeout_s": float("inf")}, "or None for no deadline"),
        ({"timeout_s": 1e10}, "or None for no deadline"),
        ({"timeout_s": True}, "timeout_s must be"),
        ({"metadata": {"team": "a"}}, "for labels of a query, use labels="),
        ({"metadata": "a"}, "metadata must be a list of pairs"),
        ({"metadata": None}, "metadata must be a list of pairs"),
        ({"metadata": [("a",)]}, r"metadata\[0\] must be a pair"),
        ({"metadata": [("a", 1)]}, r"metadata\[0\] must be a pair"),
        ({"metadata": [("A", "1")]}, "lower-case ASCII"),
        ({"metadata": [("grpc-timeout", "1")]}, "begins with grpc-"),
        ({"metadata": [("a", "é")]}, "use 'a-bin' and bytes"),
        ({"metadata": [("a-bin", "1")]}, "bytes where its key ends in -bin"),
        ({"metadata": [("a", b"1")]}, "bytes where its key ends in -bin"),
        ({"metadata": [("x-pointsman-tenant", "b")]}, "use tenant="),
    ],
)
async def test_an_option_that_cannot_be_sent_is_refused(call, running, option, complaint):
    """Before anything goes out."""
    with pytest.raises(pointsman.InvalidRequest, match=complaint):
        await call("route", "a", **option)
    with pytest.raises(pointsman.InvalidRequest, match=complaint):
        await call("stream_complete", "a", **option)
    assert running.service.requests == []
