"""Which calls may begin: within the limits of their key, their tenant and the service, and of what it can do in time.

Whatever is refused is refused before its message is read, with the limit's name and when to come back.

| limit | of whom | beyond it |
| --- | --- | --- |
| requests_per_second | key, tenant, service | refused until the rate has room; a second's worth may come at once |
| concurrency | key, tenant, service | refused; a stream counts until it ends |
| feedback_per_minute | key, tenant, service | the word is refused; a minute's worth may come at once |
| queue_wait_s | service | refused, where its turn (`turns`) or the work before it (`work`) would take longer |

Rates and concurrency hold over all workers, which share a `LimitStore`; turns are of one worker's event loop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from pointsman_service.application.turns import Turns
from pointsman_service.application.work import Work
from pointsman_service.domain.identity import Limits
from pointsman_service.errors import OverLimit
from pointsman_service.ports import NoObserver, Observer
from pointsman_service.ports.limits import LimitStore

BUSY_RETRY_S = 0.1
"""When to come back where concurrency is spent: nobody knows when a call ends; a Route has ended long before."""
MINUTE_S: Final = 60.0
FINEST_WAIT_S = 0.005
"""Of a refusal: timers of clients are no finer, and a flood is told the same again and again."""
MOST_REFUSALS = 1_024
"""Refusals that are kept: of a hundred callers beyond their limits, ten waits each."""
SERVICE: Final = "service"


@dataclass(frozen=True, slots=True)
class Limited:
    """Whose limits: of is "key", "tenant" or "service", name which of them."""

    of: str
    name: str
    limits: Limits

    @property
    def shown(self) -> str:
        """As errors have it.

        >>> Limited("tenant", "team-a", Limits()).shown, Limited("service", "", Limits()).shown
        ('tenant:team-a', 'service')
        """
        return f"{self.of}:{self.name}" if self.name else self.of

    def subject(self, limit: str) -> str:
        """What the store counts under."""
        return f"{self.of}:{self.name} {limit}"


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks, as far as limits go. turns_as: with whom its calls take turns; limited: who has limits, own first."""

    turns_as: str
    limited: tuple[Limited, ...] = ()


@dataclass(slots=True)
class Admission:
    """total: the service's own limits, of everything, set by `put_in_force` alone. store: what was taken of all limits.

    observer: hears of each that is refused.
    """

    store: LimitStore
    turns: Turns
    total: Limits = field(default_factory=Limits)
    observer: Observer = field(default_factory=NoObserver)
    work: Work = field(default_factory=Work)
    _service: Limited = field(init=False)

    def __post_init__(self) -> None:
        self._service = Limited(SERVICE, "", self.total)

    def put_in_force(self, total: Limits, queue_wait_s: float) -> None:
        """From now on these. Calls that run go on; a concurrency that was not limited counts those that begin now."""
        self.total, self._service = total, Limited(SERVICE, "", total)
        self.turns.longest_s = queue_wait_s

    def refusal(self, who: Requester, *, queues: bool = True) -> OverLimit | None:
        """Take one call of every rate, for a call whose message was not read yet; None, or what it is refused with.

        queues: whether it waits for a turn like the others. The refusal is one object for all who are told the same, so
        that a flood costs little.
        """
        self.turns.accepted()
        if queues:
            too_long_s = self._too_long_s(who.turns_as)
            if too_long_s is not None:
                return self._told(_too_busy(_coarse(too_long_s), self.turns.longest_s))
        taken: list[tuple[Limited, float]] = []
        for one in self._all(who):
            rate = one.limits.requests_per_second
            if rate is None:
                continue
            wait_s = self.store.take(one.subject("requests_per_second"), rate, rate)
            if wait_s > 0.0:
                for other, of_other in taken:  # what nobody serves costs nobody's rate
                    self.store.give_back(other.subject("requests_per_second"), of_other)
                return self._told(_too_many(one, "requests_per_second", rate, _coarse(wait_s)))
            taken.append((one, rate))
        return None

    def enter(self, who: Requester) -> Sequence[str]:
        """Count a call as running; what `leave` takes when it has ended. Raises OverLimit."""
        entered = [who.turns_as]
        for one in self._all(who):
            most = one.limits.concurrency
            if most is None:
                continue
            subject = one.subject("concurrency")
            if not self.store.enter(subject, most):
                self._give_up(entered)
                raise self._told(_too_many(one, "concurrency", most, BUSY_RETRY_S)).with_traceback(None)
            entered.append(subject)
        self.work.begun(who.turns_as)
        return entered

    def leave(self, entered: Sequence[str]) -> None:
        """The call has ended. entered: empty where `enter` raised."""
        if entered:
            self.work.ended(entered[0])
            self._give_up(entered)

    def _give_up(self, entered: Sequence[str]) -> None:
        for subject in entered[1:]:
            self.store.leave(subject)

    def _too_long_s(self, caller: str) -> float | None:
        return self.turns.too_long_s(caller) or self.work.too_far_behind_s(caller, self.turns.longest_s)

    def word(self, who: Requester) -> None:
        """Take one word of feedback. Raises OverLimit."""
        for one in self._all(who):
            most = one.limits.feedback_per_minute
            if most is None:
                continue
            wait_s = self.store.take(one.subject("feedback_per_minute"), most / MINUTE_S, most)
            if wait_s > 0.0:
                raise self._told(_too_many(one, "feedback_per_minute", most, _coarse(wait_s))).with_traceback(None)

    def _told(self, refusal: OverLimit) -> OverLimit:
        self.observer.admission_refused(str(refusal.facts["limit"]), str(refusal.facts["subject"]))
        return refusal

    def _all(self, who: Requester) -> Sequence[Limited]:
        return (*who.limited, self._service)


def _coarse(wait_s: float) -> float:
    """Rounded up to a whole number of its leading digit's tenths, at least of 5 ms: few waits, so few refusals.

    >>> _coarse(0.0312), _coarse(0.25), _coarse(3.21)
    (0.035, 0.25, 3.3)
    """
    step = max(FINEST_WAIT_S, 10.0 ** (math.floor(math.log10(wait_s)) - 1))
    return round(math.ceil(round(wait_s / step, 6)) * step, 6)


@lru_cache(MOST_REFUSALS)
def _too_many(of: Limited, limit: str, most: float, wait_s: float) -> OverLimit:
    whose = "the service" if of.of == SERVICE else f"{of.of} {of.name!r}"
    return OverLimit(
        f"{whose} has reached its limit of {most:g} {limit.replace('_', ' ')}; retry in {wait_s:.3f} s",
        limit=limit,
        subject=of.shown,
        retry_after_s=max(wait_s, 0.001),
    )


@lru_cache(MOST_REFUSALS)
def _too_busy(wait_s: float, longest_s: float) -> OverLimit:
    return OverLimit(
        f"the service is busy: the call would wait {wait_s:.2f} s to begin, longer than the {longest_s:g} s of"
        f" [server] queue_wait_s; retry in {wait_s:.3f} s",
        limit="queue_wait_s",
        subject=SERVICE,
        retry_after_s=wait_s,
    )
