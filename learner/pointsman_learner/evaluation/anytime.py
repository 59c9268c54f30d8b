"""Bounds on a mean that hold at every moment at once, so that they may be looked at after every single observation.

Bets are laid on each observation d, which is never below -k: a bet of f <= 1 / k multiplies its capital by 1 + f d.
Where the means of the d, each given what was known before it, add up to no more than s, no capital has grown beyond
exp(f s) / alpha at any time, but with a chance of alpha (Ville's inequality, with 1 + x <= e^x). Solved for s, the
mixture of many fixed bets is a lower confidence bound on the running mean: means may move as they like, the d may
have any heavy tail upwards, and nobody needs to know their variance. Bets that adapt (aGRAPA) are not used: theirs is
a statement on means that are all of one sign, and estimates that go on learning are not so.

Waudby-Smith & Ramdas (2023), "Estimating means of bounded random variables by betting"; Howard, Ramdas, McAuliffe &
Sekhon (2021), "Time-uniform, nonparametric, nonasymptotic confidence sequences".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from pointsman_learner.types import FloatArray

HALVINGS = 60
"""Of the interval in which a bound is looked for: beyond them there are no further bits."""


@dataclass(slots=True)
class Bets:
    """A mixture of fixed bets in even shares.

    bets: (J,) f of each, in 1 / unit of d; log_capital: (J,); n: observations.

    >>> bets = Bets.of(np.array([0.1, 0.2]))
    >>> for _ in range(100):
    ...     bets.add(np.array([0.5, 0.5]))
    >>> bool(0.25 < bets.low(alpha=0.05) < 0.5)
    True
    """

    bets: FloatArray
    log_capital: FloatArray = field(default_factory=lambda: np.zeros(0))
    n: int = 0

    @classmethod
    def of(cls, bets: FloatArray) -> Self:
        """With a capital of 1 together."""
        return cls(bets, np.full(len(bets), -np.log(len(bets))))

    def add(self, d: FloatArray) -> None:
        """One more observation, (J,): what each bet was laid on.

        That may differ from bet to bet, as long as no mean of theirs is above the one which is bounded. Raises
        ValueError where a bet would lose all.
        """
        grown = self.bets * d
        if not grown.min() > -1.0:
            raise ValueError(f"an observation of {float(d.min()):g} is below what the bets allow for")
        self.log_capital += np.log1p(grown)
        self.n += 1

    @property
    def log_wealth(self) -> float:
        """Of the capital of all of them: from -log(alpha) on, the lower bound is above 0."""
        return _log_sum(self.log_capital)

    def low(self, alpha: float) -> float:
        """The running mean is above this at all times, but with a chance of alpha. Minus infinity before any."""
        if not self.n:
            return float("-inf")
        threshold = -np.log(alpha)
        # Each bet alone is a bound; all of them together are above the best of those by less than log J / f.
        alone = (self.log_capital - threshold) / self.bets
        below, above = float(alone.max()), float((alone + np.log(len(self.bets)) / self.bets).max())
        for _ in range(HALVINGS):
            middle = (below + above) / 2
            is_below = _log_sum(self.log_capital - self.bets * middle) >= threshold
            below, above = (middle, above) if is_below else (below, middle)
        return below / self.n


def _log_sum(x: FloatArray) -> float:
    top = float(x.max())
    return top + float(np.log(np.exp(x - top).sum()))
