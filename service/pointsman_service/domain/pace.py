"""How long something takes now: the mean of what it took lately."""

from __future__ import annotations

from dataclasses import dataclass

WEIGHT = 0.2
"""Of a new call in the mean: that of about the last nine, which follows a provider that has slowed down."""
FORGOTTEN_S = 600.0
"""Seconds without a call after which a mean says nothing of now."""


@dataclass(slots=True)
class Mean:
    """An exponential moving mean of milliseconds, None before any.

    >>> mean = Mean()
    >>> mean.observe(0.0, 100.0)
    >>> mean.observe(1.0, 200.0)
    >>> mean.at(2.0), mean.at(1000.0)
    (120.0, None)
    """

    ms: float | None = None
    seen_at: float = 0.0

    def observe(self, now: float, ms: float) -> None:
        """One more call took so long."""
        known = self.at(now)
        self.ms = ms if known is None else known + WEIGHT * (ms - known)
        self.seen_at = now

    def at(self, now: float) -> float | None:
        """The mean, where it is of now."""
        return self.ms if now - self.seen_at < FORGOTTEN_S else None
