"""How far an event loop is behind: the work of the calls that it has taken on and has not had the time to do.

A turn is where a call begins; what it does after its providers' answers (verdicts, the next decision, the record) is
most of a Complete's work, and a loop that begins whatever it can is late with all of that. So each call that begins
adds what a call takes on the mean, and time takes it away again: the virtual wait of a queue with one server (Takacs
1962). Calls that wait for a provider add nothing meanwhile, so slow providers are no reason to refuse anybody.
Whoever has few calls under way is not made to pay for those who have many.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pointsman_service.application.turns import ALWAYS_TAKEN

FIRST_CALL_S = 0.004
"""What a call takes before any was measured: a Complete of one step on one core of the test machine."""
WINDOW = 16  # calls that end between two looks at what they took
SMOOTHING = 0.3  # of the mean: it follows within some fifty calls
BUSY = 0.1
"""Share of a window that its thread worked, below which that was not for its calls alone: timers take a hundredth."""


class Work:
    """One event loop's. clock: monotonic seconds; used: seconds of a processor that the loop's thread has had."""

    def __init__(
        self, clock: Callable[[], float] = time.perf_counter, used: Callable[[], float] = time.thread_time
    ) -> None:
        self.under_way: dict[str, int] = {}
        self._clock = clock
        self._used = used
        self._call_s = FIRST_CALL_S
        self._behind_s = 0.0
        self._at = clock()
        self._ended = 0
        self._window = (self._at, used())

    def begun(self, caller: str) -> None:
        """One more call of this caller is taken on."""
        self.under_way[caller] = self.under_way.get(caller, 0) + 1
        self._behind_s = self.behind_s() + self._call_s

    def ended(self, caller: str) -> None:
        """One of this caller's has ended, however it did."""
        left = self.under_way.pop(caller) - 1
        if left:
            self.under_way[caller] = left
        self._ended += 1
        if self._ended == WINDOW:
            self._measure()

    def behind_s(self) -> float:
        """Seconds of work that lie before a call which comes now."""
        now = self._clock()
        self._behind_s = max(0.0, self._behind_s - (now - self._at))
        self._at = now
        return self._behind_s

    def too_far_behind_s(self, caller: str, longest_s: float) -> float | None:
        """`behind_s` where one more call of this caller would wait longer than it may; None where it would not.

        None, too, for whoever has no more under way than a share of ALWAYS_TAKEN, for all who have any.
        """
        behind_s = self.behind_s()
        if behind_s <= longest_s:
            return None
        own = self.under_way.get(caller, 0)
        return behind_s if own * max(1, len(self.under_way)) >= ALWAYS_TAKEN else None

    def _measure(self) -> None:
        (since, had), self._window = self._window, (self._clock(), self._used())
        passed_s, worked_s = self._window[0] - since, self._window[1] - had
        if worked_s >= BUSY * passed_s:
            self._call_s += SMOOTHING * (worked_s / self._ended - self._call_s)
        self._ended = 0
