"""Runs jobs at their intervals, at once where a run was missed, and whenever an operator asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from pointsman_service.observability.structured_log import structlog
from pointsman_service.ports import JobStore

Job = Callable[[float], Awaitable[Mapping[str, Any] | None]]
"""Given the time, does its work: what it changed (JSON types), or None where nothing."""


class Schedule:
    """jobs: what can be run, by name; intervals: seconds between two runs, 0 for never by itself.

    A job that never ran, or whose last run is older than its interval, runs at the start.
    """

    def __init__(
        self, jobs: Mapping[str, Job], intervals: Mapping[str, float], store: JobStore, now: Callable[[], float]
    ) -> None:
        self._jobs = jobs
        self._intervals = intervals
        self._store = store
        self._now = now
        self._running = asyncio.Lock()  # one at a time: they share the learner's state
        self._stopping = False
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")

    def start(self) -> None:
        """Schedule every job that has an interval."""
        last_runs = self._store.last_runs()
        for name in self._jobs:
            interval_s = self._intervals.get(name, 0.0)
            if interval_s > 0.0:
                due = next_run(last_runs.get(name), interval_s, self._now())
                self._scheduler.add_job(
                    self.run,
                    "interval",
                    [name],
                    id=name,
                    seconds=interval_s,
                    next_run_time=datetime.fromtimestamp(due, UTC),
                    misfire_grace_time=None,
                    coalesce=True,
                    max_instances=1,
                )
        self._scheduler.start()

    async def stop(self) -> None:
        """Start no further run, and let the running one end. A second call changes nothing."""
        self._stopping = True
        if self._scheduler.running:
            self._scheduler.pause()
        await asyncio.sleep(0)  # what was submitted a moment ago gets to the lock, too
        async with self._running:  # behind those that wait: they see that it is over, and return
            if self._scheduler.running:
                self._scheduler.shutdown(wait=False)  # not sooner: it cancels whatever has not ended

    async def run_requested(self) -> None:
        """Run what operators asked for since the last time."""
        for name in self._store.take_requests():
            await self.run(name)

    async def run(self, name: str) -> None:
        """Run one job and record what came of it. Its failure is its outcome, and ends nothing else."""
        job = self._jobs.get(name)
        if job is None:
            self._log.warning("a job was asked for that this version does not have", job=name)
            return
        async with self._running:
            if self._stopping:
                return
            started_at = self._now()
            try:
                change = await job(started_at)
            except Exception as e:  # noqa: BLE001 - the edge of a job
                self._log.exception("job failed", job=name)
                outcome, detail = "failed", {"error": f"{type(e).__name__}: {e}"}
            else:
                outcome, detail = ("unchanged", {}) if change is None else ("changed", dict(change))
            self._store.record(name, started_at, self._now(), outcome, detail)
            self._log.info("job", job=name, outcome=outcome)


def next_run(last: Mapping[str, Any] | None, interval_s: float, now: float) -> float:
    """When a job is due, in seconds since the epoch: now where it never ran or a run was missed.

    >>> next_run({"started_at": 100.0}, 60.0, 130.0), next_run({"started_at": 100.0}, 60.0, 500.0)
    (160.0, 500.0)
    """
    return now if last is None else max(now, float(last["started_at"]) + interval_s)
