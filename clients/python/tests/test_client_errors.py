"""Both clients: what fails becomes a typed error, after as many attempts as are right."""

import threading
import time

import pytest
from grpc import StatusCode

import pointsman
from pointsman import AsyncClient, Client, RetryPolicy, v1
from pointsman.errors import BY_REASON


async def test_what_is_unavailable_is_tried_again_with_the_same_id(call, running):
    """The service sees one request three times, not three requests."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE)] * 2
    assert (await call("complete", "2 + 2?")).answer.text == "Four."
    requests = running.service.requests
    assert len(requests) == 3
    assert len({r.query.request_id for r in requests}) == 1


async def test_feedback_is_tried_again_with_the_same_id(call, running):
    """So a thumb counts once, however often it is sent."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE)]
    await call("feedback", "e-1", thumb=True)
    first, second = running.service.requests
    assert first.feedback.feedback_id == second.feedback.feedback_id != ""


async def test_attempts_end(call, running):
    """After the policy's number of them the error comes out."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE)] * 10
    with pytest.raises(pointsman.Unavailable, match="UNAVAILABLE: scripted failure"):
        await call("route", "a")
    assert len(running.service.requests) == 4  # conftest.FAST


async def test_no_attempt_starts_that_the_deadline_would_end(call, running):
    """The service asks for an hour; with ten seconds left that is an error now, with the delay in it."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE, "LOG_UNAVAILABLE", retry_s=3600.5)]
    with pytest.raises(pointsman.Unavailable) as caught:
        await call("route", "a", timeout_s=10)
    assert caught.value.retry_after_s == 3600.5
    assert len(running.service.requests) == 1


async def test_a_wait_that_the_service_asks_for_is_kept(call, running):
    """RetryInfo wins over a shorter backoff."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE, "LOG_UNAVAILABLE", retry_s=0.2)]
    started = time.monotonic()
    await call("route", "a")
    assert time.monotonic() - started >= 0.2


async def test_other_errors_are_not_tried_again(call, running):
    """A wrong field stays wrong; all violations are there."""
    wrong = (("query.preference.dial", "must be between 0 and 1"), ("query.models[0]", "must not be empty"))
    running.service.script = [running.fails(StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST", wrong)]
    with pytest.raises(pointsman.InvalidRequest) as caught:
        await call("route", "a")
    assert caught.value.field_violations == wrong
    assert str(caught.value) == "INVALID_REQUEST: scripted failure"
    assert len(running.service.requests) == 1


async def test_an_error_tells_reason_code_and_metadata(call, running):
    """What it was about, for programs."""
    running.service.script = [running.fails(StatusCode.NOT_FOUND, "UNKNOWN_EPISODE", metadata={"episode_id": "e-1"})]
    with pytest.raises(pointsman.NotFound) as caught:
        await call("get_episode", "e-1")
    assert (caught.value.code, caught.value.reason) == (StatusCode.NOT_FOUND, "UNKNOWN_EPISODE")
    assert caught.value.metadata == {"episode_id": "e-1"}
    assert caught.value.retry_after_s is None


@pytest.mark.parametrize(
    ("failure", "more", "kind"),
    [
        ((StatusCode.RESOURCE_EXHAUSTED, "BUDGET_EXHAUSTED"), {"retry_s": 1.5}, pointsman.BudgetExhausted),
        ((StatusCode.ALREADY_EXISTS, "REQUEST_CONFLICT"), {}, pointsman.Conflict),
        ((StatusCode.FAILED_PRECONDITION, "NO_MODEL_LEFT"), {}, pointsman.FailedPrecondition),
        ((StatusCode.INTERNAL, "INTERNAL"), {}, pointsman.ServiceDefect),
        ((StatusCode.NOT_FOUND, "A_REASON_OF_TOMORROW"), {}, pointsman.NotFound),
        ((StatusCode.NOT_FOUND, ""), {"raw_details": b"\xff not a status"}, pointsman.NotFound),
        ((StatusCode.PERMISSION_DENIED, ""), {}, pointsman.PointsmanError),
    ],
)
async def test_each_family_has_its_class(call, running, failure, more, kind):
    """By the reason, and by the code where the reason is unknown, unreadable or absent."""
    running.service.script = [running.fails(*failure, **more)]
    with pytest.raises(pointsman.PointsmanError) as caught:
        await call("route", "a")
    assert type(caught.value) is kind
    assert caught.value.retry_after_s == more.get("retry_s")


def test_every_reason_of_the_contract_has_a_class():
    """A new ErrorReason needs an exception."""
    reasons = {name.removeprefix("ERROR_REASON_") for name in v1.ErrorReason.keys()} - {"UNSPECIFIED"}  # noqa: SIM118
    assert set(BY_REASON) == reasons


async def test_the_default_deadline_ends_a_call_and_a_calls_own_wins(call, running):
    """DeadlineExceeded, not a wait for ever."""
    running.service.hold = threading.Event()
    with pytest.raises(pointsman.DeadlineExceeded):
        await call("route", "a", options={"timeout_s": 0.05})
    with pytest.raises(pointsman.DeadlineExceeded):
        await call("route", "a", timeout_s=0.05, options={"timeout_s": None})


async def test_an_outcome_is_sent_again_only_where_the_service_says_nothing_was_written(call, running):
    """It has no id: after a broken connection nobody knows whether it counts already."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE)]
    with pytest.raises(pointsman.Unavailable):
        await call("report_outcome", "e-1")
    running.service.script = [running.fails(StatusCode.UNAVAILABLE, "LOG_UNAVAILABLE", retry_s=0.0)]
    assert (await call("report_outcome", "e-1")).episode_id == "e-1"
    assert len(running.service.requests) == 3


