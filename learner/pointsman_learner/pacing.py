"""Budgets: an online dual variable moves lambda so that spending holds the tenant's dollars per query."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STEP = 0.012
"""By how much one query's worth of excess moves log lambda. Costs of single queries differ by more than a budget, so a
larger one would make lambda swing, and what a dollar buys falls: swings spend where it buys least."""
FIRST_STEP, SETTLING = 4.0, 50.0
"""At the start the step is this many times larger still, and halves after so many queries: lambda is only a guess."""
REPAY = 1.6e-5
"""By how much one query's worth of debt moves log lambda: slow beside STEP, so that the two never swing together."""
MOST_DEBT = 300.0


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
        self.cost_weight = self.cost_weight or 0.05 / self.usd_per_query

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
        self.debt = float(np.clip(self.debt + excess, -MOST_DEBT, MOST_DEBT))
        step = STEP * (1.0 + FIRST_STEP / (1.0 + self.queries / SETTLING))
        self.queries += 1.0
        self.cost_weight = float(
            np.clip(self.cost_weight * np.exp(min(step * excess, 1.0) + REPAY * self.debt), *self.bounds)
        )

    @property
    def bounds(self) -> tuple[float, float]:
        """Lambda never leaves these: doubling the budget is worth a tenth of a point of quality, or all of it."""
        return 0.001 / self.usd_per_query, 2.0 / self.usd_per_query
