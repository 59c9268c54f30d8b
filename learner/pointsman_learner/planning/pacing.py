"""Budgets: an online dual variable moves lambda so that spending holds the tenant's dollars per query."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pointsman_learner.hyperparameters import H


@dataclass(slots=True)
class Pacer:
    """The price of a dollar, for one tenant.

    usd_per_query: the budget; cost_weight: lambda, utility per dollar. It starts where doubling the budget is worth
    five points of quality, which is a guess that some ten queries overrule. debt: what was spent above the budget, in
    queries' worth of it, negative where it was saved; queries: how many were counted.
    """

    usd_per_query: float
    cost_weight: float = 0.0
    debt: float = 0.0
    queries: float = 0.0

    def __post_init__(self) -> None:
        if not self.usd_per_query > 0:
            raise ValueError("a budget is a positive number of dollars")
        self.cost_weight = self.cost_weight or H.first_lambda / self.usd_per_query

    def learn_one(self, cost_usd: float, decided_at: float | None = None) -> None:
        """One query has cost this much: lambda follows what it cost beyond the share of the budget that is aimed at.

        That is all of it, less what repays a debt, and hardly more where something was saved. Both are bounded: an old
        excess is not paid back by starving, and what was saved early is not thrown at dear models late. Costs count in
        full, however skewed: what is clipped is spent all the same. decided_at: the lambda that the query was decided
        under, None for the one of now. Many are decided before the costs of the first are known: what those say is said
        of that lambda, so it must not move this one again and again.

        >>> p = Pacer(usd_per_query=0.01)
        >>> before = p.cost_weight
        >>> for _ in range(100): p.learn_one(0.02)
        >>> p.cost_weight > before
        True

        Primal-dual pacing: Balseiro & Gur (2019). What is owed and what came late as by a proportional-integral
        controller with bounded integral and a predictor: Astrom & Hagglund (1995), Smith (1957).
        """
        excess = cost_usd / self.usd_per_query - 1.0
        self.debt = min(max(self.debt + excess, -H.most_saved), H.most_debt)
        aimed_below = min(self.debt / (H.pace_repays if self.debt > 0 else H.pace_spends), H.most_repaid)
        step = H.pace_step * (1.0 + H.pace_first_step / (1.0 + self.queries / H.pace_settles))
        self.queries += 1.0
        move = min(step * (excess + aimed_below), 1.0)
        low, high = self.bounds
        if decided_at is not None and decided_at > 0:
            since = math.log(min(max(decided_at, low), high)) - math.log(self.cost_weight)
            move += min(step * H.pace_elasticity, 1.0) * since
        self.cost_weight = min(max(self.cost_weight * math.exp(move), low), high)

    @property
    def bounds(self) -> tuple[float, float]:
        """Lambda never leaves these: doubling the budget is worth a tenth of a point of quality, or all of it."""
        low, high = H.lambda_bounds
        return low / self.usd_per_query, high / self.usd_per_query
