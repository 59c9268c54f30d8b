"""A breaker: what does not answer is left alone, but for a probe now and then.

| state | when | calls |
| --- | --- | --- |
| closed | it answers | all |
| open | it failed too often, or told to wait; until the next probe is due | none, while another can take them |
| half open | a probe is due | one; its success closes, its failure opens for twice as long |

Fowler (2014), "CircuitBreaker"; pauses grow and are spread at random, so that probes of several processes do not come
in step (Brooker 2015, "Exponential backoff and jitter").
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

State = Literal["closed", "open", "half_open"]

IN_A_ROW = 5
"""Failures without a success between them that open it: five by chance are one in 3,000 where a fifth of calls fail."""
MANY = 10.0
"""Calls of the last `WINDOW_S` seconds, as they are weighed, from which on their rate may open it."""
FAILING = 0.5
"""The share of failed calls among those that opens it: more calls are lost than won."""
WINDOW_S = 10.0
"""Seconds after which a call counts for 1/e in that rate: it tells of now; `SuccessRate` remembers longer."""
FIRST_PAUSE_S = 1.0
"""Until the first probe: what a restart behind a load balancer takes at the least."""
LONGEST_PAUSE_S = 60.0
"""Between probes: an outage that has ended is noticed within about a minute, however long it was."""
FIXED_BY_HAND_S = 30.0
"""Until the first probe where somebody must change a key or a name first."""
LONGEST_WAIT_S = 300.0
"""Seconds for which a provider's Retry-After is believed; after them a probe finds out."""
JITTER = 0.2
"""A pause is longer or shorter by up to this share."""
BY_HAND = frozenset({"auth", "unknown_model"})
"""Kinds of failure that stay until somebody changes the configuration: one is enough to open."""


class Breaker:
    """Of one place that is called. `now` is in seconds of a clock that never falls.

    >>> breaker = Breaker(lambda: 0.5)
    >>> for _ in range(5):
    ...     breaker.failed(0.0, "unavailable")
    >>> breaker.state(0.0), breaker.state(1.0)
    ('open', 'half_open')
    """

    def __init__(
        self, rng: Callable[[], float], changed: Callable[[bool, str], None] = lambda _is_open, _why: None
    ) -> None:
        """rng: uniform in [0, 1). changed: told (whether it is open now, why) once for each change."""
        self._rng, self._changed = rng, changed
        self._row = 0
        self._calls = self._failures = 0.0
        self._weighed_at = 0.0
        self._due_at: float | None = None
        self._closed_at = -math.inf
        self._pause_s = 0.0
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Open or half open."""
        return self._due_at is not None

    def state(self, now: float) -> State:
        """Half open where a probe is due and none is under way."""
        if self._due_at is None:
            return "closed"
        return "half_open" if now >= self._due_at and not self._probing else "open"

    def due_in(self, now: float) -> float:
        """Seconds until a probe is due, 0 where it is closed."""
        return max(0.0, (self._due_at or now) - now)

    def begin(self) -> bool:
        """A call begins; whether it is the probe."""
        if self._due_at is None or self._probing:
            return False
        self._probing = True
        return True

    def left(self, *, probe: bool) -> None:
        """The call was given up by who asked, which tells nothing."""
        if probe:
            self._probing = False

    def put_off(self, now: float, *, probe: bool) -> None:
        """The call had no fair chance: nothing was learnt, and the next probe comes after the same pause."""
        if probe and self._due_at is not None:
            self._probing, self._due_at = False, max(self._due_at, now + self._pause_s)

    def succeeded(self, *, now: float, probe: bool) -> None:
        """The call brought an answer. What began before it opened does not close it: the probe does."""
        self._row = 0
        self._weigh(now, failed=False)
        if probe:
            self._probing = False
            self._close(now)

    def failed(self, now: float, kind: str, retry_after_s: float | None = None, *, probe: bool = False) -> None:
        """The call failed. retry_after_s: for how long the provider asked to be left alone."""
        self._row += 1
        self._weigh(now, failed=True)
        if probe:
            self._probing = False
            early = (
                self._due_at is not None and now < self._due_at
            )  # a call for want of another model proves nothing new
            self._open(now, kind, retry_after_s, self._pause_s if early else 2.0 * self._pause_s)
        elif self.state(now) == "half_open":
            self._open(now, kind, retry_after_s, 2.0 * self._pause_s)  # what failed now says as much as a probe
        elif self._due_at is None and (retry_after_s or kind in BY_HAND or self._is_failing()):
            again = now - self._closed_at < LONGEST_PAUSE_S
            self._open(now, kind, retry_after_s, 2.0 * self._pause_s if again else 0.0)

    def _is_failing(self) -> bool:
        return self._row >= IN_A_ROW or (self._calls >= MANY and self._failures >= FAILING * self._calls)

    def _open(self, now: float, kind: str, retry_after_s: float | None, pause_s: float) -> None:
        first = FIXED_BY_HAND_S if kind in BY_HAND else FIRST_PAUSE_S
        self._pause_s = min(max(first, pause_s), LONGEST_PAUSE_S)
        jittered = self._pause_s * (1.0 + JITTER * (2.0 * self._rng() - 1.0))
        was_open, self._due_at = self.is_open, now + max(jittered, min(retry_after_s or 0.0, LONGEST_WAIT_S))
        if not was_open:
            self._changed(True, kind)

    def _close(self, now: float) -> None:
        if self._due_at is None:
            return
        self._due_at, self._closed_at = None, now
        self._calls = self._failures = 0.0
        self._changed(False, "")

    def _weigh(self, now: float, *, failed: bool) -> None:
        weight = math.exp(min(0.0, (self._weighed_at - now) / WINDOW_S))
        self._calls = weight * self._calls + 1.0
        self._failures = weight * self._failures + failed
        self._weighed_at = now
