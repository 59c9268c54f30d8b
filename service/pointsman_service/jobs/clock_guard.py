"""Whether the wall clock can be believed before something is removed by it.

A clock that is a hundred days ahead makes every episode look older than the retention. So what was believed last is
kept: from there the clock may have moved by what a monotonic clock says, and by as long as a service may have been
stopped. Whoever knows better runs the job by hand, which takes the clock as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from pointsman_service.jobs.schedule import Postponed

LONGEST_STOP_S = 7 * 86_400.0
"""For which a service may have been stopped without anybody having to confirm the time: longer than a long weekend."""

STEP_S = 86_400.0
"""By which a clock may be set forward while the service runs: more than any time zone that was forgotten."""

KEPT_EVERY_S = 60.0  # between two times that are kept


class ClockNotBelieved(Postponed):
    """The wall clock is further ahead than time can have passed: nothing is removed by it until somebody confirms."""


class ClockSeen(Protocol):
    """Where the time that was believed last is kept."""

    def last(self) -> float | None:
        """Seconds since the epoch; None where none was kept, and there is nothing to go by."""

    def keep(self, at: float) -> None:
        """From now on it is this."""


class ClockGuard:
    """now: seconds since the epoch, which may step; clock: monotonic seconds."""

    def __init__(self, seen: ClockSeen, now: Callable[[], float], clock: Callable[[], float]) -> None:
        self._seen = seen
        self._now = now
        self._clock = clock
        last = seen.last()
        self._base = now() if last is None else last
        self._base_at = clock()
        self._room_s = LONGEST_STOP_S
        self._kept_at: float | None = None

    def watch(self) -> None:
        """To be called every now and then: what is believed moves on, and is kept. Raises LogUnavailable."""
        if self._ahead_s() <= self._room_s and (self._kept_at is None or self._clock() - self._kept_at >= KEPT_EVERY_S):
            self.believe()

    def check(self) -> None:
        """Raise ClockNotBelieved where the clock is further ahead than it can be."""
        ahead_s = self._ahead_s()
        if ahead_s > self._room_s:
            raise ClockNotBelieved(
                f"the clock says {_day(self._now())}, {ahead_s / 86_400.0:.1f} days more than have passed since"
                f" {_day(self._base)}, when it was believed last: nothing is removed by it; where it is right,"
                " `pointsman jobs run prune` confirms it"
            )

    def believe(self) -> None:
        """Take the clock as it is, and go on from there. Raises LogUnavailable."""
        self._base, self._base_at = self._now(), self._clock()
        self._room_s = STEP_S
        self._seen.keep(self._base)
        self._kept_at = self._base_at

    def _ahead_s(self) -> float:
        """By how much the clock is ahead of what was believed last and has passed since."""
        return self._now() - self._base - (self._clock() - self._base_at)


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
