"""One deadline, divided over the calls and judges of a cascade.

A call may take a share of what is left while another model could still be tried after it, and all of it when it is
the last hope; so a provider that hangs costs part of the deadline, never the fallback. A little is kept back for the
log and the way home.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]
"""Seconds, monotonic."""

CALL_SHARE = 0.6
JUDGE_SHARE = 0.25
RESERVE_SHARE = 0.05
LONGEST_RESERVE_S = 0.25


@dataclass(frozen=True, slots=True)
class Deadline:
    """ends_at: when the answer must leave, in the clock's seconds; started_at: when the request arrived."""

    clock: Clock
    started_at: float
    ends_at: float

    @classmethod
    def after(cls, seconds: float, clock: Clock, started_at: float) -> Deadline:
        """A deadline so many seconds after the request arrived, less what is kept back.

        >>> Deadline.after(10.0, lambda: 101.0, started_at=100.0).left_s
        8.75
        """
        return cls(clock, started_at, started_at + seconds - min(LONGEST_RESERVE_S, RESERVE_SHARE * seconds))

    @property
    def left_s(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.ends_at - self.clock())

    @property
    def left_ms(self) -> float:
        """Milliseconds left, to the tenth of one."""
        return round(self.left_s * 1e3, 1)

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since the request arrived, to the thousandth of one."""
        return round((self.clock() - self.started_at) * 1e3, 3)

    def for_call(self, *, last: bool) -> float:
        """Seconds that one model call may take. last: nothing could be tried after it.

        >>> Deadline(lambda: 0.0, 0.0, 10.0).for_call(last=False)
        6.0
        """
        return self.left_s * (1.0 if last else CALL_SHARE)

    def for_judge(self) -> float:
        """Seconds that one judge may take."""
        return self.left_s * JUDGE_SHARE
