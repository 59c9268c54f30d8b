"""One line for each thing that changes: when a condition begins to hold, and when it has ended for good.

Where several processes see the same (each worker finds out by itself that a provider is down), the first that says so
is told, and the end once none of them says so any more. What comes back and goes again within `SETTLES_S` has not
ended: a flapping model is two lines, with how often it went, and not two for each time.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

from pointsman_service.domain.conditions import WORDING, Condition
from pointsman_service.observability.structured_log import structlog

SETTLES_S = 5.0
"""Seconds that a condition must not hold until its end is told: as long as several probes of a breaker take."""
MOST_REMEMBERED = 1000
"""Conditions at a time; the oldest is forgotten, and told again where it still holds."""


class Changes(Protocol):
    """Takes what holds and what no longer does."""

    def heard(self, condition: Condition, holds: bool, why: str, process: str = "") -> None:
        """As often as whoever sees it likes."""


@dataclass(slots=True)
class _Held:
    """One condition that was told. seen_by: processes that say it holds; ended_at: since when none does."""

    began_at: float
    seen_by: set[str] = field(default_factory=set)
    ended_at: float | None = None
    times: int = 1


class ChangesTold:
    """Writes the lines. `settle` must be called every now and then: it tells the ends.

    >>> from pointsman_service.domain.conditions import Kind
    >>> told = ChangesTold(lambda level, event, **facts: print(level, event, facts), clock=lambda: 0.0, settles_s=0.0)
    >>> for _ in range(3):
    ...     told.heard(Condition.of(Kind.JUDGE_FAILING, judge="rubric"), True, "timeout")
    warning the judge fails: answers go without its verdict {'judge': 'rubric', 'why': 'timeout'}
    >>> told.heard(Condition.of(Kind.JUDGE_FAILING, judge="rubric"), False, "")
    info the judge speaks again {'judge': 'rubric', 'after_s': 0.0}
    """

    def __init__(
        self,
        write: Callable[..., None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        settles_s: float = SETTLES_S,
    ) -> None:
        """write(level, event, **facts): where lines go, the log by default; clock: seconds that never fall."""
        self._write = write or _log_line
        self._clock = clock
        self._settles_s = settles_s
        self._held: OrderedDict[Condition, _Held] = OrderedDict()
        self._lock = Lock()

    def heard(self, condition: Condition, holds: bool, why: str, process: str = "") -> None:
        """See Changes. Told at once where it begins. Threads may call it."""
        with self._lock:
            held = self._held.get(condition)
            if holds:
                self._begins(condition, held, why, process)
            elif held is not None:
                held.seen_by.discard(process)
                self._may_end(held)

    def knows(self, condition: Condition, process: str = "") -> None:
        """It holds, and has been told in other words: only its end is news."""
        with self._lock:
            self._held.setdefault(condition, _Held(self._clock())).seen_by.add(process)

    def gone(self, process: str) -> None:
        """A process has ended: what it saw is no word any more; the next one finds out by itself."""
        with self._lock:
            for held in list(self._held.values()):
                if process in held.seen_by:
                    held.seen_by.discard(process)
                    self._may_end(held)

    def settle(self) -> None:
        """Tell what has ended for good."""
        with self._lock:
            self._settle()

    def _settle(self) -> None:
        now = self._clock()
        for condition, held in list(self._held.items()):
            if held.ended_at is not None and now - held.ended_at >= self._settles_s:
                del self._held[condition]
                self._tell_end(condition, held)

    def holding(self) -> tuple[Condition, ...]:
        """What holds now, oldest first."""
        with self._lock:
            return tuple(condition for condition, held in self._held.items() if held.ended_at is None)

    def _begins(self, condition: Condition, held: _Held | None, why: str, process: str) -> None:
        if held is not None:
            held.times += held.ended_at is not None
            held.ended_at = None
            held.seen_by.add(process)
            return
        self._held[condition] = _Held(self._clock(), {process})
        if len(self._held) > MOST_REMEMBERED:
            self._held.popitem(last=False)
        wording = WORDING[condition.kind]
        self._write(wording.level, wording.begins, **dict(condition.facts), **({"why": why} if why else {}))

    def _may_end(self, held: _Held) -> None:
        if held.seen_by or held.ended_at is not None:
            return
        held.ended_at = self._clock()
        if self._settles_s <= 0.0:
            self._settle()

    def _tell_end(self, condition: Condition, held: _Held) -> None:
        ends = WORDING[condition.kind].ends
        if ends is not None:
            after_s = round((held.ended_at or 0.0) - held.began_at, 1)
            times = {"times": held.times} if held.times > 1 else {}
            self._write("info", ends, **dict(condition.facts), after_s=after_s, **times)


def _log_line(level: str, event: str, **facts: object) -> None:
    getattr(structlog.get_logger("pointsman"), level)(event, **facts)
