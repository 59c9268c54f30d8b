"""What another way to choose first calls would have earned over the one in force: a lower bound that always holds.

Each rewarded decision adds a doubly robust difference, in utility,

    d = sum_a (w~(a) - 1) p(a) b(a) + (w~(a_t) - 1) (u - b(a_t)),   w~ = min(p_c / p, m)

p: the chances that were logged, p_c: the candidate's, u: what came of it, b: what was foretold of each first call, u
and b counted from the least that an episode may earn, so that neither is below 0. A ratio that is cut at m takes away
from the candidate what it cannot give back: no mean is above the candidate's true advantage, and no d below -m times
the span of u. Cuts of several heights are bet on beside each other (`anytime`), since a low one wastes what is rare,
and a high one forbids bets that pay. The candidate's chances and b must come of estimates that had not seen the
decision.

Waudby-Smith, Wu, Ramdas, Karampatziakis & Mineiro (2022), "Anytime-valid off-policy inference for contextual
bandits".
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pointsman_learner.evaluation.anytime import Bets
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray

LEAST = -0.5
"""Utility below which an episode counts no lower: its dollars were worth half a right answer."""
SPAN = 1.0 - LEAST
_CUTS = np.repeat(H.promote_cuts, len(H.promote_stakes))
BETS: FloatArray = np.tile(H.promote_stakes, len(H.promote_cuts)) / (SPAN * _CUTS)


def counted(utility: FloatArray | float) -> FloatArray:
    """Utility from the least up, in [0, SPAN].

    >>> counted(np.array([-3.0, 0.5, 1.0])).tolist()
    [0.0, 1.0, 1.5]
    """
    return np.clip(utility, LEAST, 1.0) - LEAST


@dataclass(slots=True)
class Advantage:
    """Of one candidate. total: the differences at the highest cut, added up."""

    bets: Bets = field(default_factory=lambda: Bets.of(BETS))
    total: float = 0.0

    @property
    def n(self) -> int:
        """Decisions."""
        return self.bets.n

    @property
    def mean(self) -> float:
        """Estimated advantage a decision, in utility; 0 before any."""
        return self.total / self.n if self.n else 0.0

    def low(self, alpha: float) -> float:
        """Lower bound on the advantage a decision, over all decisions until now, at all times but for alpha."""
        return self.bets.low(alpha)

    def add(self, logged: FloatArray, wanted: FloatArray, foretold: FloatArray, taken: int, utility: float) -> None:
        """One rewarded decision.

        logged, wanted: (M,) chances of each first call, by the policy in force and by the candidate; foretold: (M,)
        utility of each, as expected beforehand; taken: which it was, of a chance above 0; utility: what came of it.
        """
        d = differences(logged, wanted, foretold, taken, utility)
        self.bets.add(d)
        self.total += float(d[-1])


def differences(logged: FloatArray, wanted: FloatArray, foretold: FloatArray, taken: int, utility: float) -> FloatArray:
    """(J,) d at the cut of each bet, the highest last. As in `Advantage.add`.

    >>> even, first = np.array([0.5, 0.5]), np.array([1.0, 0.0])
    >>> differences(even, first, np.array([0.8, 0.8]), taken=0, utility=1.0).round(2).tolist()[-1]
    0.2
    """
    b = counted(foretold)
    cut = np.minimum(wanted, _CUTS[:, None] * logged)
    ratio = cut[:, taken] / logged[taken]
    surprise = counted(utility) - b[taken]
    return np.asarray((cut - logged) @ b + (ratio - 1.0) * surprise, dtype=float)
