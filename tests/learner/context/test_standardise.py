"""Features on the scale of the traffic, and the kinds of query it shows."""

import numpy as np
import pytest
from pointsman_learner.context.clusters import CLUSTERS, FIRST, SECOND, TrafficClusters
from pointsman_learner.context.standardise import Moments
from pointsman_learner.hyperparameters import H


def moments_of(rows):
    """After these queries."""
    m = Moments()
    for row in rows:
        m.learn(row)
    return m


def test_what_all_queries_share_is_taken_away_and_what_differs_comes_to_length_one():
    """Each block alike, whatever its size and spread."""
    rng = np.random.default_rng(0)
    rows = 0.8 + rng.normal(0, 1, (2000, 10)) * np.array([0.2] * 4 + [0.03] * 6)
    m = moments_of(rows)
    x = np.array([m.standardised(r, 4, m.scale(4)) for r in rows])
    assert x.mean(axis=0) == pytest.approx(np.zeros(10), abs=0.02)
    assert (x[:, :4] ** 2).sum(axis=1).mean() == pytest.approx(1.0, rel=0.1)
    assert (x[:, 4:] ** 2).sum(axis=1).mean() == pytest.approx(1.0, rel=0.1)


def test_a_feature_counts_no_further_than_its_bound_and_an_unknown_size_for_nothing():
    """One odd query must not decide; another embedder's numbers start anew."""
    m = moments_of(np.random.default_rng(1).normal(0, 0.2, (200, 6)))
    assert np.abs(m.standardised(np.full(6, 1e6), 2, m.scale(2))).max() == pytest.approx(H.furthest_sd / np.sqrt(2))
    assert Moments().standardised(np.ones(6), 2, np.ones(6)).tolist() == [0.0] * 6
    assert m.standardised(np.ones(9), 2, np.ones(9)).tolist() == [0.0] * 9
    m.learn(np.ones(9))
    assert (m.n, len(m.mean)) == (1.0, 9)


def test_kinds_that_traffic_shows_are_told_apart_without_a_label():
    """Four clusters: queries of one share their memberships, queries of two do not."""
    rng, kinds, scale = np.random.default_rng(2), TrafficClusters(), np.ones(5)
    centers = np.eye(5)[:4] * 2
    assert kinds.memberships(centers[0], scale).tolist() == [0.0] * CLUSTERS
    for n in range(SECOND + 50):
        kinds.learn(centers[n % 4] + rng.normal(0, 0.1, 5), scale)
        assert len(kinds.counts) == (CLUSTERS if n + 1 >= FIRST else 0)
    seen = [[kinds.memberships(c + rng.normal(0, 0.1, 5), scale) for _ in range(5)] for c in centers]
    assert all(x.sum() == pytest.approx(1.0) for kind in seen for x in kind)
    for a in range(4):
        for b in range(a):
            assert np.minimum(np.mean(seen[a], axis=0), np.mean(seen[b], axis=0)).sum() < 0.05
    assert kinds.waiting.size == 0  # bounded: what waited is gone


def test_a_change_of_features_finds_kinds_anew():
    """Nothing of the other embedder's is kept."""
    rng, kinds = np.random.default_rng(3), TrafficClusters()
    for _ in range(FIRST):
        kinds.learn(rng.normal(size=4), np.ones(4))
    kinds.learn(rng.normal(size=7), np.ones(7))
    assert len(kinds.counts) == 0
    assert kinds.memberships(np.zeros(7), np.ones(7)).tolist() == [0.0] * CLUSTERS


def test_queries_that_are_all_the_same_are_no_error():
    """A load test sends one prompt a thousand times."""
    kinds = TrafficClusters()
    for _ in range(SECOND + 1):
        kinds.learn(np.ones(3), np.ones(3))
    assert kinds.memberships(np.ones(3), np.ones(3)).sum() == pytest.approx(1.0)
