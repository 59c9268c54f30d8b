"""AdminService's application: what operators look at and change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pointsman_learner.events import BudgetPut, ModelPut

from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.taxonomy_admin import TaxonomyAdmin
from pointsman_service.application.tenants import TenantBook
from pointsman_service.application.warm_start import WarmStart
from pointsman_service.application.what_if import WhatIfEstimator
from pointsman_service.domain import ModelConfig
from pointsman_service.domain.near_miss import nearest
from pointsman_service.domain.operations import (
    Budget,
    JobInfo,
    JudgeStats,
    KnownQuery,
    Stats,
    StatsQuery,
    TaxonomyNode,
    WarmStartReceipt,
    WhatIf,
    WhatIfQuery,
)
from pointsman_service.errors import UnknownJob, UnknownSnapshot
from pointsman_service.ports import (
    CeilingLedger,
    ChangeStore,
    EventLog,
    JobStore,
    SnapshotRecord,
    SnapshotStore,
    StatsReader,
)


@dataclass(frozen=True, slots=True)
class AdminParts:
    """What operators' requests work with. intervals: seconds by job; set_ceiling(tenant, usd, period_s)."""

    log: EventLog
    ledger: CeilingLedger
    snapshots: SnapshotStore
    watch: SnapshotWatch
    jobs: JobStore
    stats: StatsReader
    changes: ChangeStore
    models: ModelRegistry
    tenants: TenantBook
    taxonomy: TaxonomyAdmin
    what_if: WhatIfEstimator
    warm_start: WarmStart
    intervals: Mapping[str, float]
    set_ceiling: Callable[[str, float | None, float], Awaitable[None]]
    now: Callable[[], float]


class AdminDesk:
    """Implements `rpc.application.Admin`."""

    def __init__(self, parts: AdminParts) -> None:
        self._p = parts

    async def list_models(self) -> Sequence[ModelConfig]:
        """In configured order, disabled ones too."""
        return list(self._p.models.values())

    async def put_model(self, model: ModelConfig) -> ModelConfig:
        """Add, or replace the one of the same name; in force with the next snapshot."""
        await self._p.log.append(ModelPut(self._p.now(), model.as_learner_model()))
        self._p.models.overlay(self._p.changes.put_model(model).models)
        return model

    async def disable_model(self, name: str) -> ModelConfig:
        """It leaves every decision at once. Raises UnknownModel."""
        return await self.put_model(replace(self._p.models[name], enabled=False))

    async def list_taxonomy(self) -> Sequence[TaxonomyNode]:
        """The tree, depth first: every node comes after its parent."""
        return self._p.taxonomy.tree()

    async def get_taxonomy_node(self, node_id: str) -> TaxonomyNode:
        """One node with its statistics per model. Raises UnknownNode."""
        return self._p.taxonomy.node(node_id)

    async def put_taxonomy_node(self, node: TaxonomyNode) -> TaxonomyNode:
        """Add or replace. Raises UnknownNode for an unknown parent, InvalidRequest where it would close a circle."""
        return await self._p.taxonomy.put(node)

    async def list_snapshots(self, limit: int) -> Sequence[SnapshotRecord]:
        """Newest first."""
        return self._p.snapshots.list(limit)

    async def roll_back_snapshot(self, version: int) -> SnapshotRecord:
        """Decide by this one and pin it. Raises UnknownSnapshot, CorruptSnapshot."""
        record = self._p.snapshots.activate(version, self._p.now())
        self._p.watch.check()
        return record

    async def follow_newest_snapshot(self) -> SnapshotRecord:
        """Undo the pin: decide by the newest, now and later. Raises UnknownSnapshot where there is none yet."""
        self._p.snapshots.unpin()
        self._p.watch.check()
        active = next((record for record in self._p.snapshots.list() if record.active), None)
        if active is None:
            raise UnknownSnapshot("there is no snapshot yet: the learner has published none", version=0)
        return active

    async def list_jobs(self) -> Sequence[JobInfo]:
        """Every scheduled job with its last run."""
        last_runs = self._p.jobs.last_runs()
        return [self._job(name, last_runs.get(name, {})) for name in self._p.intervals]

    async def run_job(self, name: str) -> JobInfo:
        """Ask that it runs now; does not wait for it. Raises UnknownJob."""
        if name not in self._p.intervals:
            raise UnknownJob(f"no job is named {name!r}{nearest(name, list(self._p.intervals))}", job=name)
        now = self._p.now()
        self._p.jobs.request(name, now)
        return replace(self._job(name, self._p.jobs.last_runs().get(name, {})), next_run_at=now)

    async def get_stats(self, query: StatsQuery) -> Stats:
        """Counts over the log."""
        return await asyncio.to_thread(self._p.stats.stats, query)

    async def get_judge_stats(self, query: StatsQuery) -> JudgeStats:
        """Judges held against users' feedback."""
        return await asyncio.to_thread(self._p.stats.judges, query)

    async def what_if(self, query: WhatIfQuery) -> WhatIf:
        """Off-policy estimate. Raises InvalidRequest for an unknown policy, UnknownModel in "always:MODEL"."""
        return await self._p.what_if.estimate(query, self._p.watch.current)

    async def get_budget(self, tenant: str) -> Budget:
        """A tenant without one has all None."""
        ceiling = self._p.ledger.ceiling(tenant)
        return Budget(
            tenant,
            usd_per_1k=self._p.tenants.budget(tenant),
            ceiling_usd=ceiling.usd if ceiling else None,
            period_s=ceiling.period_s if ceiling and ceiling.usd is not None else None,
            spent_usd=self._p.ledger.spent(tenant, self._p.now()),
            cost_weight=self._p.watch.cost_weight(tenant),
        )

    async def put_budget(self, budget: Budget) -> Budget:
        """Set or lift; in force at once for the ceiling, with the next snapshot for the pace."""
        await self._p.set_ceiling(budget.tenant, budget.ceiling_usd, budget.period_s or 86_400.0)
        await self._p.log.append(BudgetPut(self._p.now(), budget.tenant, budget.usd_per_1k))
        self._p.tenants.overlay(self._p.changes.put_budget(budget.tenant, budget.usd_per_1k).budgets)
        return await self.get_budget(budget.tenant)

    async def warm_start(self, request_id: str, queries: Sequence[KnownQuery]) -> WarmStartReceipt:
        """Tell the learner what is known beforehand; the same request_id again changes nothing. Raises UnknownModel."""
        return await self._p.warm_start.take(request_id, queries)

    def _job(self, name: str, last: Mapping[str, object]) -> JobInfo:
        interval_s = self._p.intervals[name]
        started_at = last.get("started_at")
        started = float(started_at) if isinstance(started_at, int | float) else None
        due = None if interval_s <= 0.0 else self._p.now() if started is None else started + interval_s
        detail = last.get("detail")
        return JobInfo(
            name,
            interval_s,
            next_run_at=due,
            started_at=started,
            ended_at=float(str(last["ended_at"])) if "ended_at" in last else None,
            outcome=str(last["outcome"]) if "outcome" in last else None,
            detail=detail if isinstance(detail, Mapping) else {},
        )
