"""Both clients: what came of a routed query, and looking at episodes."""

import pytest

import pointsman
from pointsman import v1


async def test_an_outcome_tells_what_it_tells_and_nothing_else(call, running):
    """What is left out is absent, and 0 is told."""
    await call("report_outcome", "e-1", latency_ms=800, cost_usd=0.0)
    (request,) = running.service.requests
    assert {f.name for f, _ in request.ListFields()} == {"request_id", "episode_id", "latency_ms", "cost_usd"}


async def test_an_outcome_has_tokens_a_failure_and_verdicts(call, running):
    """By typed keywords."""
    await call(
        "report_outcome",
        "e-1",
        model="small",
        input_tokens=10,
        cached_input_tokens=4,
        output_tokens=0,
        reasoning_tokens=0,
        failure=("rate_limited", "429"),
        verdicts=[v1.Verdict(judge="mine", score=0.5)],
        request_id="o-1",
    )
    assert running.service.requests[0] == v1.ReportOutcomeRequest(
        request_id="o-1",
        episode_id="e-1",
        model="small",
        usage=v1.Usage(input_tokens=10, cached_input_tokens=4, output_tokens=0, reasoning_tokens=0),
        failure=v1.Failure(kind=v1.FAILURE_KIND_RATE_LIMITED, message="429"),
        verdicts=[v1.Verdict(judge="mine", score=0.5)],
    )


async def test_a_failure_may_be_the_contracts_own(call, running):
    """As v1.Failure."""
    failure = v1.Failure(kind=v1.FAILURE_KIND_TIMEOUT, message="30 s")
    await call("report_outcome", "e-1", failure=failure)
    assert running.service.requests[0].failure == failure


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ({"cost": 1}, "cost is unknown to report_outcome: did you mean cost_usd"),
        ({"latency_ms": None}, "latency_ms is None"),
        ({"input_tokens": 1.5}, "input_tokens must be a whole number"),
        ({"failure": "timeout"}, "failure must be a kind and a message"),
        ({"failure": ("time_out", "30 s")}, "time_out is unknown to failure: did you mean timeout"),
        ({"failure": ("timeout", None)}, "failure must be a kind and a message"),
        ({"verdicts": [0.5]}, r"verdicts\[0\] must be a v1.Verdict"),
        ({"verdicts": v1.Verdict(judge="mine")}, "verdicts must be a list"),
    ],
)
async def test_an_outcome_that_cannot_be_meant_is_refused(call, running, told, complaint):
    """Before it is sent."""
    with pytest.raises(pointsman.InvalidRequest, match=complaint):
        await call("report_outcome", "e-1", **told)
    assert running.service.requests == []


async def test_episodes_go_by_their_id(call):
    """All of it, or why it went so."""
    assert (await call("get_episode", "e-7")).episode_id == "e-7"
    assert (await call("explain_episode", "e-7")).summary == "Why e-7."


@pytest.mark.parametrize("method", ["get_episode", "explain_episode", "feedback", "report_outcome"])
@pytest.mark.parametrize("episode_id", [None, 7, b"e-1", "e-\udfff"])
async def test_an_id_that_is_no_text_is_refused(call, running, method, episode_id):
    """With the name of the argument."""
    said = {"thumb": True} if method == "feedback" else {}
    with pytest.raises(pointsman.InvalidRequest, match="episode_id"):
        await call(method, episode_id, **said)
    assert running.service.requests == []
