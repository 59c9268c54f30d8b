"""Keeps a process's health book true: looks at the log, hears of the learner; operators hear of changes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from pointsman_service.application.health_book import HealthBook
from pointsman_service.domain.conditions import Condition, Kind
from pointsman_service.domain.health import HealthState
from pointsman_service.errors import LogUnavailable
from pointsman_service.ports import EventLog, LogCondition, LogTrouble, Observer
from pointsman_service.process.lives import ChildHealth

LOG = "log"
LEARNER = "learner"
LOOK_S = 0.5
BEHIND_S = 3.0
"""After which an event that is not learnt is called late: an idle learner takes a tenth of a second."""

_UNWRITABLE = Condition.of(Kind.LOG_UNWRITABLE)


@dataclass(frozen=True, slots=True)
class HealthWatch:
    """learner: how it does as far as this process knows, None where it was not told (yet).

    clock: monotonic seconds.
    """

    book: HealthBook
    condition: LogCondition
    log: EventLog
    learner: Callable[[], ChildHealth | None]
    observer: Observer
    clock: Callable[[], float] = time.monotonic
    _ends: deque[tuple[float, int]] = field(default_factory=deque)

    async def look(self) -> None:
        """Look at the log for ever, in a thread: a disk that hangs must not hang what tells of it."""
        while True:
            await asyncio.to_thread(self.condition.look)
            with suppress(LogUnavailable):  # told by `condition`
                self._ends.append((self.clock(), await self.log.end()))
            await asyncio.sleep(LOOK_S)

    async def tell(self) -> None:
        """Tell the book for ever."""
        while True:
            self.tell_now()
            await asyncio.sleep(LOOK_S)

    def tell_now(self) -> None:
        """Tell the book what is known."""
        learner = self.learner()
        damage = None if learner is None else learner.facts.get("damaged")
        trouble = self.condition.trouble or (LogTrouble("corrupt", str(damage)) if damage else None)
        if trouble is None:
            self.book.tell(LOG, HealthState.SERVING)
        else:
            self.book.tell(LOG, HealthState.NOT_SERVING, trouble.text)
        self.observer.condition(_UNWRITABLE, trouble is not None, trouble.text if trouble else "")
        why = "" if learner is None else learner.why or self._late(learner)
        self.book.tell(LEARNER, HealthState.DEGRADED if why else HealthState.SERVING, why)

    def _late(self, learner: ChildHealth) -> str:
        """How far it is behind what was logged BEHIND_S ago; empty where it is not, or says nothing of it."""
        while len(self._ends) > 1 and self.clock() - self._ends[1][0] >= BEHIND_S:
            self._ends.popleft()
        position = learner.facts.get("position")
        if position is None or not self._ends or self.clock() - self._ends[0][0] < BEHIND_S:
            return ""
        missing = self._ends[0][1] - int(position)
        return f"{missing} events behind: what is learnt grows old until it has caught up" if missing > 0 else ""
