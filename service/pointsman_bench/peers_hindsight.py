"""Bounds that no router can be: the best model per true category, and the best model per query, at the budget."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pointsman_learner.events import ModelPut

from pointsman_bench.conditions import Conditions
from pointsman_bench.players import Answered
from pointsman_bench.references import References, best_at_lambda, lambda_for
from pointsman_bench.stream import Stream


class HindsightPlayer:
    """Its choices are made beforehand from all outcomes after `measured_from`; "static-category" sees labels only."""

    def __init__(self, policy: str, stream: Stream, conditions: Conditions, measured_from: int) -> None:
        self._stream = stream
        table = stream.table
        known = References.of(table.scores, table.costs_usd, stream.there)
        scores, there = known.scores, known.there
        groups = np.arange(len(table)) if policy == "oracle" else _groups(table.categories)
        seen = slice(0 if policy == "oracle" else measured_from, None)
        measured = slice(measured_from, None)
        lam, share = lambda_for(scores[measured], table.costs_usd[measured], groups[measured], conditions.budget_usd)
        drawn = np.random.default_rng((conditions.seed, 81)).random(len(table)) < share
        # At the lambda where the budget is met two choices are equally good: a share of queries gets the dearer.
        dearer, cheaper = (
            _spread(best_at_lambda(scores[seen], table.costs_usd[seen], groups[seen], lam * f), groups, groups[seen])
            for f in (1 - 1e-6, 1 + 1e-6)
        )
        chosen = np.where(drawn, dearer, cheaper)
        # Before what is measured a group's choice may not have come yet: the best there is on the whole stands in.
        rows, overall = np.arange(len(table)), table.scores.mean(axis=0) - lam * table.costs_usd.mean(axis=0)
        instead = np.where(there, overall, -np.inf).argmax(axis=1)
        self._choice: NDArray[np.int64] = np.where(there[rows, chosen], chosen, instead)

    def play(self, t: int) -> Answered:
        """Call what was chosen."""
        model = int(self._choice[t])
        return Answered(model, float(self._stream.table.costs_usd[t, model]))

    def feedback(self, t: int, about: int, answered: Answered, value: float) -> None:
        """Knows everything already."""

    def change(self, t: int, event: ModelPut) -> None:
        """Knew it beforehand."""


def _groups(categories: tuple[str, ...]) -> NDArray[np.int64]:
    numbers = {c: i for i, c in enumerate(dict.fromkeys(categories))}
    return np.array([numbers[c] for c in categories], dtype=np.int64)


def _spread(choice: NDArray[np.int64], groups: NDArray[np.int64], seen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each query's group's choice; a group that was not seen takes the commonest."""
    by_group = np.full(int(groups.max()) + 1, int(np.bincount(choice).argmax()), dtype=np.int64)
    by_group[seen] = choice
    return np.asarray(by_group[groups], dtype=np.int64)
