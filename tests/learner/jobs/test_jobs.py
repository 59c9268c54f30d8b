"""Scheduled jobs propose changes with evidence; applied, they are part of the fold."""

from __future__ import annotations

import numpy as np
import pytest
from pointsman_learner.events import ModelPut, TaxonomyNodePut
from pointsman_learner.hyperparameters import H
from pointsman_learner.jobs import rebuild, recalibrate
from pointsman_learner.jobs.rebuild import CallTotals
from pointsman_learner.learner import JOBS, Learner
from pointsman_learner.types import Context, Model


def started() -> Learner:
    """Two models, two leaves, nothing learnt."""
    learner = Learner()
    for n, node in enumerate(("a", "b")):
        learner.apply_one(TaxonomyNodePut(0.0, {"id": node, "parent": "root", "center": np.eye(4)[n].tolist()}))
    for name, price in (("cheap", 1.0), ("dear", 10.0)):
        learner.apply_one(ModelPut(0.0, Model(name, price, price)))
    return learner


def context(leaf: int = 0) -> Context:
    """A query that falls to one of the leaves."""
    return Context("v", np.eye(4, dtype=np.float32)[leaf], np.zeros(2, np.float32), 100)


def test_nothing_to_change_is_no_event():
    """A learner that has seen nothing proposes nothing, whatever the job."""
    assert [started().propose(job, 1.0) for job in JOBS] == [None] * len(JOBS)
    with pytest.raises(KeyError):
        started().propose("unheard_of", 1.0)


def test_rebuilding_puts_a_cost_right_that_the_log_contradicts():
    """A leaf where the log says that calls cost three times what is believed is corrected to it."""
    learner = started()
    listed = (1.0 * 100 + 1.0 * 300) / 1e6
    totals = [CallTotals("a", "cheap", 500, 3 * listed, 2 * H.typical_latency_ms, 100.0)]
    job = learner.propose("rebuild_statistics", 1.0, totals)
    assert job is not None
    learner.apply_one(job)
    expected = learner.snapshot().expect(context(0))
    assert expected.cost[0] == pytest.approx(3 * listed, rel=0.1)
    assert expected.latency[0] == pytest.approx(2 * H.typical_latency_ms, rel=0.1)
    assert learner.propose("rebuild_statistics", 2.0, totals) is None


def test_rebuilding_ignores_what_it_does_not_know_or_has_too_little_of():
    """Unknown nodes and models, and a handful of calls, change nothing."""
    totals = [
        CallTotals("gone", "cheap", 500, 1.0, 1.0, 100.0),
        CallTotals("a", "gone", 500, 1.0, 1.0, 100.0),
        CallTotals("a", "cheap", 3, 1.0, 1.0, 100.0),
    ]
    estimates = started().estimates
    assert rebuild.propose(totals, estimates) is None
    rebuild.apply({"ratios": [{"node": "gone", "model": "cheap", "calls": 9, "ratio": [9.0, 9.0]}]}, estimates)
    assert not estimates.effects.ratio_n.any()


def test_recalibration_is_refitted_where_it_foretells_better():
    """Beliefs of .9 that come true half of the time are corrected, and the evidence shows the gain."""
    learner, rng = started(), np.random.default_rng(3)
    for _ in range(400):
        learner.estimates.outcomes.recalibration.append((0.0, 2.2, 0.0, float(rng.random() < 0.5)))
    job = learner.propose("recalibrate", 1.0)
    assert job is not None
    evidence = job.change["recalibration"]["evidence"]
    assert evidence["log_loss_after"] < evidence["log_loss_before"]
    learner.apply_one(job)
    assert learner.estimates.recalibration.correct(0.9) == pytest.approx(0.5, abs=0.1)
    assert learner.propose("recalibrate", 2.0) is None


@pytest.mark.parametrize("seed", range(40))
def test_a_fit_finds_the_mode_where_judges_are_the_wrong_way_round(seed):
    """Far from the prior a whole Newton step overshoots: there the gradient of what is fitted is 0."""
    rng = np.random.default_rng(seed)
    right = rng.random(150) < 0.5
    odds = np.where(right, -3.0, 3.0) + rng.normal(size=150)
    rows = np.column_stack([rng.normal(2.0, 2.0, 150), odds, right])
    mean, variance = (0.0, 1.0), (25.0, 25.0)
    theta, _ = recalibrate.fit(rows, mean, variance)
    X = np.column_stack([np.ones(150), odds])
    p = 1 / (1 + np.exp(-(rows[:, 0] + X @ theta)))
    assert np.abs(X.T @ (right - p) - (theta - mean) / variance).max() < 1e-3


def test_a_fit_from_nothing_is_the_prior():
    """No outcomes, no change."""
    theta, _ = recalibrate.fit(np.zeros((0, 3)), (0.0, 1.0), (0.25, 0.1))
    assert theta.tolist() == [0.0, 1.0]


def test_jobs_survive_a_checkpoint():
    """What jobs look at is part of the state."""
    learner = started()
    learner.estimates.outcomes.odds.append((0.1, 0.2, 1.0))
    assert Learner.from_bytes(learner.to_bytes()).digest() == learner.digest()
