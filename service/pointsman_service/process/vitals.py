"""Whether a child process lives, judged by its beats: lines that a thread of it writes every second.

A process that is stopped (SIGSTOP, a debugger, a disk that hangs) writes none; one whose event loop hangs writes them,
and says in each for how long. Either answers nobody, and holds the connections that the system gives it, so it is
replaced.
"""

from __future__ import annotations

from dataclasses import dataclass

QUIET_S = 2.5
"""Without a beat, until a child's state is told as doubtful: two beats that are missing."""

LATE_S = 1.0
"""By which whoever watches may itself be late, before it takes the silence for its own: a process that was stopped, or
a machine that slept, finds all its children silent."""


@dataclass(frozen=True, slots=True)
class VitalLimits:
    """Seconds. start: until the first beat; silent: between two; busy: of one turn of the event loop, once ready."""

    start_s: float = 60.0
    silent_s: float = 4.0
    busy_s: float = 10.0


WORKER_LIMITS = VitalLimits()
LEARNER_LIMITS = VitalLimits(start_s=600.0, silent_s=10.0, busy_s=300.0)
"""It stands back where processors are short. Its start takes three seconds of one, on a busy machine minutes (measured:
more than one beside eight busy processes), and replacing it then would have it begin anew for ever."""


class Vitals:
    """What is known of one life of a child. All times in monotonic seconds."""

    def __init__(self, limits: VitalLimits, now: float) -> None:
        self._limits = limits
        self._heard_at = now
        self._looked_at = now
        self._beats = 0
        self._busy_s = 0.0
        self._ready = False

    def beat(self, busy_s: float, now: float) -> None:
        """It lives, and its event loop has been in one turn for busy_s."""
        self._beats += 1
        self._heard_at, self._busy_s = now, busy_s

    def ready(self) -> None:
        """It has started: from now on its event loop must turn."""
        self._ready = True

    def quiet_s(self, now: float) -> float:
        """Seconds without a beat, 0 until that is long enough to be told."""
        silent = now - self._heard_at
        return silent if self._beats and silent > QUIET_S else 0.0

    def wrong(self, now: float) -> str | None:
        """Why it must be replaced, None where it lives. To be asked more often than every LATE_S."""
        late = now - self._looked_at > LATE_S
        self._looked_at = now
        if late:
            self._heard_at = max(self._heard_at, now)
            return None
        silent, limits = now - self._heard_at, self._limits
        if not self._beats:
            return f"it has not started within {limits.start_s:.0f} s" if silent > limits.start_s else None
        if silent > limits.silent_s:
            return f"no sign of life for {silent:.1f} s"
        if self._ready and self._busy_s > limits.busy_s:
            return f"its event loop has not turned for {self._busy_s:.1f} s"
        return None
