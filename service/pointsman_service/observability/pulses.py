"""Conditions of which only single moments are seen: a refused request says that a limit is reached, and no more."""

from __future__ import annotations

import time
from collections.abc import Callable

from pointsman_service.domain.conditions import Condition
from pointsman_service.observability.changes_told import Changes

EVERY_S = 1.0
"""Between two words on the same condition: well within the time that its end has to settle for."""
MOST = 1000
"""Conditions whose last moment is remembered; beyond them all are forgotten, which costs a word each."""


class Pulses:
    """Says that it holds and at once that it does not: while more follow, its end never settles.

    >>> from pointsman_service.domain.conditions import Kind
    >>> from pointsman_service.observability.changes_told import ChangesTold
    >>> changes = ChangesTold(lambda level, event, **facts: print(event), clock=lambda: 0.0)
    >>> pulses = Pulses(changes, clock=lambda: 0.0)
    >>> for _ in range(3):
    ...     pulses.beat(Condition.of(Kind.LIMIT_REACHED, limit="concurrency"), "")
    a limit is reached: requests beyond it are refused at once
    """

    def __init__(self, changes: Changes, clock: Callable[[], float] = time.monotonic) -> None:
        self._changes, self._clock = changes, clock
        self._last: dict[Condition, float] = {}

    def beat(self, condition: Condition, why: str) -> None:
        """It holds at this moment."""
        now = self._clock()
        if now - self._last.get(condition, float("-inf")) < EVERY_S:
            return
        if len(self._last) >= MOST:
            self._last.clear()
        self._last[condition] = now
        self._changes.heard(condition, True, why)
        self._changes.heard(condition, False, "")
