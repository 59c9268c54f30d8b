"""The learner as a process of its own: `python -m pointsman_service.learner_process`, its settings on stdin."""

from __future__ import annotations

import asyncio
import fcntl
import time
from collections.abc import Mapping
from typing import TextIO

import structlog

from pointsman_service.adapters.embedder_wordllama import WordLlamaEmbedder
from pointsman_service.adapters.operator_changes import OperatorFile
from pointsman_service.adapters.prices import PriceBook
from pointsman_service.adapters.sqlite_storage import Storage
from pointsman_service.child_process import run_child
from pointsman_service.config_sections import Settings
from pointsman_service.jobs.learner_jobs import learner_jobs
from pointsman_service.jobs.prune import prune_job
from pointsman_service.jobs.schedule import Job, Schedule
from pointsman_service.learner_loop import Configured, LearnerLoop
from pointsman_service.taxonomy_file import placed_nodes, read_taxonomy
from pointsman_service.wiring import budgets_of, priced_models, storage_of

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
    told = await loop.declare(configured(settings))
    _log.info("learning", position=loop.fold.position, declared=told, skipped=len(loop.fold.skipped))
    schedule = Schedule(jobs_of(settings, storage, loop), settings.jobs.intervals(), storage.jobs, time.time)
    schedule.start()
    print(READY, flush=True)  # noqa: T201 - the supervisor reads it
    try:
        await loop.run(stop, schedule)
    finally:
        schedule.stop()


def configured(settings: Settings) -> Configured:
    """What the configuration declares, with what operators changed on top."""
    changes = OperatorFile(settings.storage.folder).read()
    models = {m.name: m for m in priced_models(settings, PriceBook())} | dict(changes.models)
    entries = read_taxonomy(settings.learner.taxonomy)
    return Configured(
        models=[m.as_learner_model() for m in models.values()],
        budgets={**budgets_of(settings), **changes.budgets},
        nodes=placed_nodes(entries, WordLlamaEmbedder()),
    )


def jobs_of(settings: Settings, storage: Storage, loop: LearnerLoop) -> Mapping[str, Job]:
    """Every job by its name."""
    prune = prune_job(loop.save, storage.prune, settings.storage.retention_days)
    return {**learner_jobs(lambda: loop.fold.learner, storage.log), "prune": prune}


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
