"""Both clients: what is tried again, how often and for how long."""

import threading
import time

import pytest
from grpc import StatusCode
from hypothesis import given, settings
from hypothesis import strategies as st

import pointsman
from pointsman import Client, RetryPolicy, v1
from pointsman.errors import Unavailable
from pointsman.retry import Attempts, Contact
from pointsman.status_details import StatusDetails


async def test_what_is_unavailable_is_tried_again_with_the_same_id(call, running):
    """The service sees one request three times, not three requests."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE)] * 2
    assert (await call("complete", "2 + 2?")).answer.text == "Four."
    requests = running.service.requests
    assert len(requests) == 3
    assert len({r.request_id for r in requests} | {""}) == 2


@pytest.mark.parametrize(
    ("method", "args", "said"),
    [
        ("feedback", ["e-1"], {"thumb": True}),
        ("report_outcome", ["e-1"], {"cost_usd": 1.0}),
        ("record_session_outcome", ["s-1"], {"score": 1.0}),
        ("call", [v1.DisableModelRequest(model="small")], {}),
    ],
)
async def test_all_that_changes_something_is_tried_again_with_the_same_id(call, running, method, args, said):
    """So it counts once, however often it is sent, and whatever broke the connection."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE)]
    await call(method, *args, **said)
    first, second = running.service.requests
    assert first.request_id == second.request_id != ""


async def test_attempts_end_where_the_policy_counts_them(call, running):
    """After its number of them the error comes out."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE)] * 10
    with pytest.raises(pointsman.Unavailable, match="scripted failure"):
        await call("route", "a")
    assert len(running.service.requests) == 4  # conftest.FAST


async def test_attempts_are_not_counted_by_default(call, running):
    """A restart takes as long as it takes."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE)] * 30
    await call("route", "a", options={"retry": RetryPolicy(first_wait_s=0.001, longest_wait_s=0.001)})
    assert len(running.service.requests) == 31


async def test_providers_in_trouble_are_not_called_again_and_again(call, running):
    """The service has tried each of them, and tried again: asking it once more would cost their calls once more."""
    fails = running.fails(StatusCode.UNAVAILABLE, "EVERY_MODEL_FAILED")
    running.service.script = [fails] * 30
    with pytest.raises(pointsman.Unavailable):
        await call("complete", "a", options={"retry": RetryPolicy(first_wait_s=0.001, longest_wait_s=0.001)})
    assert len(running.service.requests) == 1
    many = RetryPolicy(first_wait_s=0.001, longest_wait_s=0.001, provider_attempts=3)
    with pytest.raises(pointsman.Unavailable):
        await call("complete", "a", options={"retry": many})
    assert len(running.service.requests) == 1 + 3


async def test_no_attempt_starts_that_the_deadline_would_end(call, running):
    """The service asks for an hour; with ten seconds left that is an error now, with the delay in it."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE, "LOG_UNAVAILABLE", retry_s=3600.5)]
    with pytest.raises(pointsman.Unavailable) as caught:
        await call("route", "a", timeout_s=10)
    assert caught.value.retry_after_s == 3600.5
    assert len(running.service.requests) == 1


@pytest.mark.parametrize("asked", [{"retry_s": 0.2}, {"pushback_ms": "200"}, {"retry_s": 0.2, "pushback_ms": "200"}])
async def test_a_wait_that_the_service_asks_for_is_kept(call, running, asked):
    """RetryInfo, or what gRPC's own retries read, wins over a shorter backoff."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE, "LOG_UNAVAILABLE", **asked)]
    started = time.monotonic()
    await call("route", "a")
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize("pushback_ms", ["-1", "soon", "1.5"])
async def test_a_wait_that_is_no_time_forbids_retries(call, running, pushback_ms):
    """As gRPC's own retries read it (gRFC A6)."""
    failure = running.fails(StatusCode.UNAVAILABLE, "LOG_UNAVAILABLE", pushback_ms=pushback_ms)
    running.service.script = [failure]
    with pytest.raises(pointsman.Unavailable) as caught:
        await call("route", "a")
    assert caught.value.forbids_retry
    assert len(running.service.requests) == 1


