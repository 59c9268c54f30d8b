"""How what is merely unknown counts for less as outcomes come in."""

from __future__ import annotations

import math

from pointsman_learner.hyperparameters import H


def fade(outcomes: float) -> float:
    """1 before any outcome, and less with the root of their number, as what chance leaves undecided does.

    >>> fade(0.0), fade(90.0).__round__(3)
    (1.0, 0.316)
    """
    return math.sqrt(H.fade_outcomes / (H.fade_outcomes + outcomes))
