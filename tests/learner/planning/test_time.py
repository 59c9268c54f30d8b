"""What a second is worth: to calls, to judges, and between plans that are worth the same."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pointsman_learner.actions import Accept, AskJudge, CallModel
from pointsman_learner.belief.joint_model import JointModel, believe
from pointsman_learner.normal import WEIGHTS, quantile
from pointsman_learner.planning.judge_bundles import Bins, JudgeBundle, bins_of
from pointsman_learner.planning.lookahead import Prospect, ask_judge_values, first_call_values, next_call_values
from pointsman_learner.planning.two_call_plans import two_call_values
from pointsman_learner.types import Constraints, Judge, Model, Step, Verdict

LAM = 8.0
AGREEMENT = Judge("agreement")
CALLS = st.lists(st.tuples(st.floats(0.1, 0.97), st.floats(0.0, 0.02), st.floats(0.0, 9000.0)), min_size=2, max_size=4)
"""Quality, dollars and milliseconds of each model."""
JUDGE = st.tuples(st.floats(0.2, 3.0), st.floats(0.0, 0.01), st.floats(0.0, 5000.0))
"""What it tells, its dollars and milliseconds."""
MU = st.floats(0.0, 1e-5)


def prospect(calls, judge, mu, joint=JointModel()):  # noqa: B008 - frozen
    """Those models, and a judge that may be asked."""
    quality, cost, wait = np.array(calls).T
    bins = bins_of([JudgeBundle((), 0.0, 0.0), JudgeBundle(("rubric",), *judge)])
    right, may = joint.right_at(quantile(quality)), np.ones(len(calls), dtype=bool)
    return Prospect(joint, right, cost, LAM, may, bins, wait=wait, per_ms=mu)


def in_dollars(p):
    """The same where nobody's time is worth anything, but everybody charges for it."""
    rate = p.per_ms / LAM
    bins = Bins(p.bins.wrong, p.bins.good, p.bins.start, p.bins.cost + rate * p.bins.wait, 0.0 * p.bins.wait)
    return replace(p, cost=p.cost + rate * p.wait, per_ms=0.0, bins=bins)


@settings(max_examples=80, deadline=None)
@given(CALLS, JUDGE, MU, st.booleans())
def test_seconds_are_dollars_at_their_rate_of_exchange(calls, judge, mu, keyed):
    """For calls, those that follow and judges: mu seconds cost what mu / lambda dollars do."""
    p = prospect(calls, judge, mu)
    same = in_dollars(p)
    if not keyed:
        assert first_call_values(p, exclusive=False)[0] == pytest.approx(first_call_values(same, exclusive=False)[0])
    belief = believe(p.joint, p.right[:1], ["a" if keyed else None])
    assert next_call_values(p, belief) == pytest.approx(next_call_values(same, belief))
    assert ask_judge_values(p, belief, 0, p.bins) == pytest.approx(ask_judge_values(same, belief, 0, same.bins))


@settings(max_examples=60, deadline=None)
@given(CALLS, MU)
def test_where_answers_have_keys_two_first_calls_cost_the_seconds_of_the_slower(calls, mu):
    """They are made at once: dollars of both, a lone call by itself, a third after them."""
    p = prospect(calls, (1.0, 0.0, 0.0), mu)
    values, _ = first_call_values(p, exclusive=True)
    pairs = two_call_values(p.joint, p.right, p.price, p.callable)
    for a in range(len(calls)):
        together = [pairs[a, b] + mu * min(p.wait[a], p.wait[b]) for b in range(len(calls)) if b != a]
        assert values[a] == pytest.approx(max(p.right[a] @ WEIGHTS - p.price[a], *together))


@settings(max_examples=60, deadline=None)
@given(CALLS, JUDGE, st.integers(0, 3), st.booleans(), st.sampled_from([-1.0, 1.0]))
def test_of_calls_that_are_worth_the_same_the_quickest_follows(calls, judge, which, keyed, later):
    """Of a model and a twin that takes a millisecond more, or less; right answers have one key."""
    which %= len(calls)
    quality, cost, wait = calls[which]
    p = prospect([*calls, (quality, cost, wait + later)], judge, 0.0, JointModel(differs=0.0))
    _, follow = first_call_values(p, exclusive=keyed)
    others = [m for m in range(len(calls)) if m != which]
    assert (follow[others] != (which if later < 0.0 else len(calls))).all()


@pytest.fixture(scope="module")
def twins(worlds):
    """Of a learner that knows nothing but how long answers of one of two like models take."""

    def snapshot(slow, names=("one", "two")):
        learner = worlds.learner_of([Model(n, 1.0, 2.0) for n in names])
        for n in range(40):
            steps = tuple(Step(name, 0.001, 9000.0 if name == slow else 900.0, 30, 300) for name in names)
            learner.apply_one(replace_answer(worlds.episode_of(n=n, steps=steps)))
        return learner.snapshot()

    return snapshot


