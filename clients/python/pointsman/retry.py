"""When to try again, and how long to wait before it: exponential backoff with jitter, within the deadline."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pointsman.arguments import invalid, shown
from pointsman.errors import PointsmanError, Unavailable

_rng = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a call that found no service, or a busy one, is tried again: to its deadline, if nothing here ends it.

    attempts: calls in all, 1 for no retry; None for no fixed number. longest_outage_s: seconds since the first failure
    after which a call without a deadline gives up. first_contact_s: the same for a client that no service has ever
    answered, with a deadline too: a wrong address is told soon, and a service that restarts, which takes ten seconds or
    less, is waited for. The n-th wait is first_wait_s * factor**(n - 1), at most longest_wait_s, of which a random half
    is cut, so that many clients do not come back at once; where the service asks for more, that. provider_attempts:
    calls in all where the service answers that every model failed, or is busy: it has tried each of them, and tried
    again what may be; more than one call asks providers that are in trouble for the same once more.
    """

    attempts: int | None = None
    first_wait_s: float = 0.1
    factor: float = 2.0
    longest_wait_s: float = 5.0
    longest_outage_s: float = 60.0
    first_contact_s: float = 20.0
    provider_attempts: int = 1

    def __post_init__(self) -> None:
        if self.attempts is not None and (type(self.attempts) is not int or self.attempts < 1):
            raise invalid("attempts", f"must be a whole number from 1, or None, not {shown(self.attempts)}")
        if type(self.provider_attempts) is not int or self.provider_attempts < 1:
            raise invalid("provider_attempts", f"must be a whole number from 1, not {shown(self.provider_attempts)}")
        for name in ("first_wait_s", "factor", "longest_wait_s", "longest_outage_s", "first_contact_s"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
                raise invalid(name, f"must be a number, 0 or more, not {shown(value)}")

    def wait_s(self, failures: int, jitter: float) -> float:
        """Seconds to wait after so many failures. jitter: in [0, 1].

        >>> RetryPolicy().wait_s(failures=3, jitter=1.0)
        0.4
        """
        # Beyond 64 doublings the power would overflow one day; the longest wait is reached long before.
        grown = self.first_wait_s * self.factor ** min(failures - 1, 64)
        return float(min(grown, self.longest_wait_s) * (0.5 + jitter / 2))


@dataclass(slots=True)
class Contact:
    """Whether a service has ever answered this client."""

    made: bool = False


@dataclass(slots=True)
class Attempts:
    """The attempts of one call, sync or async: what is left of its deadline, and whether to go on after an error.

    Every request has the effect of one however often it is sent: see identity.py. clock: seconds, monotonic.
    """

    policy: RetryPolicy
    timeout_s: float | None
    contact: Contact
    clock: Callable[[], float] = time.monotonic
    failures: int = 0
    provider_failures: int = 0
    _started: float = field(init=False)
    _failed_first: float | None = None

    def __post_init__(self) -> None:
        self._started = self.clock()

    def left_s(self) -> float | None:
        """Seconds left of the deadline, not below 0; None for no deadline."""
        return None if self.timeout_s is None else max(self.timeout_s - (self.clock() - self._started), 0.0)

    def answered(self) -> None:
        """Note that there is a service."""
        self.contact.made = True

    def wait_after(self, error: PointsmanError) -> float:
        """Seconds to wait before the next attempt. Raises the error where there must be none."""
        now = self.clock()
        self.failures += 1
        self._failed_first = now if self._failed_first is None else self._failed_first
        if error.reason:
            self.answered()
        self.provider_failures += error.reason in {"EVERY_MODEL_FAILED", "RATE_LIMITED"}
        wait = max(self.policy.wait_s(self.failures, _rng.random()), error.retry_after_s or 0.0)
        if not isinstance(error, Unavailable) or error.forbids_retry or self._is_over(now + wait, self._failed_first):
            raise error
        return wait

    def _is_over(self, at: float, failed_first: float) -> bool:
        """Whether an attempt at this time would be one too many, or too late."""
        policy = self.policy
        if policy.attempts is not None and self.failures >= policy.attempts:
            return True
        if self.provider_failures >= policy.provider_attempts:
            return True
        if not self.contact.made and at - failed_first >= policy.first_contact_s:
            return True
        if self.timeout_s is None:
            return at - failed_first >= policy.longest_outage_s
        return at - self._started >= self.timeout_s
