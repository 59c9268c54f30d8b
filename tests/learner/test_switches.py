"""What a part that is switched off no longer does: each of what has no module that stands alone."""

import numpy as np
from pointsman_learner.estimators.learned_router import LINEAR, features


def test_without_trust_both_opinions_are_taken_at_their_word(worlds):
    """The same episodes move the doubt only where the part is on."""
    log_weights = [
        worlds.World(seed=7, settings=worlds.without(trust=on)).run(60).learner.estimates.trust.log_weight
        for on in (True, False)
    ]
    assert log_weights[0].any()
    assert not log_weights[1].any()


def test_without_clusters_no_query_is_of_any(worlds):
    """And none are looked for."""
    context = worlds.context_of("chat")
    for on in (True, False):
        estimates = worlds.World(seed=7, settings=worlds.without(clusters=on)).run(80).learner.estimates
        assert bool(len(estimates.clusters.counts)) is on
        assert bool(estimates.expect(context).clusters.sum()) is on


def test_without_standardisation_features_are_read_as_they_are(worlds):
    """Neither centred nor divided by their spread."""
    context = worlds.context_of("chat")
    estimates = worlds.World(seed=7, settings=worlds.without(standardisation=False)).run(30).learner.estimates
    expected, (raw,) = estimates.expect(context), features([context])
    assert np.array_equal(expected.x[-len(raw) :], LINEAR * raw)
