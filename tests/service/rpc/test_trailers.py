"""What every call tells in its trailing metadata, and what built-in retries and quota readers find there."""

import json
import time
from contextlib import suppress

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub
from pointsman_service import errors
from pointsman_service.domain.request_limits import Limits

ROUTE = v1.RouteRequest(query=v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")]))
SNAPSHOT = "x-pointsman-snapshot-version"
PUSHBACK = "grpc-retry-pushback-ms"


async def ended(call):
    """(status code, trailing metadata as a dict) of a call, however it ended."""
    if isinstance(call, grpc.aio.UnaryStreamCall):
        with suppress(grpc.aio.AioRpcError):
            assert [item async for item in call]
    return await call.code(), dict(await call.trailing_metadata())


async def test_an_answered_call_tells_the_snapshot_that_decides_now(served):
    """Unary and streaming alike, in trailers, where proxies and interceptors find it without a message's type."""
    assert (await ended(served.router.Route(ROUTE)))[1][SNAPSHOT] == "7"
    stream = served.router.StreamComplete(v1.StreamCompleteRequest(query=ROUTE.query))
    assert (await ended(stream))[1][SNAPSHOT] == "7"


async def test_a_failed_call_tells_the_snapshot_too(served):
    """Whatever failed: the application, the request, its bytes."""
    served.application.error = errors.NoModelLeft("none", constraint="models")
    for call in (
        served.router.Route(ROUTE),
        served.router.Route(v1.RouteRequest()),
        served.router.StreamComplete(v1.StreamCompleteRequest(query=ROUTE.query)),
        served.channel.unary_unary("/pointsman.v1.RouterService/Route")(b"\x0a\xffnonsense"),
    ):
        code, trailers = await ended(call)
        assert code in {grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT}
        assert trailers[SNAPSHOT] == "7"


@pytest.mark.parametrize(
    ("error", "pushback"),
    [
        (errors.LogUnavailable("locked"), "500"),
        (errors.EveryModelFailed("down", errors=""), "-1"),
        (errors.BudgetExhausted("spent", tenant="a", retry_after_s=12.2501), "12251"),
        (errors.BudgetExhausted("spent", tenant="a", retry_after_s=1e9), "2147483647"),
        (errors.NoModelLeft("none", constraint="models"), None),
    ],
)
async def test_a_retry_info_has_a_pushback_beside_it(served, error, pushback):
    """Milliseconds, rounded up, within an int32; none where waiting is no use.

    -1, which forbids built-in retries (gRFC A6), where each of them would call every provider again.
    """
    served.application.error = error
    assert (await ended(served.router.Route(ROUTE)))[1].get(PUSHBACK) == pushback


async def test_built_in_retries_wait_as_long_as_the_service_says(served):
    """Grpc's own retries do not read RetryInfo: with a backoff of 10 ms they wait for the log's half second."""
    policy = {
        "maxAttempts": 2,
        "initialBackoff": "0.01s",
        "maxBackoff": "0.01s",
        "backoffMultiplier": 1,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    config = json.dumps({"methodConfig": [{"name": [{}], "retryPolicy": policy}]})
    served.application.error = errors.LogUnavailable("locked")
    async with grpc.aio.insecure_channel(
        f"127.0.0.1:{served.port}", options=[("grpc.service_config", config)]
    ) as channel:
        started = time.monotonic()
        with pytest.raises(grpc.aio.AioRpcError):
            await RouterServiceStub(channel).Route(ROUTE)
    assert time.monotonic() - started >= 0.45
    assert len(served.application.asked) == 2


async def test_a_spent_budget_is_a_quota_failure(served):
    """Of the tenant, in google.rpc's words, beside when to come back."""
    served.application.error = errors.BudgetExhausted("ten dollars are spent", tenant="team-a", retry_after_s=60.0)
    code, trailers = await ended(served.router.Route(ROUTE))
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED
    details = status_pb2.Status.FromString(trailers["grpc-status-details-bin"]).details
    assert [d.TypeName() for d in details] == [
        "google.rpc.ErrorInfo",
        "google.rpc.QuotaFailure",
        "google.rpc.RetryInfo",
    ]
    (violation,) = error_details_pb2.QuotaFailure.FromString(details[1].value).violations
    assert (violation.subject, violation.description) == ("tenant:team-a", "ten dollars are spent")


async def test_a_full_batch_of_long_corrections_is_taken(start_server):
    """1,000 of 5,000 characters, more than gRPC's own 4 MiB, also where a character has four bytes."""
    served = await start_server(limits=Limits())
    for text in ("x" * 5_000, "𐎀" * 5_000):
        item = v1.RecordFeedbackRequest(feedback=v1.Feedback(episode_id="e-1", correction=text))
        request = v1.RecordFeedbackBatchRequest(requests=[item] * 1_000)
        answered = await served.feedback.RecordFeedbackBatch(request)
        assert len(answered.results) == 1_000


async def test_too_large_a_request_is_the_callers_mistake_and_names_the_limit(served, failure):
    """RESOURCE_EXHAUSTED means a budget; and what is refused is not parsed."""
    limit = Limits().request_bytes
    for call in (
        served.channel.unary_unary("/pointsman.v1.RouterService/Route")(b"\xff" * (limit + 1)),
        served.channel.unary_stream("/pointsman.v1.RouterService/StreamComplete")(b"\xff" * (limit + 1)).read(),
    ):
        code, _, info, fields, _ = await failure(call)
        assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST")
        assert fields["request"] == f"is {limit + 1} bytes long; at most {limit} are allowed"
    assert served.application.asked == []
