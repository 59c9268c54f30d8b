"""Two models called at once: under way together, both paid for and logged, and nothing shown but what is accepted."""

import asyncio
import time

import pytest
from pointsman_learner.actions import Accept, CallModel
from pointsman_learner.evaluation.choices import choices_of
from pointsman_learner.static import static_snapshot
from pointsman_learner.types import Verdict, waited_ms
from pointsman_service.application.spending import PROOF_CALLS
from pointsman_service.domain import TenantConfig
from pointsman_service.domain.preference import Preference
from pointsman_service.domain.requests import AnswerEnded, Caller, StepStarted, TextPiece

from .conftest import MODELS, ScriptedJudge, ScriptedPolicy


class Pairs(ScriptedPolicy):
    """Calls medium at once with whatever it calls first."""

    def together(self, context, decision, constraints):
        return CallModel("medium", 1.0, believed=(0.7,))


@pytest.fixture
def pair(build):
    """The application under that policy."""

    def make(**parts):
        return build(policy=Pairs(), **parts)

    return make


def meeting(h):
    """Answers of small and medium that come only where both are under way."""
    both, there = asyncio.Event(), []

    def of(name):
        async def answer():
            there.append(name)
            if len(there) == 2:
                both.set()
            await both.wait()
            return h.caller.answer(f"{name} says so", cost_usd=0.001)

        return answer

    return {name: of(name) for name in ("small", "medium")}


def logged(h):
    """The last episode of the log."""
    return h.storage.log.read(0)[-1].event


async def proven(h, ask):
    """Both models were seen to keep limits: under a ceiling, who was not is called by one at a time."""
    for name in ("small", "medium") * PROOF_CALLS:
        h.policy.actions = [CallModel(name, 1.0, final=True)]
        await h.router.complete(ask(), h.me)
    h.caller.calls.clear()
    return h.storage.ledger.spent("acme", 1000.0)


async def test_both_are_under_way_together_and_the_log_has_both(pair, ask):
    """With their times and what each was decided by: the second follows from the first, for sure."""
    h = pair()
    h.caller.answers |= meeting(h)
    h.policy.actions = [CallModel("small", 0.5), Accept(0, 0.9)]
    done = await h.router.complete(ask(), Caller("acme", deadline_s=5.0))
    assert (done.model, done.cost_usd) == ("small", pytest.approx(0.002))
    episode = logged(h)
    assert [(s.model, s.at_once, s.propensity, s.latency_ms) for s in episode.steps] == [
        ("small", False, 0.5, 5.0), ("medium", True, 1.0, 5.0)
    ]  # fmt: skip
    assert waited_ms(episode.steps) == 5.0
    assert [(a.kind, a.model, a.probability, a.forced) for a in episode.actions] == [
        ("call", "small", 0.5, None), ("call", "medium", 1.0, None), ("accept", None, 1.0, None)
    ]  # fmt: skip
    first, second, third = choices_of(episode)
    assert second.chances == {("call", "medium", None): 1.0}
    assert ([s.model for s in second.steps], second.believed) == (["small"], (0.7,))
    assert [first.cost_usd, second.cost_usd, third.cost_usd] == pytest.approx([0.001, 0.001, 0.0])
    told = await h.router.explain_episode(done.episode_id, h.me)
    assert "small went first, with probability 0.33" in told.summary
    assert "medium was called at once with it, before it had answered." in told.summary


async def test_what_follows_is_decided_with_both(pair, ask, judge):
    """A third call where they leave doubt; each was judged beside the other; nobody is called at once with that."""
    h = pair(judges=[judge("format", 1.0)])
    h.policy.actions = [CallModel("small", 1.0), CallModel("large", 0.8), Accept(2, 0.9)]
    done = await h.router.complete(ask(), h.me)
    assert [s.model for s in done.steps] == ["small", "medium", "large"]
    assert [s.at_once for s in done.steps] == [False, True, False]
    assert [len(subject.others) for subject, _ in h.judges["format"].subjects] == [1, 1, 2]


@pytest.mark.parametrize("fails", ["small", "medium"])
async def test_where_one_fails_the_other_is_the_answer(pair, ask, failing, fails):
    """Whichever it is."""
    h = pair()
    h.caller.answers[fails] = failing("unavailable")
    done = await h.router.complete(ask(), h.me)
    assert {done.model, fails} == {"small", "medium"}
    assert {s.model: s.failure_kind for s in done.steps} == {"small": None, "medium": None} | {fails: "unavailable"}


async def test_where_both_fail_the_policy_goes_on(pair, ask, failing):
    """As after any failure."""
    h = pair()
    h.caller.answers |= {"small": failing("auth"), "medium": failing("auth")}
    assert (await h.router.complete(ask(), h.me)).model == "large"
    h.caller.answers["large"] = failing("auth")
    with pytest.raises(Exception, match="small"):
        await h.router.complete(ask(), h.me)


@pytest.mark.parametrize("hangs", ["small", "medium"])
async def test_the_later_one_is_waited_for_as_a_second_opinion_is(pair, ask, hanging, hangs):
    """1.8 times what it is expected to take, which is a tenth of a second; then its call is given up."""
    h = pair()
    h.caller.answers[hangs] = hanging
    began = time.perf_counter()
    done = await h.router.complete(ask(), Caller("acme", deadline_s=20.0))
    assert time.perf_counter() - began < 5.0
    given_up = next(s for s in done.steps if s.model == hangs)
    assert (given_up.failure_kind, given_up.cost_known) == ("timeout", False)
    assert {done.model, hangs} == {"small", "medium"}


