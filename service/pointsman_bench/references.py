"""What a policy is measured against: single models, the convex hull of their mixtures, and the per-query oracle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pointsman_learner.types import FloatArray

NOT_THERE = -1e6
"""Score of a model on a query where it could not be called: no bound chooses it."""


@dataclass(frozen=True, slots=True)
class References:
    """Of some queries.

    quality, cost: (m,) of single models, dollars per query, over the queries where they are there, NaN where they never
    are; hull: (k, 2) cost and quality of its corners, rising, of models that are there throughout, or longest; scores,
    costs, there: (n, m) that all of it comes from, NOT_THERE for what could not be called.
    """

    quality: FloatArray
    cost: FloatArray
    hull: FloatArray
    scores: FloatArray
    costs: FloatArray
    there: NDArray[np.bool_]

    @classmethod
    def of(cls, scores: FloatArray, costs: FloatArray, there: NDArray[np.bool_] | None = None) -> References:
        """From recorded outcomes (n, m); there: (n, m) which could be had, None for all."""
        there = np.ones(scores.shape, dtype=bool) if there is None else there
        rows = there.sum(axis=0)
        with np.errstate(invalid="ignore"):
            quality, cost = (np.where(there, a, 0.0).sum(axis=0) / rows for a in (scores, costs))
        longest = rows == rows.max()
        hull = hull_of(cost[longest], quality[longest])
        return cls(quality, cost, hull, np.where(there, scores, NOT_THERE), costs, there)

    def after(self, start: int) -> References:
        """Of the queries from `start` on alone."""
        return References.of(self.scores[start:], self.costs[start:], self.there[start:])

    @property
    def cheapest(self) -> float:
        """Dollars per query of the cheapest model there is for each: nobody can spend less."""
        return float(np.where(self.there, self.costs, np.inf).min(axis=1).mean())

    def hull_quality(self, cost: float) -> float:
        """The best quality of a mixture of single models at that mean cost; below the cheapest, the cheapest's."""
        return float(np.interp(cost, self.hull[:, 0], self.hull[:, 1]))

    def oracle(self, budget: float = float("inf")) -> tuple[float, float]:
        """Quality and cost of the best single model per query, in hindsight, at a budget of dollars per query.

        Without one: the cheapest of the best answers.
        """
        each = np.arange(len(self.scores))
        lam, share = lambda_for(self.scores, self.costs, each, budget)
        found = [best_at_lambda(self.scores, self.costs, each, lam * f) for f in (1 - 1e-6, 1 + 1e-6)]
        quality, cost = ([float(a[each, c].mean()) for c in found] for a in (self.scores, self.costs))
        return share * quality[0] + (1 - share) * quality[1], share * cost[0] + (1 - share) * cost[1]

    def oracle_utilities(self, budget: float) -> tuple[FloatArray, float]:
        """(n,) utility of the best single model per query at the lambda that holds the budget, and that lambda."""
        lam, _ = lambda_for(self.scores, self.costs, np.arange(len(self.scores)), budget)
        return (self.scores - lam * self.costs).max(axis=1), lam


def hull_of(cost: FloatArray, quality: FloatArray) -> FloatArray:
    """(k, 2) corners of the non-decreasing concave hull of points, cheapest first.

    >>> hull_of(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.5, 0.55, 0.9, 0.8])).tolist()
    [[1.0, 0.5], [3.0, 0.9]]

    Andrew's monotone chain (1979).
    """
    corners: list[tuple[float, float]] = []
    for c, q in sorted(zip(cost.tolist(), quality.tolist(), strict=True), key=lambda p: (p[0], -p[1])):
        if corners and q <= corners[-1][1]:
            continue
        while len(corners) > 1 and _below(corners[-2], corners[-1], (c, q)):
            corners.pop()
        corners.append((c, q))
    return np.array(corners)


def best_at_lambda(scores: FloatArray, costs: FloatArray, groups: NDArray[np.int64], lam: float) -> NDArray[np.int64]:
    """(n,) the model with the best mean utility quality - lambda * cost in each query's group; ties go to the cheaper.

    groups: (n,) numbers from 0.
    """
    return _best(_total(scores, groups), _total(costs, groups), lam)[groups]


def lambda_for(scores: FloatArray, costs: FloatArray, groups: NDArray[np.int64], budget: float) -> tuple[float, float]:
    """The lambda at which the best choice per group costs the budget, dollars per query; and a share.

    Two choices are equally good at that lambda: the share is of queries that get the dearer. (0, 1) where the budget
    does not bind.
    """
    groups = np.unique(groups, return_inverse=True)[1]
    quality, cost = _total(scores, groups), _total(costs, groups)
    rows = np.arange(len(cost))

    def spent(lam: float) -> float:
        return float(cost[rows, _best(quality, cost, lam)].sum() / len(scores))

    if spent(0.0) <= budget:
        return 0.0, 1.0
    low, high = 0.0, 1.0
    while spent(high) > budget and high < 1e9:
        low, high = high, high * 4
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) > budget else (low, middle)
    dear, cheap = spent(high * (1 - 1e-6)), spent(high * (1 + 1e-6))
    share = 0.0 if dear <= cheap else float(np.clip((budget - cheap) / (dear - cheap), 0.0, 1.0))
    return high, share


def _total(values: FloatArray, groups: NDArray[np.int64]) -> FloatArray:
    """(groups, m) sums."""
    if len(groups) and np.array_equal(groups, np.arange(len(groups))):
        return values
    total = np.zeros((int(groups.max()) + 1, values.shape[1]))
    np.add.at(total, groups, values)
    return total


def _best(quality: FloatArray, cost: FloatArray, lam: float) -> NDArray[np.int64]:
    return np.asarray((quality - (lam + 1e-9) * cost).argmax(axis=1), dtype=np.int64)


def _below(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    """Whether b lies on or below the line from a to c."""
    return (b[1] - a[1]) * (c[0] - a[0]) <= (c[1] - a[1]) * (b[0] - a[0])
