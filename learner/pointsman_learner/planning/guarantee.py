"""A safe start: as long as evidence does not say otherwise, the model that a tenant used before answers.

A policy may depart from that baseline as far as a lower bound allows, so that what was earned is about (1 - alpha) of
what the baseline would have earned, or more, at every time: conservative bandits (Wu, Shariff, Lattimore & Szepesvari
2016; Kazerouni, Ghavamzadeh, Abbasi-Yadkori & Van Roy 2017). Each decision adds its margin to the tenant's credit:

    margin = utility of what was chosen, at the least - (1 - alpha) * utility of the baseline alone, at the most,

which for the baseline itself is alpha of its utility, at the least. Whatever would leave the credit below 0 may not be
chosen. "At the least" is so many standard deviations of the abilities below what is estimated; dollars and seconds are
taken as expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pointsman_learner.estimators.expectation import Expectations
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import Constraints, FloatArray


@dataclass(slots=True)
class Guarantee:
    """Of one tenant. credit: the margins added up, in utility; decisions: how many; departed: not the baseline's.

    baseline, alpha: what was promised; another promise begins anew.

    >>> guarantee, promise = Guarantee(), Constraints(baseline="a", alpha=0.05)
    >>> guarantee.learn_one(0.04, promise, departed=False)
    >>> guarantee.learn_one(-0.03, promise, departed=True)
    >>> round(guarantee.credit, 6), guarantee.decisions, guarantee.departed
    (0.01, 2.0, 1.0)
    """

    credit: float = 0.0
    decisions: float = 0.0
    departed: float = 0.0
    baseline: str = ""
    alpha: float = 0.0

    def learn_one(self, margin: float, promise: Constraints, *, departed: bool) -> None:
        """One decision under this promise had this margin, of which no more counts than an answer can be worth."""
        if not self.promises(promise):
            self.credit = self.decisions = self.departed = 0.0
            self.baseline, self.alpha = promise.baseline or "", promise.alpha
        self.earn(margin)
        self.decisions += 1.0
        self.departed += departed

    def earn(self, margin: float) -> None:
        """What was saved up is bounded: an old success is no leave to lose for long."""
        self.credit = min(self.credit + min(max(margin, -1.0), 1.0), H.most_credit)

    def promises(self, promise: Constraints) -> bool:
        """Whether that is what was promised until now."""
        return (self.baseline, self.alpha) == (promise.baseline, promise.alpha)


@dataclass(frozen=True, slots=True)
class Bound:
    """What holds of one query. baseline: its row; alpha: in [0, 1], 0 for nothing but it; credit: the tenant's."""

    baseline: int
    alpha: float
    credit: float


def margins_of(bounds: Sequence[Bound], least: FloatArray, sure: FloatArray, most: FloatArray) -> FloatArray:
    """(B, M) margins of calling each model first.

    bounds: of each query; least: (B, M) utility of the best plan that begins with it, were every model as able as it is
    at the least; sure, most: (B,) utility of the baseline alone, at the least and at the most.

    >>> margins_of([Bound(0, 0.1, 0.0)], np.array([[0.5, 0.7]]), np.array([0.6]), np.array([0.8])).round(3).tolist()
    [[0.06, -0.02]]
    """
    alpha = np.array([b.alpha for b in bounds])
    margins = least - (most - alpha * np.abs(most))[:, None]
    saved = np.where(np.sign(sure) == np.sign(most), np.minimum(np.abs(sure), np.abs(most)), 0.0)
    margins[np.arange(len(bounds)), [b.baseline for b in bounds]] = alpha * saved
    return np.asarray(margins, dtype=float)


def permitted(bounds: Sequence[Bound], margins: FloatArray) -> np.ndarray:
    """(B, M) bool: the baseline, and what the credit has room for.

    >>> permitted([Bound(0, 0.05, 0.2)], np.array([[0.04, -0.1, -0.3]])).tolist()
    [[True, True, False]]
    """
    credit = np.array([b.credit if b.alpha else -np.inf for b in bounds])
    found = credit[:, None] + margins >= 0.0
    found[np.arange(len(bounds)), [b.baseline for b in bounds]] = True
    return np.asarray(found)


def able_at(expected: Expectations, sd: float) -> FloatArray:
    """(B, M) abilities so many standard deviations above what is estimated; below, where it is less than 0."""
    return np.asarray(expected.mean + sd * np.sqrt(expected.var), dtype=float)
