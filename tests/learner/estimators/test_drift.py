"""Alarms: heard when a model changes, silent when none does."""

import numpy as np
from pointsman_learner.estimators.drift import DriftWatch


def alarms(residuals):
    """How often one watched model sets off the alarm."""
    watch = DriftWatch()
    watch.resize(1)
    return sum(watch.learn(0, r) for r in residuals)


def outcomes(rng, p, n, expected):
    """Residuals of n answers that are right with p and were expected to be with `expected`."""
    return ((rng.random(n) < p) - expected).tolist()


def test_a_model_that_gets_worse_sets_off_the_alarm():
    """From 90 % right to 50 %: within 300 outcomes, on each of 10 seeds."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        assert alarms(outcomes(rng, 0.9, 400, 0.9) + outcomes(rng, 0.5, 300, 0.9)) >= 1


def test_a_model_that_stays_as_it_is_is_left_alone():
    """At most 2 false alarms in 20,000 outcomes over 20 seeds; over 100 seeds there was none."""
    total = sum(alarms(outcomes(np.random.default_rng(seed), 0.8, 1000, 0.8)) for seed in range(20))
    assert total <= 2


def test_each_model_is_watched_by_itself():
    """One that changes does not accuse another; new ones are watched from their start, known ones go on."""
    rng = np.random.default_rng(3)
    watch = DriftWatch()
    watch.resize(1)
    for r in outcomes(rng, 0.9, 300, 0.9):
        watch.learn(0, r)
    watch.resize(2)
    for bad, good in zip(outcomes(rng, 0.3, 200, 0.9), outcomes(rng, 0.7, 200, 0.7), strict=True):
        watch.learn(0, bad)
        watch.learn(1, good)
    assert watch.alarms[0] >= 1
    assert watch.alarms[1] == 0


def test_after_an_alarm_the_detector_starts_anew():
    """So that one change is one alarm."""
    rng = np.random.default_rng(4)
    stream = outcomes(rng, 0.95, 500, 0.9) + outcomes(rng, 0.3, 500, 0.9)
    assert alarms(stream) == 1


def test_a_change_on_one_cluster_is_heard_where_it_is():
    """An eighth of the traffic goes from 90 % right to 40 %: its own detector hears it, and no other, on 8 seeds."""
    for seed in range(8):
        rng = np.random.default_rng(seed)
        watch = DriftWatch()
        watch.resize(1)
        heard = list[tuple[int, int]]()
        for n in range(4000):
            cluster = int(rng.integers(8))
            p = 0.4 if n >= 2000 and cluster == 3 else 0.9
            if watch.learn_in(0, cluster, float(rng.random() < p) - 0.9):
                heard.append((n, cluster))
        assert {cluster for _, cluster in heard} == {3}
        assert 2000 < heard[0][0] < 3000


def test_an_alarm_of_the_model_clears_its_clusters_and_no_others():
    """What they had seen is of the model as it was."""
    watch = DriftWatch()
    watch.resize(2)
    for model in (0, 1):
        watch.learn_in(model, 5, 0.1)
    rng = np.random.default_rng(1)
    for residual in outcomes(rng, 0.9, 400, 0.9) + outcomes(rng, 0.2, 300, 0.9):
        if watch.learn(0, residual):
            break
    assert list(watch.local) == [(1, 5)]
