"""Words: what they say of themselves."""

import numpy as np
import pytest
from pointsman_learner.events import EpisodeRecorded, OutcomeReported
from pointsman_learner.types import Context, Decision, Judge, Model, NoModelFits, Step, Verdict, model_names, waited_ms

JUDGED = (Verdict("format", 1.0), Verdict("rubric", 0.4, 0.002, 30.0), Verdict("other", None, 0.001))


def test_an_episode_costs_its_calls_and_its_judges():
    """All that it cost, failed calls too."""
    context = Context("v", np.zeros(1, np.float32), np.zeros(1, np.float32), 1)
    decision = Decision("m", 1.0, (), ("m",), "static", (), 0.0, 1.0, 0, "v", "p")
    steps = (Step("m", 0.01, 300.0, verdicts=JUDGED), Step("n", 0.1, 50.0, failure_kind="empty"))
    assert [s.total_cost_usd for s in steps] == pytest.approx([0.013, 0.1])
    assert [s.judge_cost_usd for s in steps] == pytest.approx([0.003, 0.0])
    assert [waited_ms([s]) for s in steps] == [330.0, 50.0]
    assert EpisodeRecorded("e", "t", 0.0, context, decision, steps).cost_usd == pytest.approx(0.113)


def test_an_outcomes_cost_is_known_only_where_it_was_told():
    """With its judges; 0 dollars are a cost, nothing told is none."""
    assert OutcomeReported("e", "t", 0.0, "m", 0.01, verdicts=JUDGED).total_cost_usd == pytest.approx(0.013)
    assert OutcomeReported("e", "t", 0.0, "m", 0.0).total_cost_usd == 0.0
    assert OutcomeReported("e", "t", 0.0, "m", latency_ms=5.0, verdicts=JUDGED).total_cost_usd is None


def test_a_call_has_failed_where_a_kind_or_a_message_says_so():
    """Whatever the message is."""
    assert not Step("m", 0.0, 1.0).failed
    assert Step("m", 0.0, 1.0, failure_kind="timeout").failed
    assert Step("m", 0.0, 1.0, error="late").failed
    assert OutcomeReported("e", "t", 0.0, "m", failure_kind="refused").failed
    assert not OutcomeReported("e", "t", 0.0, "m").failed


def test_a_steps_key_is_the_first_that_a_judge_could_tell():
    """None where none could."""
    verdicts = (Verdict("format", 1.0), Verdict("agreement", None, key="k"), Verdict("other", None, key="l"))
    assert Step("m", 0.0, 0.0, verdicts=verdicts).key == "k"
    assert Step("m", 0.0, 0.0, verdicts=verdicts[:1]).key is None


def test_small_words_say_what_they_mean():
    """Enabled models in order; a judge without a price is free; the constraint that left none is named."""
    assert model_names([Model("a"), Model("b", enabled=False), Model("c")]) == ("a", "c")
    assert Judge("format").free
    assert not Judge("rubric", 0.001).free
    error = NoModelFits("deadline", "each takes longer")
    assert error.constraint == "deadline"
    assert "each takes longer" in str(error)
