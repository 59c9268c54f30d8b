"""Budgets: an online dual variable moves lambda so that spending holds the tenant's dollars per query."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WINDOW = 40.0
"""Queries over which spending is averaged before it moves lambda."""


@dataclass(slots=True)
class Pacer:
    """The price of a dollar, for one tenant.

    usd_per_query: the budget; cost_weight: lambda, utility per dollar. It starts where doubling the budget is worth
    five points of quality, which is a guess that a few hundred queries overrule. recent: dollars per query lately;
    debt: what was spent above the budget, in queries' worth of it.
    """

    usd_per_query: float
    cost_weight: float = 0.0
    recent: float = 0.0
    debt: float = 0.0

    def __post_init__(self) -> None:
        if not self.usd_per_query > 0:
            raise ValueError("a budget is a positive number of dollars")
        self.cost_weight = self.cost_weight or 0.05 / self.usd_per_query
        self.recent = self.recent or self.usd_per_query

    def learn_one(self, cost_usd: float) -> None:
        """One query has cost this much: proportional to the recent excess, integral over what is owed.

        debt, in queries' worth of budget, is bounded, so that an old excess is not paid back by starving.

        >>> p = Pacer(usd_per_query=0.01)
        >>> before = p.cost_weight
        >>> for _ in range(100): p.learn_one(0.02)
        >>> p.cost_weight > before
        True

        Primal-dual pacing: Balseiro & Gur (2019).
        """
        self.recent += (cost_usd - self.recent) / WINDOW
        self.debt = float(np.clip(self.debt + cost_usd / self.usd_per_query - 1.0, -60.0, 60.0))
        excess = float(np.clip(self.recent / self.usd_per_query - 1.0, -1.0, 1.0))
        step = 0.015 * excess + 0.00015 * self.debt
        self.cost_weight = float(np.clip(self.cost_weight * np.exp(step), *self.bounds))

    @property
    def bounds(self) -> tuple[float, float]:
        """Lambda never leaves these: doubling the budget is worth at least one point of quality, at most all of it."""
        return 0.01 / self.usd_per_query, 2.0 / self.usd_per_query
