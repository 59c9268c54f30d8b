"""What may fail is worth less, for as long as it may fail; what is predicted of its answers stays as it is."""

import numpy as np
import pytest
from msgspec.structs import replace
from pointsman_learner.types import Constraints, Step


@pytest.fixture(scope="module")
def snapshot(worlds):
    """Of a learner that knows its way: cheap is the best on chats, for its price."""
    return worlds.World(feedback_rate=1.0).run(300).learner.snapshot()


def shares(snapshot, worlds, constraints):
    """P(model) on a chat, and what was expected of each."""
    decision = snapshot.decide(worlds.context_of("chat"), constraints, np.random.default_rng(0))
    return {p.model: p.propensity for p in decision.predictions}, {p.model: p for p in decision.predictions}


def test_where_every_model_answers_nothing_changes(snapshot, worlds):
    """To the bit."""
    assert (
        shares(snapshot, worlds, Constraints())[0]
        == shares(snapshot, worlds, Constraints(availability={"cheap": 1.0}, failure_ms={"cheap": 900.0}))[0]
    )


def test_a_model_that_cannot_be_reached_is_not_chosen_and_one_that_may_be_is_chosen_less(snapshot, worlds):
    """Its predicted quality stays what it was."""
    usual, before = shares(snapshot, worlds, Constraints())
    best = max(usual, key=usual.get)
    down, _ = shares(snapshot, worlds, Constraints(availability={best: 0.0}))
    assert best not in down
    flaky, now = shares(snapshot, worlds, Constraints(availability={best: 0.3}))
    assert 0.0 < flaky[best] < usual[best]
    assert (now[best].quality, now[best].quality_sd) == (before[best].quality, before[best].quality_sd)
    assert sum(flaky.values()) == pytest.approx(1.0)


def test_a_failed_call_is_not_free(snapshot, worlds):
    """A dead cheap model costs no dollars, but its failure costs time: the longer, the less it is asked."""
    usual, _ = shares(snapshot, worlds, Constraints())
    found = [
        shares(
            snapshot,
            worlds,
            Constraints(deadline_ms=30_000.0, availability={"cheap": 0.2}, failure_ms={"cheap": taken_ms}),
        )[0]["cheap"]
        for taken_ms in (0.0, 1_000.0, 10_000.0)
    ]
    assert usual["cheap"] > found[0] > found[1] > found[2]


def test_where_none_can_be_reached_it_is_as_if_all_could(snapshot, worlds):
    """Better one more try than none."""
    usual, _ = shares(snapshot, worlds, Constraints())
    none, _ = shares(snapshot, worlds, Constraints(availability=dict.fromkeys(usual, 0.0)))
    assert set(none) == set(usual)


def test_after_a_failure_who_cannot_be_reached_is_the_last_to_be_asked(snapshot, worlds):
    """And beside an answer it is no second opinion."""
    context, rng = worlds.context_of("chat"), np.random.default_rng(0)
    decision = snapshot.decide(context, Constraints(), rng)
    first, *others = (p.model for p in decision.predictions)
    failed = Step(first, 0.0, 10.0, failure_kind="unavailable")
    for left_alone in others:
        bound = Constraints(availability={first: 0.5, left_alone: 0.0})
        action = snapshot.next_action(context, decision, [failed], bound, rng)
        assert action.model not in {first, left_alone}
    bound = Constraints(availability=dict.fromkeys(others, 0.0))
    assert snapshot.next_action(context, decision, [failed], bound, rng).model in others
    answered = Step(first, 0.001, 500.0, 30, 300)
    for _ in range(50):
        assert type(snapshot.next_action(context, decision, [answered], bound, rng)).__name__ != "CallModel"


def test_seconds_have_a_price_where_somebody_sets_one(snapshot, worlds):
    """A model that is expected to take ten times as long loses the share that it has where time is free."""
    learner = worlds.World(feedback_rate=1.0).run(300).learner
    usual, _ = shares(learner.snapshot(), worlds, Constraints())
    best = max(usual, key=usual.get)
    for n in range(60):
        slow = Step(best, 0.001, 30_000.0, 30, 300)
        learner.apply_one(replace(worlds.episode_of(n=n, steps=(slow,)), answer=None))
    free, _ = shares(learner.snapshot(), worlds, Constraints())
    priced, _ = shares(learner.snapshot(), worlds, Constraints(latency_weight=0.1))
    assert priced[best] < free[best] / 2
