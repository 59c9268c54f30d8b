"""Two models called at once: where seconds have a price and a lone answer tells nothing."""

import numpy as np
import pytest
from msgspec.structs import replace
from pointsman_learner.actions import Accept, ActionTaken, CallModel
from pointsman_learner.evaluation.choices import choices_of
from pointsman_learner.evaluation.target import Deciding
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.types import Constraints, Judge, Step, Verdict

AGREEMENT = Judge("agreement")
PRICED = Constraints(cost_weight=2.0, judges=(AGREEMENT,), latency_weight=0.01, tenant="acme")


RATES = {"cheap": 0.7, "coder": 0.7, "dear": 0.95}


@pytest.fixture(scope="module")
def snapshot(worlds):
    """Of a learner that knows: two cheap models that may disagree are worth asking, for the third."""
    learner = worlds.learner_of()
    for model, rate in RATES.items():
        worlds.teach(learner, model, "math", rate, 40)
        for n in range(20):
            steps = (Step(model, worlds.costs[model], 2000.0, 30, 300, (Verdict("agreement", key="a"),)),)
            learner.apply_one(worlds.episode_of(model, "math", n, steps=steps))
    return learner.snapshot()


@pytest.fixture(scope="module")
def context(worlds):
    """A query of mathematics."""
    return worlds.context_of("math")


def decided(snapshot, context, asked, seed=0):
    """A decision, and what is called at once with it."""
    decision = snapshot.decide(context, asked, np.random.default_rng(seed))
    return decision, snapshot.together(context, decision, asked)


def test_what_is_called_at_once_is_what_would_follow_whatever_the_first_answer_is(snapshot, context):
    """For every model that may be first; it is no draw, and its chance is 1."""
    decision, _ = decided(snapshot, context, PRICED)
    found = 0
    for first in (p.model for p in decision.predictions):
        other = snapshot.together(context, replace(decision, model=first), PRICED)
        assert other == snapshot.together(context, replace(decision, model=first), PRICED)
        if other is None:
            continue
        found += 1
        assert (other.propensity, other.alternatives, len(other.believed)) == (1.0, (), 1)
        for key in ("a", "b"):
            step = Step(first, 0.001, 2000.0, 30, 300, (Verdict("agreement", key=key),))
            action = snapshot.next_action(context, decision, [step], PRICED, np.random.default_rng(0))
            chances = {a.model: a.probability for a in action.alternatives if a.kind == "call"}
            assert chances[other.model] > 0.5
    assert found >= 2


@pytest.mark.parametrize(
    "asked",
    [
        replace(PRICED, latency_weight=None),
        replace(PRICED, latency_weight=0.0),
        replace(PRICED, judges=()),
        replace(PRICED, judges=(Judge("format"),)),
        replace(PRICED, max_steps=1),
        replace(PRICED, models=("cheap",)),
        replace(PRICED, max_cost_usd=0.0006),
        replace(PRICED, max_latency_ms=10.0),
        replace(PRICED, availability={"coder": 0.0, "dear": 0.0}),
        replace(PRICED, cost_weight=1000.0),
    ],
    ids=["no weight", "none", "no judge", "no keys", "one step", "one model", "ceiling", "time", "away", "dear"],
)
def test_a_model_is_called_alone_where_waiting_is_free_or_nothing_else_may_be_called(snapshot, context, asked):
    """Or nothing else is worth its money."""
    decision = replace(snapshot.decide(context, PRICED, np.random.default_rng(0)), model="cheap")
    assert snapshot.together(context, decision, PRICED) is not None
    assert snapshot.together(context, replace(decision, cost_weight=asked.cost_weight), asked) is None
    assert snapshot.together(context, replace(decision, strategy="baseline"), PRICED) is None


def lived(snapshot, context, asked, rng, number):
    """One episode, as a service would run it."""
    decision = snapshot.decide(context, asked, rng)
    steps, actions = [], []
    while True:
        action = snapshot.next_action(context, decision, steps, asked, rng)
        actions.append(ActionTaken.of(action, first=not actions))
        if isinstance(action, Accept):
            break
        calls = [action]
        if not steps and (other := snapshot.together(context, decision, asked)) is not None:
            calls.append(other)
            actions.append(ActionTaken.of(other))
        assert all(isinstance(c, CallModel) for c in calls)
        for at_once, c in enumerate(calls):
            key = str(rng.integers(2))
            verdicts = (Verdict("agreement", key=key),)
            steps.append(Step(c.model, 0.001, 900.0, 30, 300, verdicts, propensity=c.propensity, at_once=bool(at_once)))
    return EpisodeRecorded(
        f"e{number}", "acme", float(number), context, decision, tuple(steps), action.index, action.reason,
        action.quality, asked, tuple(actions),
    )  # fmt: skip


@pytest.mark.parametrize("weight", [None, 0.01])
def test_a_policy_has_the_chances_that_it_logged(snapshot, context, weight):
    """At every choice of every episode, those with two calls at once too: its own log's weights are all 1."""
    asked, rng = replace(PRICED, latency_weight=weight), np.random.default_rng(3)
    together = 0
    for n in range(60):
        episode = lived(snapshot, context, asked, rng, n)
        together += sum(s.at_once for s in episode.steps)
        choices = choices_of(episode)
        assert [c.taken[0] for c in choices] == [a.kind for a in episode.actions]
        for choice, chances in zip(choices, Deciding(snapshot).chances(episode, choices), strict=True):
            logged = {k: p for k, p in choice.chances.items() if p > 0.0}
            assert chances == pytest.approx(logged)
            assert sum(chances.values()) == pytest.approx(1.0)
    assert (together > 0) is (weight is not None)


def test_a_policy_that_calls_two_at_once_is_held_against_a_log_that_did_not(snapshot, context):
    """There the second call is certain for it, and the log's chance is what it was; the reverse is asked as usual."""
    rng = np.random.default_rng(4)
    free = replace(PRICED, latency_weight=None)
    waited = next(e for n in range(99) if (e := lived(snapshot, context, free, rng, n)).steps[0].model == "cheap")
    other = snapshot.together(context, waited.decision, PRICED)
    assert other is not None
    priced = replace(waited, constraints=PRICED)
    assert Deciding(snapshot).chances(priced, choices_of(waited))[1] == {("call", other.model, None): 1.0}
    pair = next(e for n in range(99) if (e := lived(snapshot, context, PRICED, rng, n)).steps[-1].at_once)
    in_turn = Deciding(snapshot).chances(replace(pair, constraints=free), choices_of(pair))[1]
    assert 0.0 < in_turn["call", pair.steps[1].model, None] < 1.0
    assert in_turn["accept", None, 0] > 0.0
