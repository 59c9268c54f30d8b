"""How a service does, part by part: what callers meet, and what an operator should look at although they do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class HealthState(IntEnum):
    """The larger, the worse."""

    SERVING = 1
    DEGRADED = 2
    """Calls are answered as ever, but something behind them stands still: what is learnt grows old, say."""
    NOT_SERVING = 3
    """Calls fail, so balancers should send them elsewhere."""


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One part: "log", "learner". why: what is wrong and what to do, empty where nothing is.

    since: seconds since the epoch, from when the part is in this state.
    """

    part: str
    state: HealthState
    why: str = ""
    since: float = 0.0


def overall(parts: Iterable[PartHealth]) -> HealthState:
    """The worst of all.

    >>> overall([PartHealth("log", HealthState.SERVING), PartHealth("learner", HealthState.DEGRADED)]).name
    'DEGRADED'
    """
    return max((p.state for p in parts), default=HealthState.SERVING)
