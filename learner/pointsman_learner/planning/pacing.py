"""Budgets: an online dual variable moves lambda so that spending holds the tenant's dollars per query."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pointsman_learner.hyperparameters import H


@dataclass(slots=True)
class Pacer:
    """The price of a dollar, for one tenant.

    usd_per_query: the budget; cost_weight: lambda, utility per dollar. It starts where doubling the budget is worth
    five points of quality, which is a guess that a few hundred queries overrule. debt: what was spent above the
    budget, in queries' worth of it; queries: how many were counted.
    """

    usd_per_query: float
    cost_weight: float = 0.0
    debt: float = 0.0
    queries: float = 0.0

    def __post_init__(self) -> None:
        if not self.usd_per_query > 0:
            raise ValueError("a budget is a positive number of dollars")
        self.cost_weight = self.cost_weight or H.first_lambda / self.usd_per_query

    def learn_one(self, cost_usd: float) -> None:
        """One query has cost this much: lambda follows the excess, and slowly what is owed.

        debt is bounded, so that an old excess is not paid back by starving.

        >>> p = Pacer(usd_per_query=0.01)
        >>> before = p.cost_weight
        >>> for _ in range(100): p.learn_one(0.02)
        >>> p.cost_weight > before
        True

        Primal-dual pacing: Balseiro & Gur (2019).
        """
        excess = cost_usd / self.usd_per_query - 1.0
        self.debt = min(max(self.debt + excess, -H.most_debt), H.most_debt)
        step = H.pace_step * (1.0 + H.pace_first_step / (1.0 + self.queries / H.pace_settles))
        self.queries += 1.0
        moved = self.cost_weight * math.exp(min(step * excess, 1.0) + H.pace_repays * self.debt)
        low, high = self.bounds
        self.cost_weight = min(max(moved, low), high)

    @property
    def bounds(self) -> tuple[float, float]:
        """Lambda never leaves these: doubling the budget is worth a tenth of a point of quality, or all of it."""
        low, high = H.lambda_bounds
        return low / self.usd_per_query, high / self.usd_per_query
