"""Runs jobs at their intervals, at once where a run was missed, and whenever an operator asks.

APScheduler goes by the wall clock. Where that steps, what is due is moved by as much: a clock that is set back must not
stop all jobs for the hour that it was wrong by.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from pointsman_service.errors import PointsmanError
from pointsman_service.observability.structured_log import structlog
from pointsman_service.ports import JobStore


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A job changed nothing, though there was something to do. detail: what, and why not (JSON types)."""

    detail: Mapping[str, Any]


Job = Callable[[float], Awaitable[Mapping[str, Any] | Unchanged | None]]
"""Given the time, does its work: what it changed (JSON types), or None where nothing."""


STEP_S = 1.0  # by which a clock must differ from a monotonic one to have stepped: time servers slew what is less


class Postponed(Exception):  # noqa: N818 - named for the fact
    """A job does nothing now; why, the message says in full."""


class Schedule:
    """jobs: what can be run, by name; intervals: seconds between two runs, 0 for never by itself.

    now: seconds since the epoch; clock: monotonic seconds; asked: what runs instead where an operator asks for it.

    A job that never ran, or whose last run is older than its interval, runs at the start.
    """

    def __init__(  # noqa: PLR0917 - what it runs, where it records it, its clocks
        self,
        jobs: Mapping[str, Job],
        intervals: Mapping[str, float],
        store: JobStore,
        now: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
        asked: Mapping[str, Job] | None = None,
    ) -> None:
        self._jobs = jobs
        self._intervals = intervals
        self._store = store
        self._now = now
        self._clock = clock
        self._asked = asked or {}
        self._offset_s = now() - clock()
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
            await self.run(name, self._asked.get(name))

    def follow_clock(self) -> None:
        """To be called every now and then: where the wall clock has stepped, what is due moves with it."""
        step_s = self._now() - self._clock() - self._offset_s
        if abs(step_s) < STEP_S:
            return
        self._offset_s += step_s
        self._log.warning("the clock was set: jobs keep their intervals", by_s=round(step_s, 1))
        for job in self._scheduler.get_jobs():
            if job.next_run_time is not None:
                job.modify(next_run_time=job.next_run_time + timedelta(seconds=step_s))

    async def run(self, name: str, instead: Job | None = None) -> None:
        """Run one job and record what came of it. Its failure is its outcome, and ends nothing else."""
        job = instead or self._jobs.get(name)
        if job is None:
            self._log.warning("a job was asked for that this version does not have", job=name)
            return
        async with self._running:
            if self._stopping:
                return
            started_at = self._now()
            try:
                change = await job(started_at)
            except (PointsmanError, Postponed) as e:  # it says in full what stands against it
                self._log.error("job failed", job=name, why=str(e))
                outcome, detail = "failed", {"error": str(e)}
            except Exception as e:  # noqa: BLE001 - the edge of a job
                self._log.exception("job failed", job=name)
                outcome, detail = "failed", {"error": f"{type(e).__name__}: {e}"}
            else:
                outcome, detail = _told(change)
            self._store.record(name, started_at, self._now(), outcome, detail)
            # A run that had nothing to change is no news, and there is one an hour of each job.
            if outcome == "unchanged" and detail:
                self._log.info("job", job=name, outcome=outcome, **detail)
            else:
                tell = self._log.debug if outcome == "unchanged" else self._log.info
                tell("job", job=name, outcome=outcome)


def _told(change: Mapping[str, Any] | Unchanged | None) -> tuple[str, dict[str, Any]]:
    """How a run that did not fail is recorded: its outcome, and the detail."""
    if isinstance(change, Unchanged):
        return "unchanged", dict(change.detail)
    return ("unchanged", {}) if change is None else ("changed", dict(change))


def next_run(last: Mapping[str, Any] | None, interval_s: float, now: float) -> float:
    """When a job is due, in seconds since the epoch: now where it never ran or a run was missed.

    Never later than an interval from now: its last run may be of a clock that was ahead.

    >>> next_run({"started_at": 100.0}, 60.0, 130.0), next_run({"started_at": 100.0}, 60.0, 500.0)
    (160.0, 500.0)
    """
    return now if last is None else min(max(now, float(last["started_at"]) + interval_s), now + interval_s)
