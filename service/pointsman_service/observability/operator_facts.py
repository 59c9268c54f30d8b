"""What the main process knows of the whole service at one moment: budgets, lag, snapshots, processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Budget:
    """One tenant's ceiling in this period. spent_usd: settled or held; began_at, ends_at: seconds since the epoch."""

    tenant: str
    ceiling_usd: float
    spent_usd: float
    began_at: float
    ends_at: float

    @property
    def share(self) -> float:
        """Of the ceiling that is spent or held; above 1 only where a provider charged more than it said."""
        return self.spent_usd / self.ceiling_usd if self.ceiling_usd > 0.0 else 1.0

    def pace(self, now: float) -> float:
        """Spent share over the share of the period that has passed: above 1 it is spent before the period ends.

        >>> Budget("acme", 10.0, 5.0, began_at=0.0, ends_at=100.0).pace(25.0)
        2.0
        """
        passed = (now - self.began_at) / (self.ends_at - self.began_at)
        return self.share / passed if passed > 0.0 else 0.0


@dataclass(frozen=True, slots=True)
class Part:
    """One process. pid: None while it does not run; restarts: how often it was replaced."""

    name: str
    pid: int | None
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """As of one look.

    lag_events: after the newest snapshot; lag_s: age of the oldest of them, 0 for none. snapshot_at: when the newest
    was made, None for none. pinned: whether an operator's choice decides.
    """

    lag_events: int = 0
    lag_s: float = 0.0
    snapshot_at: float | None = None
    pinned: bool = False
    budgets: Sequence[Budget] = field(default_factory=tuple)
