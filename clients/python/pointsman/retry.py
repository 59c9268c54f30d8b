"""When to try again, and how long to wait before it: exponential backoff with jitter, within the deadline."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pointsman.errors import PointsmanError, Unavailable

_rng = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a call that found no service, or a busy one, is tried again.

    attempts: calls in all, 1 for no retry; the n-th wait is first_wait_s * factor**(n - 1), at most longest_wait_s, of
    which a random half is cut, so that many clients do not come back at once.
    """

    attempts: int = 6
    first_wait_s: float = 0.1
    factor: float = 2.0
    longest_wait_s: float = 5.0

    def wait_s(self, failures: int, jitter: float) -> float:
        """Seconds to wait after so many failures. jitter: in [0, 1].

        >>> RetryPolicy().wait_s(failures=3, jitter=1.0)
        0.4
        """
        return float(min(self.first_wait_s * self.factor ** (failures - 1), self.longest_wait_s) * (0.5 + jitter / 2))


@dataclass(slots=True)
class Attempts:
    """The attempts of one call, sync or async: what is left of its deadline, and whether to go on after an error.

    repeatable: the same call twice has the effect of one. clock: seconds, monotonic.
    """

    policy: RetryPolicy
    timeout_s: float | None
    repeatable: bool = True
    clock: Callable[[], float] = time.monotonic
    failures: int = 0
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.clock()

    def left_s(self) -> float | None:
        """Seconds left of the deadline, not below 0; None for no deadline."""
        return None if self.timeout_s is None else max(self.timeout_s - (self.clock() - self._started), 0.0)

    def wait_after(self, error: PointsmanError) -> float:
        """Seconds to wait before the next attempt. Raises the error where there must be none."""
        self.failures += 1
        # Where the service itself says "unavailable", it has done nothing; a broken connection tells no such thing.
        safe = self.repeatable or bool(error.reason)
        if not isinstance(error, Unavailable) or not safe or self.failures >= self.policy.attempts:
            raise error
        wait = max(self.policy.wait_s(self.failures, _rng.random()), error.retry_after_s or 0.0)
        left = self.left_s()
        if left is not None and wait >= left:
            raise error
        return wait
