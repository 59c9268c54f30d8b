"""The taxonomy grows: a leaf splits where its halves prefer different models, and merges where they don't."""

import numpy as np
import pytest
from pointsman_learner.codec import decode, encode
from pointsman_learner.events import JobApplied, TaxonomyNodePut
from pointsman_learner.hyperparameters import H
from pointsman_learner.jobs import growth
from pointsman_learner.normal import quantile
from pointsman_learner.types import Context


def two_sided(side, rng, size=96):
    """A query of the kind that lies in one of two directions."""
    e = np.zeros(size, np.float32)
    e[0], e[1 + side] = 0.5, 0.9
    e += rng.normal(0, 0.05, size).astype(np.float32)
    return Context("v1", e / np.linalg.norm(e), np.full(3, 0.5, np.float32), 30, {})


def learner_with_lessons(worlds, better, n=160, seed=0):
    """One leaf whose lessons come from two sides; better(side) -> residual of each of the first two models there."""
    rng = np.random.default_rng(seed)
    learner = worlds.learner_of(kinds=())
    learner.apply_one(
        TaxonomyNodePut(0.0, {"id": "leaf", "parent": "root", "title": "Leaf", "center": [1.0] + [0] * 95})
    )
    for i in range(n):
        side, model = i % 2, (i // 2) % 2
        expected = learner.estimates.expect(two_sided(side, rng))
        learner.estimates.residuals.add(expected, model, better(side)[model] + rng.normal(0, 0.3), 1.0)
    return learner


def test_a_leaf_splits_where_its_halves_prefer_different_models(worlds):
    """And the halves are the two sides: each new query falls to its own child."""
    learner = learner_with_lessons(worlds, lambda side: (0.3, -0.3) if side else (-0.3, 0.3))
    job = learner.propose("grow_taxonomy", 5.0)
    assert job is not None
    assert job.change["kind"] == "split"
    assert job.change["evidence"]["chi2"] > job.change["evidence"]["threshold"]
    assert sum(job.change["evidence"]["halves"]) == 160
    learner.apply_one(decode(encode(job)))
    rng = np.random.default_rng(8)
    leaves = [{learner.estimates.expect(two_sided(side, rng)).place.leaf for _ in range(20)} for side in (0, 1)]
    assert [len(x) for x in leaves] == [1, 1]
    assert leaves[0] != leaves[1]
    assert all(leaf.startswith("leaf.") for x in leaves for leaf in x)


def test_a_leaf_whose_halves_prefer_the_same_models_stays_whole(worlds):
    """On each of 20 seeds; a right implementation splits one of them with probability 0.02."""
    for seed in range(20):
        learner = learner_with_lessons(worlds, lambda side: (0.2, -0.2), n=80, seed=seed)
        assert learner.propose("grow_taxonomy", 5.0) is None


def test_little_evidence_splits_nothing(worlds):
    """However different it looks."""
    learner = learner_with_lessons(worlds, lambda side: (0.5, -0.5) if side else (-0.5, 0.5), n=20)
    assert learner.propose("grow_taxonomy", 5.0) is None


def test_a_split_keeps_what_the_leaf_said(worlds):
    """New nodes start at their priors, so predictions are the same at first, and can be told apart later."""
    learner = learner_with_lessons(worlds, lambda side: (0.3, -0.3) if side else (-0.3, 0.3))
    query = two_sided(0, np.random.default_rng(3))
    before, _ = learner.estimates.expect(query).taxonomy
    learner.apply_one(learner.propose("grow_taxonomy", 5.0))
    expected = learner.estimates.expect(query)
    assert expected.place.leaf != "leaf"
    assert expected.taxonomy[0] == pytest.approx(before)


def test_halves_that_turn_out_alike_merge_and_the_leaf_is_as_before(worlds):
    """A change is reversible: the children are retired, keep their statistics, and get no more queries."""
    learner = learner_with_lessons(worlds, lambda side: (0.3, -0.3) if side else (-0.3, 0.3))
    split = learner.propose("grow_taxonomy", 5.0)
    learner.apply_one(split)
    learner.estimates.residuals.rows.clear()
    rng, k = np.random.default_rng(4), learner.estimates
    assert learner.propose("grow_taxonomy", 6.0) is None  # not before there is evidence
    for i in range(800):
        place = k.expect(two_sided(i % 2, rng)).place
        k.effects.learn(place, i % 3, 0.75 - float(k.effects.predict(place)[0][i % 3]))
        k.effects.count(place, i % 3, 1.0)
    merge = learner.propose("grow_taxonomy", 7.0)
    assert merge is not None
    assert merge.change["kind"] == "merge"
    learner.apply_one(decode(encode(merge)))
    assert learner.estimates.expect(two_sided(0, rng)).place.path == ("root", "leaf")
    assert learner.propose("grow_taxonomy", 8.0) is None
    taxonomy = learner.estimates.taxonomy
    assert all(taxonomy.nodes[taxonomy.index(d["id"])].retired for d in merge.change["nodes"])


def test_halves_that_prefer_different_models_do_not_merge(worlds):
    """With the same evidence."""
    learner = learner_with_lessons(worlds, lambda side: (0.3, -0.3) if side else (-0.3, 0.3))
    learner.apply_one(learner.propose("grow_taxonomy", 5.0))
    learner.estimates.residuals.rows.clear()
    rng, k = np.random.default_rng(4), learner.estimates
    for i in range(800):
        place = k.expect(two_sided(i % 2, rng)).place
        value = 0.9 if (i // 2) % 2 == i % 2 else 0.3
        k.effects.learn(place, (i // 2) % 2, value - float(k.effects.predict(place)[0][(i // 2) % 2]))
        k.effects.count(place, (i // 2) % 2, 1.0)
    assert learner.propose("grow_taxonomy", 7.0) is None


def test_proposing_changes_nothing(worlds):
    """The fold does, when it reads the event."""
    learner = learner_with_lessons(worlds, lambda side: (0.3, -0.3) if side else (-0.3, 0.3))
    before = learner.digest()
    assert learner.propose("grow_taxonomy", 5.0) is not None
    assert learner.digest() == before


@pytest.mark.parametrize("job", ["rebuild_statistics", "recalibrate", "promote"])
def test_other_jobs_of_an_empty_learner_change_nothing(worlds, job):
    """And an unknown one is an error."""
    learner = worlds.learner_of()
    assert learner.propose(job, 1.0) is None
    with pytest.raises(KeyError):
        learner.propose("no-such-job", 1.0)
    before = learner.estimates.taxonomy.copy().nodes
    learner.apply_one(JobApplied(1.0, job, {}))
    assert learner.estimates.taxonomy.copy().nodes == before


def test_evidence_is_bounded_and_takes_no_light_lesson(worlds):
    """A buffer of the latest."""
    learner = worlds.learner_of()
    expected = learner.estimates.expect(worlds.context_of("chat"))
    for i in range(H.recent_residuals + 50):
        learner.estimates.residuals.add(expected, 0, float(i), 1.0)
        learner.estimates.residuals.add(expected, 0, -1.0, 0.1)
    assert len(learner.estimates.residuals.rows) == H.recent_residuals
    assert learner.estimates.residuals.rows[-1][3] == H.recent_residuals + 49


@pytest.mark.parametrize("size", [8, 96])
def test_evidence_is_of_the_embedding_alone(worlds, size):
    """Of a short one, too: what a prompt looks like is no place in the space of the nodes' centers."""
    learner = worlds.learner_of(kinds=())
    context = two_sided(0, np.random.default_rng(0), size)
    learner.estimates.residuals.add(learner.estimates.expect(context), 0, 1.0, 1.0)
    head = learner.estimates.residuals.rows[-1][1]
    leading = context.embedding[: H.residual_dimensions]
    assert np.allclose(head / np.linalg.norm(head), leading / np.linalg.norm(leading), atol=1e-3)


@pytest.mark.parametrize(("df", "exact"), [(1, 10.83), (3, 16.27), (9, 27.88)])
def test_the_threshold_is_the_chi_squared_quantile(df, exact):
    """At 99.9 %, as tables give it; over no model there is none."""
    assert pytest.approx(0.999) == H.growth_confidence
    assert growth._chi2_quantile(df) == pytest.approx(exact, rel=0.04)
    assert growth._chi2_quantile(0) == float("inf")
    assert float(quantile(np.array(0.999))) == pytest.approx(3.09, abs=0.01)
