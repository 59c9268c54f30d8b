"""A safe start: as long as evidence does not say otherwise, the model that a tenant used before answers.

A policy may depart from that baseline as far as a lower bound allows, so that at every time what was earned is at least
(1 - alpha) of what the baseline would have earned: conservative bandits (Wu, Shariff, Lattimore & Szepesvari 2016;
Kazerouni, Ghavamzadeh, Abbasi-Yadkori & Van Roy 2017). Each decision adds its margin to the tenant's credit:

    margin = utility of what was chosen, at the least - (1 - alpha) * utility of the baseline alone, at the most,

which for the baseline itself is alpha of its utility. Whatever would leave the credit below 0 may not be chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pointsman_learner.estimators.expectation import Expectations
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import cdf
from pointsman_learner.types import FloatArray


@dataclass(slots=True)
class Guarantee:
    """Of one tenant. credit: the margins added up, in utility; decisions: how many; departed: not the baseline's.

    >>> guarantee = Guarantee()
    >>> guarantee.learn_one(0.04, departed=False)
    >>> guarantee.learn_one(-0.03, departed=True)
    >>> round(guarantee.credit, 6), guarantee.decisions, guarantee.departed
    (0.01, 2.0, 1.0)
    """

    credit: float = 0.0
    decisions: float = 0.0
    departed: float = 0.0

    def learn_one(self, margin: float, *, departed: bool) -> None:
        """One decision had this margin. What was saved up is bounded: an old success is no leave to lose for long."""
        self.credit = min(self.credit + margin, H.most_credit)
        self.decisions += 1.0
        self.departed += departed


@dataclass(frozen=True, slots=True)
class Bound:
    """What holds of one query.

    baseline: its row; alpha: in [0, 1), 0 for nothing but the baseline; credit: the tenant's; lam: utility per dollar.
    """

    baseline: int
    alpha: float
    credit: float
    lam: float


def margins_of(bounds: Sequence[Bound], expected: Expectations, least: FloatArray) -> FloatArray:
    """(B, M) margins of calling each model first.

    bounds: of each query; least: (B, M) utility of the best plan that begins with it, were every model as able as it is
    at the least.
    """
    rows = np.arange(len(bounds))
    base = np.array([b.baseline for b in bounds])
    alpha, lam = np.array([b.alpha for b in bounds]), np.array([b.lam for b in bounds])
    most = cdf(able_at(expected, H.guarantee_sd)[rows, base]) - lam * expected.cost[rows, base]
    margins = least - (most - alpha * np.abs(most))[:, None]
    margins[rows, base] = alpha * np.abs(most)
    return np.asarray(margins, dtype=float)


def permitted(bounds: Sequence[Bound], margins: FloatArray) -> np.ndarray:
    """(B, M) bool: the baseline, and what the credit has room for.

    >>> permitted([Bound(0, 0.05, 0.2, 0.0)], np.array([[0.04, -0.1, -0.3]])).tolist()
    [[True, True, False]]
    """
    credit = np.array([b.credit if b.alpha else -np.inf for b in bounds])
    found = credit[:, None] + margins >= 0.0
    found[np.arange(len(bounds)), [b.baseline for b in bounds]] = True
    return np.asarray(found)


def able_at(expected: Expectations, sd: float) -> FloatArray:
    """(B, M) abilities so many standard deviations above what is estimated; below, where it is less than 0."""
    return np.asarray(expected.mean + sd * np.sqrt(expected.var), dtype=float)
