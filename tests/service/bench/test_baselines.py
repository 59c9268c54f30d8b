"""Which model a team used before, in a bench."""

from types import SimpleNamespace

import pytest
from pointsman_bench.baselines import baseline_of

from tests.service.bench.conftest import made_table

STREAM = SimpleNamespace(table=made_table())


@pytest.mark.parametrize(
    ("budget_usd", "best"), [(1.0, "large"), (0.005, "middle"), (0.001, "middle"), (0.0005, "small"), (1e-9, "small")]
)
def test_the_best_is_the_best_within_the_budget(budget_usd, best):
    """By hindsight; where none is within it, the cheapest."""
    assert baseline_of("best", STREAM, budget_usd, seed=0) == best


def test_any_is_one_within_the_budget_by_the_seed():
    """The same for the same seed."""
    drawn = [baseline_of("random", STREAM, 0.005, seed) for seed in range(20)]
    assert set(drawn) == {"small", "middle"}
    assert drawn == [baseline_of("random", STREAM, 0.005, seed) for seed in range(20)]


def test_a_named_one_is_that_and_none_is_none():
    """Whatever the budget."""
    assert baseline_of("large", STREAM, 1e-9, seed=0) == "large"
    assert baseline_of(None, STREAM, 1e-9, seed=0) is None
