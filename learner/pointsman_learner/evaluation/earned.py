"""What decisions earn, with bounds that hold at all times: of one policy from below, of the next whether it fell short.

Utility counts as in `advantage`: in [LEAST, 1].
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pointsman_learner.evaluation.advantage import LEAST, SPAN, counted
from pointsman_learner.evaluation.anytime import Bets
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray

BETS: FloatArray = np.array(H.promote_stakes) / SPAN


@dataclass(slots=True)
class Earned:
    """Utilities one after the other. total: added up; foretold: the mean before each of them, added up.

    >>> earned = Earned()
    >>> for u in (1.0, 0.0) * 200:
    ...     earned.add(u)
    >>> earned.mean, 0.35 < earned.low(0.05) < 0.5
    (0.5, True)
    """

    above: Bets = field(default_factory=lambda: Bets.of(BETS))
    total: float = 0.0
    foretold: float = 0.0

    @property
    def n(self) -> int:
        """Decisions."""
        return self.above.n

    @property
    def mean(self) -> float:
        """Utility a decision; before any, that of an answer for nothing which is as likely right as wrong."""
        return self.total / self.n if self.n else 0.5

    def add(self, utility: float) -> None:
        """One more. Bets are laid on what it is above the mean of those before: little is left to chance then."""
        u, expected = _within(utility), self.mean
        self.above.add(np.full(len(BETS), u - expected))
        self.total += u
        self.foretold += expected

    def low(self, alpha: float) -> float:
        """The running mean of what was to be expected is above this at all times, but for alpha."""
        return self.foretold / self.n + self.above.low(alpha) if self.n else float("-inf")


@dataclass(slots=True)
class Shortfall:
    """By how much less is earned than `floor`, in utility a decision; total: what was earned, added up."""

    floor: float
    below: Bets = field(default_factory=lambda: Bets.of(BETS))
    total: float = 0.0

    @property
    def n(self) -> int:
        """Decisions."""
        return self.below.n

    def add(self, utility: float) -> None:
        """One more."""
        u = _within(utility)
        self.below.add(np.full(len(BETS), max(self.floor, LEAST) - u))
        self.total += u

    def low(self, alpha: float) -> float:
        """The running mean lies below the floor by more than this at all times, but for alpha."""
        return self.below.low(alpha)


def _within(utility: float) -> float:
    return float(counted(utility)) + LEAST
