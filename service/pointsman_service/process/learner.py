"""The learner as a process of its own: `python -m pointsman_service.process.learner`, its settings on stdin."""

from __future__ import annotations

import asyncio
import fcntl
import time
from collections.abc import Mapping
from typing import TextIO

from pointsman_service.adapters.sqlite.storage import Storage
from pointsman_service.config.sections import Settings
from pointsman_service.jobs.clock_guard import ClockGuard
from pointsman_service.jobs.learner_jobs import learner_jobs
from pointsman_service.jobs.prune import prune_job
from pointsman_service.jobs.schedule import Job, Schedule
from pointsman_service.machine.parent_death import end_with_parent
from pointsman_service.observability.structured_log import structlog
from pointsman_service.ports import Overtaken
from pointsman_service.process.child import run_child, tell_parent
from pointsman_service.process.declaring import checked
from pointsman_service.process.heart import Heart
from pointsman_service.process.learner_loop import LearnerLoop
from pointsman_service.process.opening import rules, storage_of
from pointsman_service.process.supervised import all_running

READY = "learning"
LOOK_S = 1.0  # between two looks at the log
LOCK_S = 0.2  # between two tries for the folder's lock

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


async def learn(settings: Settings, stop: asyncio.Event, heart: Heart) -> None:
    """Learn from the log in the settings' folder until told to stop. Waits while another learner has the folder.

    heart: says how far it is, and what is wrong with the log.
    """
    storage = storage_of(settings, make=False)
    with (settings.storage.folder / "learner.lock").open("w") as lock:
        if await _alone(lock, stop):
            await _learn_alone(settings, storage, stop, heart)
    await storage.close()


async def _learn_alone(settings: Settings, storage: Storage, stop: asyncio.Event, heart: Heart) -> None:
    guard = ClockGuard(storage.clock_seen, time.time, time.monotonic)
    # The log is looked at while the learner works: what it says of it must not wait for that.
    async with all_running({"log look": lambda: _look(storage, heart, guard)}):
        await _learn_watched(settings, storage, (stop, heart, guard))


async def _look(storage: Storage, heart: Heart, guard: ClockGuard) -> None:
    """Say what is wrong with the file that a read of the learner's met, and follow the time. Does not end."""
    while True:
        trouble = await asyncio.to_thread(storage.condition.look)
        heart.facts["damaged"] = trouble.text if trouble is not None and trouble.reason == "corrupt" else None
        if trouble is None:
            await asyncio.to_thread(guard.watch)
        await asyncio.sleep(LOOK_S)


async def _learn_watched(settings: Settings, storage: Storage, around: tuple[asyncio.Event, Heart, ClockGuard]) -> None:
    stop, heart, guard = around

    def tell_position(position: int, skipped: int) -> None:
        heart.facts.update(position=position, set_aside=skipped)

    stores = (storage.log, storage.snapshots, storage.checkpoints)
    loop = LearnerLoop(*stores, settings.learner, time.time, on_position=tell_position)
    await loop.catch_up(stop)
    if stop.is_set():
        loop.finish()
        return
    told = await tell(loop, storage)
    _log.info("learning", position=loop.fold.position, declared=told, skipped=len(loop.fold.skipped))
    jobs, asked = jobs_of(settings, storage, loop, guard)
    schedule = Schedule(jobs, settings.jobs.intervals(), storage.jobs, time.time, asked=asked)
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


def jobs_of(
    settings: Settings, storage: Storage, loop: LearnerLoop, guard: ClockGuard
) -> tuple[Mapping[str, Job], Mapping[str, Job]]:
    """Every job by its name, and those that run otherwise where an operator asks for them."""
    days = settings.storage.retention_days
    prune = prune_job(loop.save, storage.prune, days, guard.check)
    confirmed = prune_job(loop.save, storage.prune, days, guard.believe)  # whoever asks for it, stands for the time
    own = learner_jobs(lambda: loop.fold.learner, storage.log, storage.stats, loop.reading)
    return {**own, "prune": prune}, {"prune": confirmed}


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
    end_with_parent()  # it holds the folder's lock, and all that it would still save can be learnt again
    run_child(learn)
