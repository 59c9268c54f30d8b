"""What operators' requests work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pointsman_service.application.changes import Changes
from pointsman_service.application.in_force import ConfigurationWatch
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.tenants import TenantBook
from pointsman_service.application.warm_start import WarmStart
from pointsman_service.application.what_if import WhatIfEstimator
from pointsman_service.ports import (
    AvailabilityLookup,
    BreakerStates,
    CeilingLedger,
    ConfigurationRules,
    JobStore,
    ReachLookup,
    SnapshotStore,
    StatsReader,
)


@dataclass(frozen=True, slots=True)
class AdminParts:
    """intervals: seconds by job; now: seconds since the epoch.

    availability: P(a call succeeds now) by deployment; breakers: whether each is called; reach: of the whole model.
    """

    configuration: ConfigurationWatch
    rules: ConfigurationRules
    changes: Changes
    tenants: TenantBook
    ledger: CeilingLedger
    snapshots: SnapshotStore
    watch: SnapshotWatch
    jobs: JobStore
    stats: StatsReader
    what_if: WhatIfEstimator
    warm_start: WarmStart
    intervals: Mapping[str, float]
    availability: AvailabilityLookup
    breakers: BreakerStates
    reach: ReachLookup
    now: Callable[[], float]


class AdminPart:
    """One of the parts that `AdminDesk` is made of."""

    def __init__(self, parts: AdminParts) -> None:
        self._p = parts
