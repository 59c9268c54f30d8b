"""What operators' requests work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pointsman_service.application.changes import Changes
from pointsman_service.application.health_book import HealthBook
from pointsman_service.application.in_force import ConfigurationWatch
from pointsman_service.application.savings import SavingsEstimator
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.tenants import TenantBook
from pointsman_service.application.warm_start import WarmStart
from pointsman_service.application.what_if import WhatIfEstimator
from pointsman_service.ports import (
    AvailabilityLookup,
    BreakerStates,
    CeilingLedger,
    ConfigurationRules,
    EndUsers,
    EventLog,
    JobStore,
    ReachLookup,
    SnapshotStore,
    StatsReader,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeParts:
    """What is in force and how it is changed, which a storage alone has. now: seconds since the epoch."""

    configuration: ConfigurationWatch
    rules: ConfigurationRules
    changes: Changes
    watch: SnapshotWatch
    now: Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminParts(ChangeParts):
    """What a running service has beside them. intervals: seconds by job.

    availability: P(a call succeeds now) by deployment; breakers: whether each is called; reach: of the whole model.
    """

    tenants: TenantBook
    ledger: CeilingLedger
    snapshots: SnapshotStore
    jobs: JobStore
    stats: StatsReader
    end_users: EndUsers
    log: EventLog
    what_if: WhatIfEstimator
    savings: SavingsEstimator
    warm_start: WarmStart
    intervals: Mapping[str, float]
    availability: AvailabilityLookup
    breakers: BreakerStates
    reach: ReachLookup
    health: HealthBook


class ChangePart:
    """One of the parts that `FolderDesk` is made of, and `AdminDesk`, too."""

    def __init__(self, parts: ChangeParts) -> None:
        self._p = parts


class AdminPart(ChangePart):
    """One of the parts that `AdminDesk` is made of."""

    _p: AdminParts

    def __init__(self, parts: AdminParts) -> None:
        super().__init__(parts)
