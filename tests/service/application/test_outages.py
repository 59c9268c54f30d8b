"""Time well spent: what is waited for, and for how long; what is called again, beside, or not at all."""

import asyncio
import time
from dataclasses import replace

import pytest
from msgspec import structs
from pointsman_learner.actions import Accept, AskJudge, CallModel
from pointsman_learner.types import Verdict
from pointsman_service.adapters.callers.deployments import DeploymentsCaller
from pointsman_service.application.reachability import Reachability
from pointsman_service.domain import TenantConfig
from pointsman_service.domain.requests import Caller
from pointsman_service.errors import EveryModelFailed, ModelCallError, ModelsBusy

from .conftest import MODELS


def busy(retry_after_s):
    """429 with Retry-After."""
    return ModelCallError("slow down", kind="rate_limited", retryable=True, retry_after_s=retry_after_s)


def after(seconds, text="late"):
    """An answer that takes so long."""

    async def answer():
        await asyncio.sleep(seconds)
        return text

    return answer


@pytest.fixture
def known(build):
    """The application over a caller that knows its deployments."""

    def make(**parts):
        h = build(**parts)
        caller = DeploymentsCaller(h.caller)
        runner, decider = h.router._p.answers.runner, h.router._p.decider
        runner._caller = caller
        object.__setattr__(decider, "reach", Reachability(runner._models, caller.reach, caller.blame))
        h.deployments = caller
        return h

    return make


async def test_a_long_pause_means_the_next_model_now(build, ask):
    """Retry-After: 20 beside a healthy model costs nothing."""
    h = build()
    h.caller.answers["small"] = busy(20.0)
    began = time.perf_counter()
    done = await h.router.complete(ask(), h.me)
    assert (done.model, [s.failure_kind for s in done.steps]) == ("medium", ["rate_limited", None])
    assert time.perf_counter() - began < 10.0  # and not the pause


async def test_a_pause_shorter_than_the_next_models_answer_is_waited_for_once(build, ask):
    """The next one is expected to take 100 ms; here it would be asked after the second refusal."""
    h = build()
    h.caller.answers["small"] = busy(0.02)
    done = await h.router.complete(ask(), h.me)
    assert [s.model for s in done.steps] == ["small", "small", "medium"]


async def test_with_one_model_its_pause_is_waited_for_where_the_deadline_allows(build, ask):
    """Else the caller hears at once when to come back."""
    h = build(models=MODELS[:1])
    h.policy.models = ("small",)
    calls = iter([busy(0.1)])

    async def recovers():
        return next(calls, "well again")

    h.caller.answers["small"] = recovers
    done = await h.router.complete(ask(), h.me)
    assert (done.text, [s.failure_kind for s in done.steps]) == ("well again", ["rate_limited", None])
    h.caller.answers["small"] = busy(60.0)
    began = time.perf_counter()
    with pytest.raises(ModelsBusy):
        await h.router.complete(ask(), h.me)
    assert time.perf_counter() - began < 10.0  # and not the pause


async def test_an_answer_in_hand_is_not_held_back_for_a_second_opinion_that_hangs(build, ask, hanging):
    """It is waited for at most twice what it is expected to take: here 100 ms."""
    h = build()
    h.caller.answers["medium"] = hanging
    h.policy.actions = [CallModel("small", 1.0), CallModel("medium", 1.0), Accept(0, 0.8)]
    done = await h.router.complete(ask(), h.me)
    assert (done.model, done.steps[1].failure_kind, done.cut_short) == ("small", "timeout", False)
    assert h.caller.calls[1][2] <= 0.2


async def test_nor_for_a_judge_that_hangs(build, ask, judge):
    """By what its verdicts took so far."""
    rubric = judge("rubric", 0.7, cost_usd=0.002)
    h = build(judges=[rubric])
    h.policy.actions = [CallModel("small", 1.0), AskJudge("rubric", 0), Accept(0, 0.8)]
    h.judges["rubric"].took_ms = 100.0

    async def judges(subject, timeout_s):
        h.judges["rubric"].subjects.append((subject, timeout_s))
        return Verdict("rubric", 0.7, 0.002, latency_ms=100.0)

    h.judges["rubric"].judge = judges
    await h.router.complete(ask(), h.me)
    h.policy.actions = [CallModel("small", 1.0), AskJudge("rubric", 0), Accept(0, 0.8)]
    await h.router.complete(ask(), h.me)
    first, second = (timeout_s for _, timeout_s in h.judges["rubric"].subjects)
    assert first > 1.0
    assert second == pytest.approx(0.18, abs=0.001)


