"""From the first query on: what is lost against the baseline, and how the budget is held."""

import math
from dataclasses import replace

import numpy as np
import pytest
from pointsman_bench.conditions import Trace
from pointsman_bench.first_queries import early_loss, loss_so_far, spending, worst_window
from pointsman_bench.references import References


def traced(quality, cost=0.0):
    """A trace of these qualities and costs."""
    n = len(quality)
    return replace(Trace.empty(n), quality=np.asarray(quality, float), cost=np.broadcast_to(cost, n).astype(float))


def of(scores):
    """References of models that cost nothing."""
    return References.of(np.asarray(scores, float), np.zeros(np.shape(scores)))


def test_what_is_lost_is_the_mean_over_seeds_and_the_worst_of_them():
    """On the same queries; only after as many as the stream has."""
    always, never = np.ones(120), np.zeros(120)
    whole = [of(np.stack([always, never], axis=1))] * 2
    found = early_loss([traced(always), traced(np.repeat([0.0, 1.0], 60))], whole, [0, 0])
    assert found["after"] == {"50": {"mean": 0.5, "worst": 1.0}, "100": {"mean": 0.3, "worst": 0.6}}
    assert found["curve"][-1] == [120, 0.25]


def test_queries_without_the_baseline_do_not_count():
    """Before the first that does, nothing is told."""
    there = np.array([False, True, True, False])
    lost = loss_so_far(np.array([-1e6, 1.0, 0.0, -1e6]), np.array([1.0, 0.0, 0.0, 0.0]), there)
    assert math.isnan(lost[0])
    assert lost[1:].tolist() == [1.0, 0.5, 0.5]


def test_the_worst_window_lies_after_the_first_hundred():
    """What is spent before is not held against a pacer that knows no prices yet."""
    cost = np.ones(1200)
    cost[:100] = 100.0
    assert worst_window(cost) == 1.0
    cost[700:900] = 2.0
    assert worst_window(cost) == pytest.approx(1.4)
    assert worst_window(cost[:300]) == 1.0
    assert math.isnan(worst_window(cost[:100]))


def test_spending_is_told_over_the_budget_by_the_stream_that_is_furthest_off():
    """Below it, too: what a tenant doesn't get for its money."""
    q = np.ones(700)
    told = spending([traced(q, 0.011), traced(q, 0.008)], 0.01)
    assert told == pytest.approx({"whole": -0.05, "whole_worst": -0.2, "window_worst": 0.1})
