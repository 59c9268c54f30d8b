"""What another policy would have earned, from a log of this one."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pointsman_learner.evaluation.off_policy import doubly_robust, ips, snips

ARMS = np.array([0.55, 0.7, 0.85])
LOG = st.lists(st.tuples(st.floats(0, 1), st.floats(0.05, 1), st.floats(0, 1)), min_size=2, max_size=30)


def means_of(x):
    """(n, 3) expected reward of each arm in these contexts, (n, 3) what the new policy would do there."""
    mean = np.clip(ARMS[None, :] + 0.3 * (x[:, None] - 0.5), 0, 1)
    return mean, np.where(x[:, None] > 0.5, [[0.1, 0.1, 0.8]], [[0.1, 0.7, 0.2]])


TRUTH = float(np.mean([(m * t).sum(axis=1) for m, t in [means_of(np.linspace(0.0005, 0.9995, 1000))]]))


def synthetic_log(rng, n):
    """Rewards of three arms that depend on a context, chosen by a policy that favours the wrong one."""
    x = rng.random(n)
    mean, target = means_of(x)
    behaviour = np.tile([0.5, 0.3, 0.2], (n, 1))
    chosen = (rng.random(n)[:, None] > behaviour.cumsum(axis=1)).sum(axis=1)
    row = np.arange(n)
    reward = (rng.random(n) < mean[row, chosen]).astype(float)
    predicted = np.clip(mean + 0.05, 0, 1)  # a model of the reward that is a little off
    return {
        "rewards": reward,
        "propensities": behaviour[row, chosen],
        "target": target[row, chosen],
        "predicted_chosen": predicted[row, chosen],
        "predicted_target": (predicted * target).sum(axis=1),
    }


def test_intervals_of_95_percent_cover_the_truth_as_often_as_they_say():
    """At least 93 % of 1,000 logs of 400 decisions, for each estimator; a right one fails with probability 0.002."""
    rng = np.random.default_rng(2)
    covered = {"ips": 0, "snips": 0, "doubly_robust": 0}
    widths = dict.fromkeys(covered, 0.0)
    for _ in range(1000):
        log = synthetic_log(rng, 400)
        short = {k: log[k] for k in ("rewards", "propensities", "target")}
        for name, e in (("ips", ips(**short)), ("snips", snips(**short)), ("doubly_robust", doubly_robust(**log))):
            covered[name] += e.low <= TRUTH <= e.high
            widths[name] += e.high - e.low
    assert all(c >= 930 for c in covered.values()), covered
    assert widths["doubly_robust"] < 0.9 * widths["ips"]
    assert widths["snips"] < widths["ips"]


@given(LOG)
def test_a_policy_compared_with_itself_earns_what_it_earned(rows):
    """By every estimator."""
    r, p, _ = (np.array(c) for c in zip(*rows, strict=True))
    assert ips(r, p, p).mean == pytest.approx(r.mean())
    assert snips(r, p, p).mean == pytest.approx(r.mean())


@given(LOG)
@example([(0.3, 1.0, 5e-324)])
def test_self_normalised_estimates_stay_within_the_rewards(rows):
    """However wild the weights; with no weight at all nothing is known."""
    r, p, t = (np.array(c) for c in zip(*rows, strict=True))
    e = snips(r, p, t)
    if t.any():
        assert r.min() - 1e-9 <= e.mean <= r.max() + 1e-9
    else:
        assert np.isnan(e.mean)
        assert (e.low, e.high) == (float("-inf"), float("inf"))


def test_doubly_robust_forgives_wrong_propensities_where_predictions_are_right():
    """And wrong predictions where propensities are right."""
    rng = np.random.default_rng(7)
    log = synthetic_log(rng, 40_000)
    log["predicted_chosen"], log["predicted_target"] = (log[k] * 0.0 + 0.3 for k in ("predicted_chosen", "target"))
    assert doubly_robust(**log).mean == pytest.approx(TRUTH, abs=0.03)
    r = np.full(1000, 0.7)
    assert doubly_robust(r, np.full(1000, 0.9), np.full(1000, 0.2), r, r).mean == pytest.approx(0.7)


def test_one_decision_has_a_mean_but_no_interval():
    """Its variance is unknown."""
    e = ips([1.0], [0.5], [0.5])
    assert e.mean == 1.0
    assert (e.low, e.high) == (float("-inf"), float("inf"))


@pytest.mark.parametrize(
    ("rewards", "propensities", "target"),
    [
        ([1], [0.0], [1]),
        ([1], [1.1], [1]),
        ([1], [0.5], [1.5]),
        ([1, 0], [0.5], [1]),
        ([], [], []),
        ([1], [0.5], [-0.1]),
    ],
)
def test_what_is_no_log_is_refused(rewards, propensities, target):
    """Propensities in (0, 1], targets in [0, 1], all equally many and some."""
    for estimator in (ips, snips):
        with pytest.raises(ValueError, match="must be"):
            estimator(rewards, propensities, target)


def test_predictions_must_be_as_many_as_rewards():
    """Else the estimate would be of nothing."""
    with pytest.raises(ValueError, match="as many"):
        doubly_robust([1, 0], [0.5, 0.5], [1, 1], [0.5], [0.5, 0.5])
