"""An outcome table as a prior of a stated size."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from pointsman_service.replay.known_outcomes import DRAWN, known_outcomes
from pointsman_service.replay.sources import open_table


def weights_of(known):
    """Sum of weights by model."""
    total = Counter()
    for _, outcomes in known:
        for outcome in outcomes:
            total[outcome.model] += outcome.weight
    return total


@pytest.fixture(scope="module")
def starter():
    """The table that ships."""
    return open_table("starter")


@pytest.mark.parametrize("size", [3.0, 20.0])
def test_every_model_counts_for_the_stated_size(starter, size):
    """However many outcomes it has."""
    known = list(known_outcomes(starter, size))
    assert len(known) == min(len(starter), DRAWN * size)
    assert weights_of(known) == pytest.approx(dict.fromkeys(starter.model_names, size))


def test_a_table_smaller_than_the_size_counts_in_full_and_no_more(starter):
    """No outcome counts for more than one."""
    known = list(known_outcomes(starter, 1e6))
    assert weights_of(known) == dict.fromkeys(starter.model_names, float(len(starter)))


def test_outcomes_are_those_of_their_row(starter):
    """Score, cost and latency; the order is the seed's."""
    known = list(known_outcomes(starter, 5.0, seed=1))
    assert [row for row, _ in known] != sorted(row for row, _ in known)
    assert known == list(known_outcomes(starter, 5.0, seed=1))
    for row, outcomes in known:
        assert [o.quality for o in outcomes] == starter.scores[row].tolist()
        assert [o.cost_usd for o in outcomes] == starter.costs_usd[row].tolist()


def test_what_was_never_run_is_not_said(starter):
    """A missing pair is no outcome, a missing cost no cost, and the other pairs of its model count for more."""
    scores, costs = starter.scores.copy(), starter.costs_usd.copy()
    scores[::2, 0], costs[:, 1] = math.nan, math.nan
    judged = np.isfinite(scores) & (np.arange(len(starter))[:, None] % 4 == 1)
    table = replace(starter, scores=scores, costs_usd=costs, verdicts={"rubric": np.where(judged, 0.75, math.nan)})
    known = list(known_outcomes(table, 4.0))
    assert weights_of(known) == pytest.approx(dict.fromkeys(table.model_names, 4.0))
    for row, outcomes in known:
        models = [o.model for o in outcomes]
        assert (table.model_names[0] in models) == (row % 2 == 1)
        assert all(o.cost_usd is None for o in outcomes if o.model == table.model_names[1])
        assert all(o.scores == ({"rubric": 0.75} if row % 4 == 1 else {}) for o in outcomes)


def test_a_model_that_was_seldom_run_counts_as_much_as_the_others(starter):
    """It is looked for in the whole table, where few queries do for the others; an empty row says nothing."""
    scores = starter.scores.copy()
    scores[::4, 0] = math.nan
    scores[:30, 1:] = math.nan
    table = replace(starter, scores=scores)
    known = list(known_outcomes(table, 1.0))
    assert weights_of(known) == pytest.approx(dict.fromkeys(table.model_names, 1.0))
    assert Counter(o.model for _, outcomes in known for o in outcomes) == dict.fromkeys(table.model_names, DRAWN)
    assert all(outcomes for _, outcomes in known)
    assert len(list(known_outcomes(table, math.inf))) == len(starter) - len(range(0, 30, 4))


def test_a_size_of_nothing_is_refused(starter):
    """It would divide by it."""
    with pytest.raises(ValueError, match="above 0"):
        list(known_outcomes(starter, 0.0))
