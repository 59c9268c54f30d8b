"""Looks at the storage for what an operator should know, and tells what changed: budgets, the learner, prices, keys."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence

from pointsman_service.adapters.callers.keys import troubles
from pointsman_service.adapters.sqlite.storage import Storage
from pointsman_service.application.backlog import BEHIND as BEHIND_EVENTS
from pointsman_service.application.backlog import ONE_IN
from pointsman_service.domain.conditions import Condition, Kind
from pointsman_service.domain.configuration import InForce, Refused
from pointsman_service.observability.changes_told import Changes, ChangesTold
from pointsman_service.observability.operator_facts import Budget, Facts
from pointsman_service.ports import SnapshotRecord
from pointsman_service.process.opening import rules
from pointsman_service.process.supervisor import Supervisor

BEHIND_S, CAUGHT_UP_S = 30.0, 5.0
"""Age of the oldest event not learnt at which the learner is behind, and caught up again: apart, so that it flaps not.
Snapshots follow events by a quarter of a second; a folding anew of 10,000 episodes takes longer than the first."""
WARN, FULL = 0.8, 0.999
"""Shares of a ceiling that are told. What cannot be paid any more leaves the last thousandth unspent."""
LEARNER = "learner"
UNWELL_S = 10.0
"""Until a process that does not do well is told: one that died once has a line already, and is back by then."""


class FactsReader:
    """One look after the other, in any thread. now: seconds since the epoch."""

    def __init__(
        self,
        storage: Storage,
        changes: ChangesTold,
        children: Sequence[Supervisor],
        now: Callable[[], float] = time.time,
        configured: Callable[[InForce], None] = lambda _now: None,
    ) -> None:
        """configured: told of each configuration that comes in force."""
        self._storage, self._changes, self._now, self._configured = storage, changes, now, configured
        self._learner = next((c for c in children if c.name == LEARNER), None)
        self._budgets = BudgetsTold(changes)
        self._behind = False
        self._configuration_version: int | None = None
        self._troubles: frozenset[Condition] = frozenset()
        self._tenants: Sequence[str] = ()

    def look(self) -> Facts:
        """What is so now; changes are told. Blocks. Raises LogUnavailable."""
        now = self._now()
        self._look_at_configuration()
        newest = next(iter(self._storage.snapshots.list(1)), None)
        lag_events, lag_s = self._lag(newest, now)
        pinned = self._storage.snapshots.pinned()
        budgets = [b for name in self._tenants if (b := self._budget(name, now)) is not None]
        self._tell_learner(lag_s, lag_events)
        self._changes.heard(Condition.of(Kind.SNAPSHOT_PINNED), pinned, self._pinned_why() if pinned else "")
        self._budgets.look(budgets)
        return Facts(lag_events, lag_s, newest.created_at if newest else None, pinned, budgets)

    def _lag(self, newest: SnapshotRecord | None, now: float) -> tuple[int, float]:
        if self._learner is None:  # it is switched off: nothing waits for it
            return 0, 0.0
        learnt = newest.position if newest is not None else 0
        oldest = next(iter(self._storage.log.read(learnt, 1)), None)
        if oldest is None:
            return 0, 0.0
        return self._storage.log.end_blocking() - learnt, max(0.0, now - oldest.event.at)

    def _tell_learner(self, lag_s: float, lag_events: int) -> None:
        if self._learner is None:
            return
        self._behind = lag_s > (CAUGHT_UP_S if self._behind else BEHIND_S)
        why = f"{lag_events} events, the oldest {lag_s:.0f} s old"
        if lag_events > BEHIND_EVENTS:
            why += f"; of episodes that teach little one in {ONE_IN} is learnt from until it has caught up"
        self._changes.heard(Condition.of(Kind.LEARNER_BEHIND), self._behind, why)

    def _pinned_why(self) -> str:
        return f"version {self._storage.snapshots.active_version()}"

    def _budget(self, tenant: str, now: float) -> Budget | None:
        ceiling = self._storage.ledger.ceiling(tenant)
        if ceiling.usd is None:
            return None
        began_at = ceiling.period_start(now)
        spent = self._storage.ledger.spent(tenant, now)
        return Budget(tenant, ceiling.usd, spent, began_at, began_at + ceiling.period_s)

    def _look_at_configuration(self) -> None:
        version = self._storage.configuration.version()
        if version == self._configuration_version:
            return
        try:
            now = rules().in_force(self._storage.configuration.read())
        except Refused:
            return  # who serves says what is wrong with it; what was in force before stays
        is_first, self._configuration_version = self._configuration_version is None, version
        self._tenants = tuple(now.tenants)
        self._configured(now)
        found = _troubles(now, os.environ)
        for condition, why in found.items():
            if is_first:  # the start has said so
                self._changes.knows(condition)
            else:
                self._changes.heard(condition, True, why)
        for condition in self._troubles - found.keys():
            self._changes.heard(condition, False, "")
        self._troubles = frozenset(found)


class ChildrenTold:
    """How each process beside the main one does, by its signs of life. clock: monotonic seconds."""

    def __init__(
        self, children: Sequence[Supervisor], changes: Changes, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._children, self._changes, self._clock = children, changes, clock
        self._since: dict[str, float] = {}

    def look(self) -> None:
        """Tell who has not done well for a while. To be called in the event loop."""
        now = self._clock()
        for child in self._children:
            health = child.health()
            if health.well:
                self._since.pop(child.name, None)
            ill = not health.well and now - self._since.setdefault(child.name, now) >= UNWELL_S
            self._changes.heard(_of_child(child.name), ill, health.why)


def _of_child(name: str) -> Condition:
    return Condition.of(Kind.LEARNER_DEAD) if name == LEARNER else Condition.of(Kind.WORKER_UNWELL, process=name)


class BudgetsTold:
    """A tenant's budget is told at 80 % and when it is spent, once a period: what is held goes up and down."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._told: dict[Condition, tuple[float, float]] = {}

    def look(self, budgets: Sequence[Budget]) -> None:
        """Tell what is new. Another period, or another ceiling, begins anew."""
        present = {(b.tenant, b.began_at, b.ceiling_usd): b for b in budgets}
        for condition, (began_at, ceiling_usd) in list(self._told.items()):
            if (dict(condition.facts)["tenant"], began_at, ceiling_usd) not in present:
                del self._told[condition]
                self._changes.heard(condition, False, "")
        for budget in budgets:
            for kind, least in ((Kind.BUDGET_80, WARN), (Kind.BUDGET_100, FULL)):
                if budget.share >= least:
                    self._tell(Condition.of(kind, tenant=budget.tenant), budget)

    def _tell(self, condition: Condition, budget: Budget) -> None:
        if condition in self._told:
            return
        self._told[condition] = budget.began_at, budget.ceiling_usd
        until = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(budget.ends_at))
        why = f"{budget.spent_usd:.6g} of {budget.ceiling_usd:.6g} dollars, the period ends {until}"
        self._changes.heard(condition, True, why)


def _troubles(now: InForce, environ: Mapping[str, str]) -> dict[Condition, str]:
    """What is wrong with prices and keys, each with its why."""
    models = list(now.models.values())
    found = {
        Condition.of(Kind.MODEL_UNPRICED, model=m.name): "it is planned and held as the dearest model"
        for m in models
        if m.enabled and m.prices_in_force is None
    }
    return found | {Condition.of(Kind.KEY_MISSING, variable=t.variable): t.text for t in troubles(models, environ)}
