"""Who can be reached, as tenants tell that call the models themselves.

What a tenant reports of its own calls says whether that tenant can reach a model now: with its key, over its network.
So it moves the decisions for this tenant alone, and nobody else's, whoever says what.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pointsman_service.domain import ModelConfig
from pointsman_service.domain.breaker import Breaker
from pointsman_service.domain.success_rate import MEMORY_S, SuccessRate
from pointsman_service.ports import ModelReach, ReachLookup

MAY_ANSWER = 0.5
"""P(a call succeeds) of what may be tried again: as after one failure."""
MOST = 10_000
"""Tenants and models remembered, the last told ones: some megabytes, whoever invents tenants."""
FORGOTTEN_S = 10.0 * MEMORY_S
NOT_THE_MODELS = frozenset({"invalid", "refused", "empty", "cancelled"})
"""Kinds of failure that tell of the question or of who asked."""


@dataclass(slots=True)
class _Told:
    breaker: Breaker
    rate: SuccessRate = field(default_factory=SuccessRate)
    at: float = 0.0


class ToldReach:
    """Remembers what tenants tell of their calls. clock: seconds, monotonic; rng: uniform in [0, 1), for jitter."""

    def __init__(self, clock: Callable[[], float], rng: Callable[[], float] = random.random) -> None:
        self._clock, self._rng = clock, rng
        self._told: dict[tuple[str, str], _Told] = {}

    def outcome(self, tenant: str, model: str, *, failed: bool, kind: str | None) -> None:
        """A call of its own succeeded, or failed."""
        if failed and kind in NOT_THE_MODELS:
            return
        now, told = self._clock(), self._record(tenant, model)
        probe = told.breaker.begin()
        if not failed and probe:
            told.rate = SuccessRate()
        told.rate.observe(now, succeeded=not failed)
        if failed:
            told.breaker.failed(now, kind or "unavailable", probe=probe)
        else:
            told.breaker.succeeded(now=now, probe=probe)
        told.at = now

    def seen_by(self, tenant: str, lookup: ReachLookup) -> ReachLookup:
        """What is known of a model, for this tenant."""

        def looked_up(model: ModelConfig) -> ModelReach:
            reach, told = lookup(model), self._told.get((tenant, model.name))
            return reach if told is None else replace(reach, chance=reach.chance * self._chance(told))

        return looked_up

    def _chance(self, told: _Told) -> float:
        now = self._clock()
        by_state = {"closed": told.rate.at(now), "half_open": MAY_ANSWER, "open": 0.0}
        return by_state[told.breaker.state(now)]

    def _record(self, tenant: str, model: str) -> _Told:
        known = self._told.pop((tenant, model), None) or _Told(Breaker(self._rng))
        now = self._clock()
        while self._told:
            oldest = next(iter(self._told))
            if len(self._told) < MOST and now - self._told[oldest].at < FORGOTTEN_S:
                break
            del self._told[oldest]
        self._told[tenant, model] = known  # at the end: the last told
        return known