async def test_a_stream_is_tried_again_while_nothing_has_come(call, running):
    """With the same id."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE)]
    assert len(await call("stream_complete", "a")) == 3
    first, second = running.service.requests
    assert first.query.request_id == second.query.request_id


async def test_a_stream_that_breaks_amid_is_an_error(call, running):
    """What was handed on cannot be taken back, so it is not begun again."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE, after=2)]
    with pytest.raises(pointsman.Unavailable):
        await call("stream_complete", "a")
    assert len(running.service.requests) == 1


async def test_a_stream_left_early_is_cancelled(running):
    """Its model call need not run on."""
    with Client(running.address) as client:
        stream = client.stream_complete("a")
        next(stream)
        stream.close()
        assert running.service.stream_cancelled.wait(10)
    running.service.stream_cancelled.clear()
    async with AsyncClient(running.address) as client:
        stream = client.stream_complete("a")
        await anext(stream)
        await stream.aclose()
        assert running.service.stream_cancelled.wait(10)


def test_a_client_outlives_a_restart_of_the_service(start):
    """Nobody there is Unavailable; once the service is there, the same client works."""
    first, port = start()
    with Client(f"127.0.0.1:{port}", retry=RetryPolicy(attempts=1)) as client:
        assert client.route("a").episode_id == "e-1"
        first.stop(0).wait()
        with pytest.raises(pointsman.Unavailable):
            client.route("a")
    with Client(f"127.0.0.1:{port}", retry=RetryPolicy(attempts=30, longest_wait_s=0.2)) as client:
        restarted = threading.Timer(0.3, lambda: servers.append(start(port)[0]))
        servers = []
        restarted.start()
        assert client.route("a", timeout_s=30).episode_id == "e-1"
        restarted.join()
        servers[0].stop(0).wait()


def test_waits_grow_and_are_bounded():
    """Doubling up to the longest; a random half is cut."""
    policy = RetryPolicy(first_wait_s=0.1, factor=2.0, longest_wait_s=0.5)
    assert [policy.wait_s(n, jitter=1.0) for n in (1, 2, 3, 4, 9)] == [0.1, 0.2, 0.4, 0.5, 0.5]
    assert policy.wait_s(1, jitter=0.0) == 0.05
