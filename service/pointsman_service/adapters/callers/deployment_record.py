"""What one process knows of one deployment: how often calls succeed, how long they take, what room is left."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from pointsman_service.adapters.callers.deployment_pace import Pace
from pointsman_service.domain import Deployment
from pointsman_service.domain.breaker import Breaker
from pointsman_service.domain.success_rate import SuccessRate

MINUTE_S = 60.0


@dataclass(slots=True)
class Counted:
    """One request of a minute."""

    began_at: float
    tokens: int
    in_window: bool = True


class SlidingMinute:
    """Requests and tokens of the last 60 seconds. `now` must not fall."""

    def __init__(self) -> None:
        self._window: deque[Counted] = deque()
        self._tokens = 0

    def begin(self, now: float, tokens: int) -> Counted:
        """Count a request. tokens: as far as they are known beforehand; see `correct`."""
        self._drop(now)
        counted = Counted(now, tokens)
        self._window.append(counted)
        self._tokens += tokens
        return counted

    def correct(self, counted: Counted, tokens: int) -> None:
        """Count the tokens that a request took in the end, if it still counts."""
        if counted.in_window:
            self._tokens += tokens - counted.tokens
        counted.tokens = tokens

    def requests(self, now: float) -> int:
        """Requests of the minute before `now`."""
        self._drop(now)
        return len(self._window)

    def room(self, now: float, limits: Deployment) -> float:
        """The free share of the scarcer limit, in [0, 1]; 1 where there is none."""
        self._drop(now)
        requests = _free(limits.requests_per_minute, len(self._window))
        return min(requests, _free(limits.tokens_per_minute, self._tokens))

    def seconds_to_room(self, now: float, limits: Deployment) -> float:
        """Seconds until both limits have room again; 0 where they have it. A limit of 0 never has: a minute."""
        self._drop(now)
        requests, tokens, free_at = len(self._window), self._tokens, now
        leaving = iter(self._window)
        while _full(limits.requests_per_minute, requests) or _full(limits.tokens_per_minute, tokens):
            counted = next(leaving, None)
            if counted is None:
                return MINUTE_S
            requests, tokens, free_at = requests - 1, tokens - counted.tokens, counted.began_at + MINUTE_S
        return free_at - now

    def _drop(self, now: float) -> None:
        while self._window and self._window[0].began_at <= now - MINUTE_S:
            counted = self._window.popleft()
            counted.in_window = False
            self._tokens -= counted.tokens


def _free(limit: int | None, count: int) -> float:
    if limit is None:
        return 1.0
    return max(0.0, 1.0 - count / limit) if limit > 0 else 0.0


def _full(limit: int | None, count: int) -> bool:
    return limit is not None and count >= limit


@dataclass(slots=True)
class DeploymentRecord:
    """All of one deployment. used_at: when a call last began."""

    breaker: Breaker
    rate: SuccessRate = field(default_factory=SuccessRate)
    minute: SlidingMinute = field(default_factory=SlidingMinute)
    pace: Pace = field(default_factory=Pace)
    used_at: float = 0.0
