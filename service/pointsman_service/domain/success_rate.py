"""How often calls succeed now: what was is forgotten within minutes."""

from __future__ import annotations

import math

MEMORY_S = 120.0
"""Seconds after which a call counts for a 1/e of a new one: outages are learnt and forgotten within minutes."""


class SuccessRate:
    """P(a call succeeds now): calls forgotten exponentially, beside one success that is never forgotten.

    So a deployment that nobody called is held to be there, and one that failed is worth another try within minutes.

    >>> rate = SuccessRate()
    >>> rate.observe(0.0, succeeded=False)
    >>> [round(rate.at(now), 2) for now in (0.0, 120.0, 600.0)]
    [0.5, 0.73, 0.99]
    """

    def __init__(self) -> None:
        self._successes = self._calls = 0.0
        self._weighed_at = 0.0

    def at(self, now: float) -> float:
        """The rate, in (0, 1]. now: seconds of the clock that `observe` is told, too."""
        weight = self._weight(now)
        return (1.0 + weight * self._successes) / (1.0 + weight * self._calls)

    def observe(self, now: float, *, succeeded: bool) -> None:
        """One more call has ended."""
        weight = self._weight(now)
        self._successes = weight * self._successes + succeeded
        self._calls = weight * self._calls + 1.0
        self._weighed_at = now

    def _weight(self, now: float) -> float:
        return math.exp(min(0.0, (self._weighed_at - now) / MEMORY_S))