async def test_where_neither_answers_another_is_called_beside_them(pair, ask, hanging):
    """As beside one call that is overdue: the deadline is kept."""
    h = pair()
    h.caller.answers |= {"small": hanging, "medium": hanging}
    done = await h.router.complete(ask(), Caller("acme", deadline_s=0.6))
    assert [(s.model, s.failure_kind) for s in done.steps] == [
        ("small", "timeout"), ("medium", "timeout"), ("large", None)
    ]  # fmt: skip


async def test_where_one_fails_and_the_other_hangs_another_is_called_beside_them(pair, ask, hanging, failing):
    """A failure is no answer: what is overdue is overdue."""
    h = pair()
    h.caller.answers |= {"small": failing("auth"), "medium": hanging}
    done = await h.router.complete(ask(), Caller("acme", deadline_s=0.6))
    assert (done.model, [s.failure_kind for s in done.steps]) == ("large", ["auth", "timeout", None])


async def test_a_ceiling_holds_money_for_both(pair, ask):
    """And spends what they cost."""
    h = pair(ceilings={"acme": 10.0})
    before = await proven(h, ask)
    h.caller.answers |= meeting(h)
    done = await h.router.complete(ask(), Caller("acme", deadline_s=5.0))
    assert len(done.steps) == 2
    assert h.storage.ledger.spent("acme", 1000.0) - before == pytest.approx(0.002)


async def test_a_ceiling_without_room_for_both_lets_one_be_called(pair, ask):
    """The other could cost twice what there is."""
    h = pair(ceilings={"acme": 0.22})
    before = await proven(h, ask)
    done = await h.router.complete(ask(), h.me)
    assert [s.model for s in done.steps] == ["small"]
    assert [a.kind for a in logged(h).actions] == ["call", "accept"]
    assert h.storage.ledger.spent("acme", 1000.0) - before == pytest.approx(0.001)


async def test_who_goes_away_leaves_no_call_and_no_hold_behind(pair, ask):
    """Both connections are closed, both calls are logged, and both count as all that they could have cost."""
    h = pair(ceilings={"acme": 10.0})
    before = await proven(h, ask)
    begun, closed = asyncio.Event(), []

    def of(name):
        async def hangs():
            if len(h.caller.calls) == 2:
                begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                closed.append(name)

        return hangs

    h.caller.answers |= {name: of(name) for name in ("small", "medium")}
    task = asyncio.create_task(h.router.complete(ask(), h.me))
    await asyncio.wait_for(begun.wait(), 10.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(closed) == ["medium", "small"]
    episode = logged(h)
    assert [(s.model, s.failure_kind, s.at_once) for s in episode.steps] == [
        ("small", "cancelled", False), ("medium", "cancelled", True)
    ]  # fmt: skip
    assert h.storage.ledger.spent("acme", 1000.0) - before > 0.2


@pytest.mark.parametrize("mode", ["settled", "optimistic"])
async def test_a_stream_shows_the_accepted_answer_alone(pair, ask, mode):
    """Not a piece of the other, whichever comes first; both steps are told."""
    h = pair()
    h.policy.actions = [CallModel("small", 1.0), Accept(1, 0.9)]
    got = [item async for item in h.router.stream_complete(ask(), h.me, mode)]
    assert [(i.index, i.model) for i in got if isinstance(i, StepStarted)] == [(0, "small"), (1, "medium")]
    said = [i for i in got if isinstance(i, TextPiece | AnswerEnded)]
    assert {i.index for i in said} == {1}
    assert "".join(i.text for i in said if isinstance(i, TextPiece)) == "medium says hello"


async def test_a_first_answer_that_is_the_last_is_called_alone(pair, ask):
    """Nothing could be made of a second."""
    h = pair()
    h.policy.actions = [CallModel("small", 1.0, final=True)]
    assert len((await h.router.complete(ask(), h.me)).steps) == 1


async def test_a_tenant_that_only_observes_has_its_own_model_called_alone(pair, ask):
    """It is billed for nothing that it did not ask for."""
    h = pair(tenants=[TenantConfig("acme", mode="observe", baseline="small")])
    preference = Preference(latency_weight=0.1)
    done = await h.router.complete(ask(preference=preference), h.me)
    assert [name for name, *_ in h.caller.calls] == [s.model for s in done.steps] == ["small"]


class Keyed(ScriptedJudge):
    """Says what the final answer is."""

    async def judge(self, subject, timeout_s):
        return Verdict(self.name, None, key=subject.answer.text)


@pytest.mark.parametrize(("weight", "at_once"), [(None, False), (0.05, True)])
async def test_the_learner_calls_two_at_once_where_seconds_have_a_price(build, ask, weight, at_once):
    """From the first query on, with agreement; what it knows is in every snapshot."""
    policy = static_snapshot([m.as_learner_model() for m in MODELS])
    h = build(policy=policy, judges=[Keyed("agreement")])
    found = set()
    for n in range(10):
        preference = Preference(latency_weight=weight, cost_weight=0.5)
        done = await h.router.complete(ask(f"What is {n} + {n}?", preference=preference), h.me)
        found |= {s.at_once for s in done.steps[1:2]}
    assert found == {at_once}