def test_a_client_outlives_a_restart_of_the_service(start):
    """Nobody there is Unavailable, which says where; once the service is there, the same client works."""
    first, port = start()
    with Client(f"127.0.0.1:{port}", retry=RetryPolicy(attempts=1)) as client:
        assert client.route("a").episode_id == "e-1"
        first.stop(0).wait()
        with pytest.raises(pointsman.Unavailable, match=f"no service answers at 127.0.0.1:{port}: is it running"):
            client.route("a")
    with Client(f"127.0.0.1:{port}") as client:
        restarted = threading.Timer(0.3, lambda: servers.append(start(port)[0]))
        servers = []
        restarted.start()
        assert client.route("a", timeout_s=30).episode_id == "e-1"
        restarted.join()
        servers[0].stop(0).wait()


def _given_up_after_s(policy, timeout_s, *, contact, jitter=1.0, monkeypatch):
    """Seconds at which a call makes its last attempt, on a clock of its own, where nobody answers."""
    now = [0.0]
    monkeypatch.setattr("pointsman.retry._rng.random", lambda: jitter)
    attempts = Attempts(policy, timeout_s, Contact(made=contact), clock=lambda: now[0])
    while True:
        try:
            now[0] += attempts.wait_after(Unavailable(StatusCode.UNAVAILABLE, "nobody"))
        except Unavailable:
            return now[0]


@settings(deadline=None)
@given(jitter=st.floats(0, 1))
def test_an_outage_is_outlasted_up_to_the_deadline(jitter):
    """By any client that has been answered before; one without a deadline waits for a minute."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        known = {"contact": True, "jitter": jitter, "monkeypatch": monkeypatch}
        assert 115 <= _given_up_after_s(RetryPolicy(), 120, **known) < 120
        assert 55 <= _given_up_after_s(RetryPolicy(), None, **known) < 60
        assert _given_up_after_s(RetryPolicy(), 0.5, **known) < 0.5


@settings(deadline=None)
@given(jitter=st.floats(0, 1), timeout_s=st.sampled_from([None, 120.0, 3600.0]))
def test_an_address_where_nobody_ever_answered_is_told_soon(jitter, timeout_s):
    """Yet not before a restart of ten seconds, and the connection after it, had their time."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        given_up = _given_up_after_s(RetryPolicy(), timeout_s, contact=False, jitter=jitter, monkeypatch=monkeypatch)
        assert 12 <= given_up < 20


def test_a_word_of_the_service_is_contact(monkeypatch):
    """Whatever it says: the address is right."""
    attempts = Attempts(RetryPolicy(), 120, contact := Contact())
    attempts.wait_after(Unavailable(StatusCode.UNAVAILABLE, "disk full", StatusDetails(reason="LOG_UNAVAILABLE")))
    assert contact.made


def test_a_call_that_broke_late_has_its_time_too():
    """Without a deadline, what counts is how long nobody answers, not how long the call has run."""
    now = [0.0]
    attempts = Attempts(RetryPolicy(), None, Contact(made=True), clock=lambda: now[0])
    now[0] = 3600.0
    assert attempts.wait_after(Unavailable(StatusCode.UNAVAILABLE, "broken")) > 0


def test_waits_grow_and_are_bounded():
    """Doubling up to the longest; a random half is cut."""
    policy = RetryPolicy(first_wait_s=0.1, factor=2.0, longest_wait_s=0.5)
    assert [policy.wait_s(n, jitter=1.0) for n in (1, 2, 3, 4, 9, 10_000)] == [0.1, 0.2, 0.4, 0.5, 0.5, 0.5]
    assert policy.wait_s(1, jitter=0.0) == 0.05


@pytest.mark.parametrize(
    "policy",
    [{"attempts": 0}, {"attempts": 1.5}, {"attempts": True}, {"first_wait_s": -1}, {"factor": None}, {"factor": "2"}],
)
def test_a_policy_that_makes_no_sense_is_refused(policy):
    """With the field's name."""
    (name,) = policy
    with pytest.raises(pointsman.InvalidRequest, match=f"{name} must be"):
        RetryPolicy(**policy)
