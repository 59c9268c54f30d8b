"""Which model a team used before, in a bench: a named one, the best that it could have found, or any."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import numpy as np
from pointsman_service.errors import ConfigurationError

from pointsman_bench.stream import Stream

BEST, ANY = "best", "random"
"""By hindsight, of those within the budget: the one of the highest mean quality; one drawn by the seed."""


def check_baseline(asked: str | None, models: Sequence[str]) -> None:
    """Raises ConfigurationError for what is neither a model nor a rule."""
    if asked is None or asked in {BEST, ANY, *models}:
        return
    near = ", ".join(difflib.get_close_matches(asked, [*models, BEST, ANY], n=3, cutoff=0.4)) or "none"
    raise ConfigurationError(f"--baseline: {asked!r} is no model of the pool (near: {near}), nor {BEST!r} or {ANY!r}")


def baseline_of(asked: str | None, stream: Stream, budget_usd: float, seed: int) -> str | None:
    """The model, None where none was asked for. Where none is within the budget, the cheapest.

    budget_usd: dollars a query.
    """
    return None if asked is None else _baseline(asked, stream, budget_usd, seed)


def compared_with(asked: str | None, stream: Stream, budget_usd: float, seed: int) -> str:
    """The same, and the best where none was asked for: what a team could have found by hand."""
    return _baseline(asked or BEST, stream, budget_usd, seed)


def _baseline(asked: str, stream: Stream, budget_usd: float, seed: int) -> str:
    if asked not in {BEST, ANY}:
        return asked
    cost, quality = np.nanmean(stream.table.costs_usd, axis=0), np.nanmean(stream.table.scores, axis=0)
    within = np.flatnonzero(cost <= budget_usd * (1.0 + 1e-9))  # the mean of equal costs is not quite them
    if not len(within):
        within = np.array([cost.argmin()])
    if asked == BEST:
        return stream.table.model_names[int(within[quality[within].argmax()])]
    return stream.table.model_names[int(np.random.default_rng((seed, 79)).choice(within))]