def replace_answer(episode):
    """One that nobody was shown an answer of: it teaches what calls take."""
    return type(episode)(
        episode.episode_id, episode.tenant, episode.at, episode.context, episode.decision, episode.steps
    )


@pytest.mark.parametrize("slow", ["one", "two"])
@pytest.mark.parametrize("judges", [(), (AGREEMENT,), (Judge("format"), Judge("rubric", 1e-4, 300.0))])
def test_without_a_price_on_seconds_twins_are_told_apart_by_them(twins, worlds, slow, judges):
    """Whoever comes first in the list; nothing is drawn between them."""
    quick = {"one": "two", "two": "one"}[slow]
    snapshot, rng = twins(slow), np.random.default_rng(0)
    asked = Constraints(cost_weight=5.0, judges=judges)
    decision = snapshot.decide(worlds.context_of("chat"), asked, rng)
    assert (decision.model, decision.propensity) == (quick, 1.0)


def test_after_a_failure_the_quickest_of_twins_is_next(twins, worlds):
    """Of two that are left, whatever their order."""
    for slow in ("two", "three"):
        snapshot, rng, context = twins(slow, ("one", "two", "three")), np.random.default_rng(0), worlds.context_of()
        decision = snapshot.decide(context, Constraints(), rng)
        failed = Step("one", 0.0, 10.0, failure_kind="unavailable")
        assert snapshot.next_action(context, decision, [failed], Constraints(), rng).model not in {"one", slow}


def kinds(snapshot, worlds, asked, steps):
    """P(what is done next), by its kind."""
    context, rng = worlds.context_of("math"), np.random.default_rng(0)
    decision = snapshot.decide(context, asked, rng)
    action = snapshot.next_action(context, decision, steps, asked, rng)
    assert isinstance(action, Accept | AskJudge | CallModel)
    return {a.kind: a.probability for a in action.alternatives}


@pytest.fixture(scope="module")
def knowing(worlds):
    """Of a learner that knows: on mathematics cheap is bad and dear is good."""
    learner = worlds.learner_of()
    for model, rate in (("cheap", 0.4), ("dear", 0.95), ("coder", 0.5)):
        worlds.teach(learner, model, "math", rate, 40)
    return learner.snapshot()


def test_the_dearer_a_second_the_sooner_an_answer_is_accepted(knowing, worlds):
    """Escalation costs the seconds of the next call."""
    steps = [Step("cheap", 0.0005, 800.0, 30, 300, (Verdict("agreement", key="a"),))]
    chances = [
        kinds(knowing, worlds, Constraints(cost_weight=5.0, judges=(AGREEMENT,), latency_weight=mu), steps)["accept"]
        for mu in (0.0, 0.3, 0.6, 2.0)
    ]
    assert chances == sorted(chances)
    assert chances[0] < 0.1
    assert chances[-1] > 0.9


def test_a_slow_judge_is_asked_less_where_seconds_have_a_price_and_only_there(knowing, worlds):
    """As one that costs as much as its seconds are worth; one that is free slows every call that could follow."""
    steps = [Step("cheap", 0.0005, 800.0, 30, 300)]

    def chance(kind, judge_ms, mu, **usd):
        judge = Judge("rubric", latency_ms=judge_ms, **usd)
        return kinds(knowing, worlds, Constraints(cost_weight=5.0, judges=(judge,), latency_weight=mu), steps)[kind]

    assert chance("ask", 100.0, None, cost_usd=1e-4) == chance("ask", 9000.0, None, cost_usd=1e-4)
    assert chance("ask", 100.0, 0.01, cost_usd=1e-4) > chance("ask", 9000.0, 0.01, cost_usd=1e-4)
    assert chance("call", 100.0, 0.05) > chance("call", 20_000.0, 0.05)


def test_judges_are_asked_in_the_order_of_what_their_money_and_time_buy(knowing, worlds):
    """Of two that tell the same, the dearer one first where the cheaper takes long and seconds are dear."""
    steps = [Step("cheap", 0.0005, 800.0, 30, 300)]
    judges = (Judge("slow", 1e-4, 8000.0), Judge("dear", 3e-4, 100.0))

    def first(mu):
        asked = Constraints(cost_weight=5.0, judges=judges, latency_weight=mu)
        context, rng = worlds.context_of("math"), np.random.default_rng(0)
        decision = knowing.decide(context, asked, rng)
        action = knowing.next_action(context, decision, steps, asked, rng)
        return next(a.judge for a in action.alternatives if a.kind == "ask")

    assert first(None) == "slow"
    assert first(0.001) == "dear"
