"""Snapshots and jobs, as operators look at and steer them. What they do is logged with who and when."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pointsman_service.application.admin_part import AdminPart
from pointsman_service.domain.health import PartHealth
from pointsman_service.domain.moments import written
from pointsman_service.domain.near_miss import nearest
from pointsman_service.domain.operations import ChangeContext, Changed, JobInfo, Page, PageRequest, WantedSnapshot
from pointsman_service.domain.pages import page_of
from pointsman_service.errors import UnknownJob, UnknownSnapshot
from pointsman_service.ports import SnapshotRecord

MOST_SNAPSHOTS = 10_000


class RunningAdmin(AdminPart):
    """Implements the part of `rpc.application.Admin` that is about snapshots and jobs."""

    async def list_snapshots(self, page: PageRequest) -> Page[SnapshotRecord]:
        """See the port. Active is the one by which this process decides, not one that it had to refuse."""
        self._p.watch.check()
        deciding = self._p.watch.current.version
        records = [replace(r, active=r.version == deciding) for r in self._p.snapshots.list(MOST_SNAPSHOTS)]
        return page_of(records, page, lambda record: str(record.version))

    async def roll_back_snapshot(self, wanted: WantedSnapshot, change: ChangeContext) -> Changed[SnapshotRecord]:
        """See the port."""
        version = self._wanted(wanted)

        async def perform() -> None:
            enabled = [m.name for m in self._p.configuration.newest().models.values() if m.enabled]
            await asyncio.to_thread(self._p.watch.usable, version, enabled)
            self._p.snapshots.activate(version, self._p.now())

        replayed = await self._p.changes.record("RollBackSnapshot", wanted.told(), change, perform)
        self._p.watch.check()
        return Changed(self._snapshot(version), replayed)

    async def name_snapshot(self, version: int, name: str, change: ChangeContext) -> Changed[SnapshotRecord]:
        """See the port."""

        async def perform() -> None:
            self._p.snapshots.name(version, name, self._p.now())

        content = {"version": version, "name": name}
        replayed = await self._p.changes.record("NameSnapshot", content, change, perform)
        return Changed(self._snapshot(version), replayed)

    async def unname_snapshot(self, name: str, change: ChangeContext) -> Changed[None]:
        """See the port."""

        async def perform() -> None:
            self._p.snapshots.unname(name)

        return Changed(None, await self._p.changes.record("UnnameSnapshot", {"name": name}, change, perform))

    async def follow_newest_snapshot(self, change: ChangeContext) -> Changed[SnapshotRecord]:
        """See the port."""

        async def perform() -> None:
            if self._p.snapshots.active_version() is None:
                raise UnknownSnapshot("there is no snapshot yet: the learner has published none", snapshot_version=0)
            self._p.snapshots.unpin()

        replayed = await self._p.changes.record("FollowNewestSnapshot", {}, change, perform)
        self._p.watch.check()
        return Changed(self._snapshot(self._p.snapshots.active_version() or 0), replayed)

    async def get_health(self) -> Sequence[PartHealth]:
        """See the port."""
        return self._p.health.parts

    async def list_jobs(self, page: PageRequest) -> Page[JobInfo]:
        """See the port."""
        last_runs = self._p.jobs.last_runs()
        jobs = [self._job(name, last_runs.get(name, {})) for name in self._p.intervals]
        return page_of(jobs, page, lambda job: job.name)

    async def run_job(self, name: str, change: ChangeContext) -> Changed[JobInfo]:
        """See the port."""
        if name not in self._p.intervals:
            raise UnknownJob(f"no job is named {name!r}{nearest(name, list(self._p.intervals))}", job=name)
        now = self._p.now()
        job = self._job(name, self._p.jobs.last_runs().get(name, {}))  # before it is asked for: a run takes no time

        async def perform() -> None:
            self._p.jobs.request(name, now)

        replayed = await self._p.changes.record("RunJob", {"job": name}, change, perform)
        return Changed(job if replayed else replace(job, next_run_at=now), replayed)

    def _wanted(self, wanted: WantedSnapshot) -> int:
        """The version that is meant. Raises UnknownSnapshot."""
        if wanted.version is not None:
            return wanted.version
        records = self._p.snapshots.list(MOST_SNAPSHOTS)
        if wanted.name is not None:
            names = {r.name: r.version for r in records if r.name is not None}
            if wanted.name not in names:
                near = nearest(wanted.name, list(names))
                raise UnknownSnapshot(f"no snapshot is named {wanted.name!r}{near}", name=wanted.name)
            return names[wanted.name]
        by = wanted.stored_by or 0.0
        found = next((r.version for r in records if r.created_at <= by), None)
        if found is None:
            oldest = f"; the oldest kept is of {written(records[-1].created_at)}" if records else ""
            raise UnknownSnapshot(f"no snapshot was stored by {written(by)}{oldest}", stored_by=written(by))
        return found

    def _snapshot(self, version: int) -> SnapshotRecord:
        for record in self._p.snapshots.list(MOST_SNAPSHOTS):
            if record.version == version:
                return record
        raise UnknownSnapshot(f"no snapshot has version {version}", snapshot_version=version)

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
