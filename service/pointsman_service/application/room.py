"""What this process has left of tenants' guarantees: a snapshot's credit, less what was decided since.

A snapshot knows the log until a moment ago, and decisions that come together don't know of each other. Were each given
all of the credit, a burst would lose it many times over, and the tenant would be held to its baseline for long. So what
each departure may lose is taken off at once, until a snapshot has surely learnt it; of what is left, queries that are
being decided get a half, a quarter and so on; and each of several workers has its share.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from msgspec.structs import replace
from pointsman_learner.policy import Policy
from pointsman_learner.rounding import rounded
from pointsman_learner.types import Constraints, Decision

LEARNT_S = 5.0
"""Until a newer snapshot has surely learnt of a departure: they follow events by a quarter of a second or two."""


@dataclass(slots=True)
class _Tenant:
    """departures: when, under which snapshot, and what each may lose; lost: the sum, which no decision adds up again.

    deciding: queries that are being decided.
    """

    departures: deque[tuple[float, int, float]] = field(default_factory=deque)
    lost: float = 0.0
    deciding: int = 0


@dataclass(slots=True)
class Held:
    """One query's constraints, with its room; `decision` is to be set where there is one."""

    constraints: Constraints
    decision: Decision | None = None


class Room:
    """Of one process. workers: that share each credit; clock: monotonic seconds."""

    def __init__(self, workers: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._workers = workers
        self._clock = clock
        self._tenants: dict[str, _Tenant] = {}

    @contextmanager
    def held(self, policy: Policy, constraints: Constraints) -> Iterator[Held]:
        """The constraints under which to decide; what was decided is taken off at the end of the block."""
        if constraints.baseline is None:
            yield Held(constraints)
            return
        tenant = self._tenants.setdefault(constraints.tenant, _Tenant())
        left = policy.credit(constraints) / self._workers - self._lost(tenant, policy.version)
        tenant.deciding += 1
        asked = Held(replace(constraints, room=rounded(left / 2**tenant.deciding if left > 0.0 else left)))
        try:
            yield asked
        finally:
            tenant.deciding -= 1
            margin = None if asked.decision is None else asked.decision.margin
            if margin is not None and margin < 0.0:
                tenant.departures.append((self._clock(), policy.version, -margin))
                tenant.lost -= margin
            elif not tenant.departures and not tenant.deciding:
                self._tenants.pop(constraints.tenant, None)

    def _lost(self, tenant: _Tenant, version: int) -> float:
        """By departures that this snapshot may not have learnt."""
        old = self._clock() - LEARNT_S
        while tenant.departures and tenant.departures[0][0] < old and tenant.departures[0][1] != version:
            tenant.lost -= tenant.departures.popleft()[2]
        return tenant.lost if tenant.departures else 0.0
