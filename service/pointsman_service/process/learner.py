"""The learner as a process of its own: `python -m pointsman_service.process.learner`, its settings on stdin."""

from __future__ import annotations

import asyncio
import fcntl
import time
from collections.abc import Callable, Mapping
from typing import TextIO

import structlog

from pointsman_service.adapters.sqlite_retention import Pruned
from pointsman_service.adapters.sqlite_storage import Storage
from pointsman_service.config.sections import Settings
from pointsman_service.domain.operations import EpisodeQuery, PageRequest, StatsQuery
from pointsman_service.jobs.learner_jobs import learner_jobs
from pointsman_service.jobs.prune import prune_job
from pointsman_service.jobs.schedule import Job, Schedule
from pointsman_service.ports import Overtaken
from pointsman_service.process.child import run_child, tell_parent
from pointsman_service.process.declaring import checked
from pointsman_service.process.learner_loop import LearnerLoop
from pointsman_service.process.opening import rules, storage_of

READY = "learning"
LOCK_S = 0.2  # between two tries for the folder's lock

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


async def learn(settings: Settings, stop: asyncio.Event) -> None:
    """Learn from the log in the settings' folder until told to stop. Waits while another learner has the folder."""
    storage = storage_of(settings)
    with (settings.storage.folder / "learner.lock").open("w") as lock:
        if await _alone(lock, stop):
            await _learn_alone(settings, storage, stop)
    await storage.close()


async def _learn_alone(settings: Settings, storage: Storage, stop: asyncio.Event) -> None:
    loop = LearnerLoop(storage.log, storage.snapshots, storage.checkpoints, settings.learner, time.time)
    told = await tell(loop, storage)
    _log.info("learning", position=loop.fold.position, declared=told, skipped=len(loop.fold.skipped))
    schedule = Schedule(jobs_of(settings, storage, loop), settings.jobs.intervals(), storage.jobs, time.time)
    schedule.start()
    tell_parent(READY)
    await loop.run(stop, schedule)


async def tell(loop: LearnerLoop, storage: Storage) -> int:
    """Tell the log what no change told it: other prices or embeddings of an upgrade. How many events.

    An operator who changes something meanwhile is quicker, and it is looked at again.
    """
    checks = rules()
    while True:
        now = checked(checks, storage.configuration.read())
        events = await loop.differences(checks.configured(now))
        try:
            await storage.configuration.teach(events, now.layers.version)
        except Overtaken:
            continue
        return len(events)


def jobs_of(settings: Settings, storage: Storage, loop: LearnerLoop) -> Mapping[str, Job]:
    """Every job by its name."""
    prune = prune_job(loop.save, _prune(storage), settings.storage.retention_days)
    return {**learner_jobs(lambda: loop.fold.learner, storage.log, storage.stats), "prune": prune}


def _prune(storage: Storage) -> Callable[[float, float], Pruned]:
    def prune(before: float, now: float) -> Pruned:
        if storage.stats.stats(StatsQuery(EpisodeQuery(end=before)), PageRequest(1)).total.episodes == 0:
            # Pruning moves the point from which state can be proved, so a log with nothing old in it stays whole.
            storage.ledger.prune(now)
            return Pruned(0, 0)
        return storage.prune(before, now)

    return prune


async def _alone(lock: TextIO, stop: asyncio.Event) -> bool:
    """Hold the folder's lock. False where told to stop first."""
    while not stop.is_set():
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            try:
                await asyncio.wait_for(stop.wait(), LOCK_S)
            except TimeoutError:
                continue
        else:
            return True
    return False


if __name__ == "__main__":
    run_child(learn)