async def test_two_seconds_are_enough_for_a_model_that_takes_one_and_a_half(build, ask):
    """Nobody knows what it takes: another is called beside it, and it is not cut off."""
    h = build()
    h.caller.answers |= {"small": after(1.5), "medium": after(1.5), "large": after(1.5)}
    done = await h.router.complete(ask(), Caller("acme", deadline_s=2.0))
    assert (done.model, done.text) == ("small", "late")


async def test_a_model_that_is_known_to_need_the_deadline_has_it_alone(known, ask):
    """Another would not be done in time either, so it is not paid for."""
    h = known()
    h.caller.answers |= {"small": after(0.6), "medium": after(0.6), "large": after(0.6)}
    for name in ("small", "medium", "large"):
        h.policy.actions = [CallModel(name, 1.0)]
        await h.router.complete(ask(), h.me)
    h.caller.calls.clear()
    done = await h.router.complete(ask(), Caller("acme", deadline_s=0.88))
    assert (done.model, [name for name, *_ in h.caller.calls]) == ("small", ["small"])


async def test_a_model_that_is_known_to_need_most_of_the_deadline_is_called_while_it_fits(known, ask):
    """Scaled to a quarter of 2 s. Beside one of which nothing is known, and which hangs."""
    h = known()
    h.caller.answers |= {"small": asyncio.Event().wait, "medium": after(0.35), "large": after(0.35)}
    for name in ("medium", "large"):
        h.policy.actions = [CallModel(name, 1.0)]
        await h.router.complete(ask(), h.me)
    h.policy.actions = [CallModel("small", 1.0)]
    done = await h.router.complete(ask(), Caller("acme", deadline_s=0.5))
    assert (done.model, done.steps[0].model, done.steps[0].failure_kind) == ("medium", "small", "timeout")


async def test_who_answers_beside_an_overdue_call_ends_it(known, ask):
    """Its connection is closed, its step says why, and a call that hangs is held against its model."""
    h = known()
    cancelled = asyncio.Event()
    h.caller.answers["medium"] = after(0.5)

    async def hangs():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    h.caller.answers["small"] = hangs
    done = await h.router.complete(ask(), Caller("acme", deadline_s=1.5))
    assert cancelled.is_set()
    assert (done.model, done.steps[0].failure_kind, done.steps[0].cost_known) == ("medium", "timeout", False)
    assert h.deployments.reach(MODELS[0]).chance == pytest.approx(0.5, abs=0.01)


async def test_a_tenant_may_have_its_slow_calls_hedged(known, ask):
    """After 1.8 times what the model takes, long before the deadline; another tenant waits."""
    h = known(tenants=[TenantConfig("acme", hedge=True)])
    h.caller.answers["small"] = after(0.02, "quick")
    await h.router.complete(ask(), h.me)
    h.caller.answers["small"] = after(0.4, "slow")
    done = await h.router.complete(ask(), h.me)
    assert (done.model, [s.failure_kind for s in done.steps]) == ("medium", ["timeout", None])
    patient = await h.router.complete(ask(), replace(h.me, tenant="patient"))
    assert (patient.text, len(patient.steps)) == ("slow", 1)


async def test_a_query_costs_one_probe_where_no_model_answers(known, ask, failing):
    """Whatever the number of models: what is known to be down is not asked by every query."""
    h = known()
    for name in ("small", "medium", "large"):
        h.caller.answers[name] = failing("auth")
    with pytest.raises(Exception, match="small"):
        await h.router.complete(ask(), h.me)
    assert len(h.caller.calls) == 3
    h.caller.calls.clear()
    for _ in range(10):
        with pytest.raises(Exception, match="auth"):
            await h.router.complete(ask(), h.me)
    assert len(h.caller.calls) == 10


async def test_the_policy_hears_who_is_left_alone_of_those_that_it_could_not_choose_first(known, ask, failing):
    """Or a dead model would be everybody's second opinion."""
    h = known()
    h.caller.answers["small"] = failing("auth")
    await h.router.complete(ask(), h.me)
    decides = h.policy.decide

    def without(context, constraints, rng):
        decision = decides(context, structs.replace(constraints, models=("medium", "large")), rng)
        h.policy.constraints = constraints
        return decision

    h.policy.decide = without
    h.policy.asked.clear()
    await h.router.complete(ask(), h.me)
    assert [c.availability for _, c in h.policy.asked] == [{"small": 0.0}] * 2


async def test_calls_of_one_query_are_bounded(build, ask):
    """Three models that all ask for a moment: each once, and one of them once more."""
    h = build()
    for name in ("small", "medium", "large"):
        h.caller.answers[name] = busy(0.01)
    with pytest.raises((EveryModelFailed, ModelsBusy)):
        await h.router.complete(ask(), h.me)
    assert len(h.caller.calls) == 4
