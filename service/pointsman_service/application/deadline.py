"""One deadline, shared out over the calls and judges of a cascade by what they are known to take.

| a call | may take |
| --- | --- |
| after which nothing else could be tried | all that is left |
| of which nothing is known | a share of what is left, so that the fastest of the others, as it is known, still fits |
| that is known to take long | its due time, where the fastest of the others still fits after it, else all there is |
| beside an answer in hand: a second opinion | `OPINION` times what it is expected to take |

A little is kept back for the log and the way home.
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
DUE = 1.5
"""Times its usual latency that a call may well take: what answers of one model differ by."""
FITS = 1.1
"""Times its usual latency that is kept for another model, where nothing is known of the one that is called."""
OPINION = 1.8
"""Times its usual latency that a second opinion is waited for: a little less than twice, which is promised."""
LEAST_OPINION_S = 0.1
"""For those that take next to nothing: what a busy machine's own event loop may be late by."""
PROBE = 3.0
"""Times its usual latency that a model may take which did not answer lately."""
LEAST_PROBE_S = 0.5
"""Likewise, for one on whose answer more depends."""


@dataclass(frozen=True, slots=True)
class Takes:
    """What one call is known to take, in milliseconds.

    usual: in this process of late, None where nobody knows; expected: the same, else what is predicted. other: the
    usual of the fastest of the models that could be called after it. probe: it did not answer lately.
    """

    usual: float | None = None
    expected: float = 0.0
    other: float | None = None
    probe: bool = False


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

    def for_call(self, takes: Takes = Takes(), *, last: bool) -> float:
        """Seconds that one model call may take while nothing has answered. last: nothing could be tried after it.

        >>> deadline = Deadline(lambda: 0.0, 0.0, 2.0)
        >>> [deadline.for_call(Takes(usual), last=False) for usual in (None, 300.0, 1400.0)]
        [1.2, 1.2, 2.0]
        >>> round(deadline.for_call(Takes(other=1500.0), last=False), 3)
        0.35
        """
        left, share = self.left_s, self.left_s * CALL_SHARE
        if last:
            return left
        if takes.usual is None:
            other = FITS * (takes.other or 0.0) / 1e3
            return min(share, max(left - other, LEAST_OPINION_S)) if other <= left else share
        if takes.probe:
            return min(share, max(PROBE * takes.usual / 1e3, LEAST_PROBE_S))
        due, other = DUE * takes.usual / 1e3, (takes.other or 0.0) / 1e3
        return max(share, due) if due + other <= left else left if due > share else share

    def for_opinion(self, expected_ms: float) -> float:
        """Seconds that another opinion may take, of a model or a judge, while there is an answer in hand.

        >>> Deadline(lambda: 0.0, 0.0, 60.0).for_opinion(500.0)
        0.9
        """
        return min(self.left_s, max(OPINION * expected_ms / 1e3, LEAST_OPINION_S))

    def for_judge(self) -> float:
        """Seconds that one judge may take of which nothing is known."""
        return self.left_s * JUDGE_SHARE
