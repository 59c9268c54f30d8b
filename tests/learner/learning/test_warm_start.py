"""Outcomes known beforehand: a prior of a stated size, which what is lived outweighs."""

import numpy as np
import pytest
from pointsman_learner.belief.joint_tuning import JointTuning
from pointsman_learner.events import WarmStarted
from pointsman_learner.types import KnownOutcome

pytestmark = pytest.mark.no_cover  # thousands of rounds, which counting lines slows down by four fifths


def table_of(worlds, queries, size, *, quality=None, rng=None):
    """A warm start from the world's own outcomes, or those of other `quality`, that counts `size` a model."""
    rng, quality = rng or np.random.default_rng(5), quality or worlds.quality
    known = []
    for _ in range(queries):
        kind = str(rng.choice(worlds.kinds))
        outcomes = tuple(
            KnownOutcome(m, float(rng.random() < quality[m][kind]), size / queries, worlds.costs[m], 800.0)
            for m in worlds.costs
        )
        known.append((worlds.context_of(kind, rng), outcomes))
    return WarmStarted("b", 0.0, tuple(known))


def quality_of(learner, context):
    """By model, what is expected of it."""
    expected = learner.estimates.expect(context)
    return dict(zip((m.name for m in learner.estimates.models), expected.quality.tolist(), strict=True))


def test_a_warm_learner_knows_which_model_is_good_at_what(worlds):
    """Before it has lived a single episode; a cold one does not."""
    cold, warm = worlds.learner_of(), worlds.learner_of()
    warm.apply_one(table_of(worlds, 300, 60.0))
    code, math = worlds.context_of("code"), worlds.context_of("math")
    assert quality_of(warm, code)["coder"] > quality_of(warm, code)["cheap"] + 0.2
    assert quality_of(warm, math)["dear"] > quality_of(warm, math)["coder"] + 0.2
    assert quality_of(cold, code)["coder"] == pytest.approx(quality_of(cold, math)["coder"])
    listed = cold.estimates.listed_cost(math)
    assert warm.estimates.expect(math).cost == pytest.approx([worlds.costs[m] for m in worlds.costs], rel=0.25)
    assert cold.estimates.expect(math).cost == pytest.approx(listed)


def test_the_stated_size_is_what_counts_not_how_much_there_is(worlds):
    """100 and 600 outcomes that count as 40 leave the same doubt, and as many that count as 300 leave less."""
    doubts = []
    for queries, size in ((100, 40.0), (600, 40.0), (600, 300.0)):
        learner = worlds.learner_of()
        learner.apply_one(table_of(worlds, queries, size))
        doubts.append(learner.estimates.expect(worlds.context_of("math")).var)
        root = learner.estimates.effects.evidence[0]
        assert root == pytest.approx(np.full(3, size), rel=0.1)
        assert learner.estimates.labels == 0.0  # nothing was lived
    few, many, heavier = doubts
    assert many == pytest.approx(few, rel=0.35)
    assert (heavier < 0.7 * many).all()


def test_it_is_the_first_queries_that_a_warm_start_helps(worlds):
    """Utility over the first 100 queries, mean of 8 seeds: gains of 0.07 a seed with deviation 0.05 over 16."""
    gains = []
    for seed in range(8):
        cold, warm = worlds.World(seed=seed), worlds.World(seed=seed)
        warm.learn(table_of(worlds, 300, 60.0))
        gains.append(np.mean(warm.run(100).utilities) - np.mean(cold.run(100).utilities))
    assert np.mean(gains) > 0.03


def test_a_prior_that_is_wrong_is_outlived(worlds):
    """A table on which the dear model is half as good as it is: what that costs at first is made up for.

    Last 200 of 800 queries, mean of 4 seeds: at most 0.04 below a cold start; without the dear model it would be 0.12.
    """
    halved = {**worlds.quality, "dear": {kind: q / 2 for kind, q in worlds.quality["dear"].items()}}
    losses = []
    for seed in range(4):
        cold, misled = worlds.World(seed=seed), worlds.World(seed=seed)
        misled.learn(table_of(worlds, 300, 30.0, quality=halved))
        losses.append(np.mean(cold.run(800).utilities[600:]) - np.mean(misled.run(800).utilities[600:]))
    assert np.mean(losses) < 0.04


def test_models_that_nobody_has_are_passed_over(worlds):
    """The table may know more than the service."""
    learner = worlds.learner_of()
    before = quality_of(learner, worlds.context_of("math"))
    learner.apply_one(WarmStarted("b", 0.0, ((worlds.context_of("math"), (KnownOutcome("stranger", 1.0, 1.0),)),)))
    assert learner.estimates.labels == 0.0
    assert quality_of(learner, worlds.context_of("math")) == pytest.approx(before)


def test_judges_of_the_table_are_calibrated_by_it(worlds):
    """A judge that was right there is believed from the first answer on."""
    rng, learner = np.random.default_rng(0), worlds.learner_of()
    known = []
    for _ in range(200):
        right = float(rng.random() < 0.5)
        score = float(np.clip(rng.normal(0.7 if right else 0.3, 0.1), 0, 1))
        known.append((worlds.context_of("math", rng), (KnownOutcome("cheap", right, 0.5, scores={"rubric": score}),)))
    learner.apply_one(WarmStarted("b", 0.0, tuple(known)))
    assert learner.estimates.judges.separation(["rubric"]) > 2.0
    assert (
        learner.estimates.judges.log_odds({"rubric": 0.9}, 0)
        > 1.0
        > -1.0
        > learner.estimates.judges.log_odds({"rubric": 0.1}, 0)
    )


@pytest.mark.parametrize("together", [True, False])
def test_outcomes_of_several_models_tell_how_much_they_fail_together(together):
    """The spread of difficulty rises where they do, and falls where they fail alone."""
    rng, tuning = np.random.default_rng(1), JointTuning()
    start = tuning.joint().rho
    for _ in range(150):
        hard = rng.random() < 0.5
        outcome = np.full(3, float(not hard)) if together else (rng.random(3) < 0.5).astype(float)
        tuning.learn_known(np.zeros(3), outcome, 0.5)
    assert tuning.joint().rho > start + 0.3 if together else tuning.joint().rho < start
