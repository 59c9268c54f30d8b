"""The learner's process, apart from its wiring: read the log, learn, publish, save, run jobs.

A restart goes on from the last good checkpoint. Nothing here is needed to route: without it, the last snapshot stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog
from pointsman_learner.events import Event
from pointsman_learner.settings import LearnerSettings

from pointsman_service.config.declared import Configured
from pointsman_service.config.sections import LearnerSection
from pointsman_service.errors import LogUnavailable
from pointsman_service.jobs.schedule import Schedule
from pointsman_service.ports import Checkpoints, Log, Logged, SnapshotStore
from pointsman_service.process.fold import Fold, Mark, settings_key

SLICE = 20  # events between two looks at the clock
LAST_SLICE = 200  # events that are still taken when told to stop; the others are taken at the next start
REQUESTS_S = 0.5  # between two looks for jobs that operators asked for

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


def starting_mark(checkpoints: Checkpoints, settings: LearnerSettings) -> Mark | None:
    """Where to go on: the newest checkpoint of these settings; else where the kept log begins, None for empty."""
    newest = checkpoints.latest()
    if newest is not None:
        with suppress(ValueError):  # of another format: fold anew
            mark = Mark.from_bytes(newest[0])
            if mark.settings == settings_key(settings):
                return mark
        _log.warning("the learner's settings or format changed: folding the log anew", position=newest[1])
    return kept_base(checkpoints)


def kept_base(checkpoints: Checkpoints) -> Mark | None:
    """Where a fold of the kept log begins, None for empty. A base of another format is lost, but stops nothing."""
    base = checkpoints.base()
    if base is None:
        return None
    try:
        return Mark.from_bytes(base[0])
    except ValueError as e:
        _log.warning("what was learnt from pruned episodes is lost: folding what the log still has", why=str(e))
        return None


class LearnerLoop:
    """One learner over one log. now: seconds since the epoch."""

    def __init__(
        self,
        log: Log,
        snapshots: SnapshotStore,
        checkpoints: Checkpoints,
        settings: LearnerSection,
        now: Callable[[], float],
    ) -> None:
        self._log = log
        self._snapshots = snapshots
        self._checkpoints = checkpoints
        self._settings = settings
        self._now = now
        start = starting_mark(checkpoints, settings.policy)
        self.fold = Fold(log, settings.policy, start, _tell_poison)
        self._saved = self.fold.position
        self._saved_at = now()
        newest = snapshots.list(1)
        self._published = newest[0].position if newest else -1
        self._published_at = 0.0

    async def differences(self, configured: Configured) -> Sequence[Event]:
        """What the configuration says and the log does not yet. Catches up first."""
        end = await self._log.end()
        while self.fold.position < end:
            self.fold.advance(SLICE)
            await asyncio.sleep(0)  # a SIGTERM must get its turn in a long catching up
        return list(self.fold.declared.differences(configured, self._now()))

    async def run(self, stop: asyncio.Event, schedule: Schedule) -> None:
        """Learn until told to stop; then publish and save what is not yet."""
        requests_at = 0.0
        while not stop.is_set():
            more = self._try_step()
            if self._now() >= requests_at:
                requests_at = self._now() + REQUESTS_S
                await self._try_requests(schedule)
            if more:
                await asyncio.sleep(0)
            else:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._settings.poll_interval_s)
        await schedule.stop()
        self.fold.advance(LAST_SLICE)
        self.publish()
        self.save()

    def step(self) -> bool:
        """Apply a slice of new events; publish and save where it is time. Whether there may be more."""
        taken = self.fold.advance(SLICE)
        now = self._now()
        if now - self._published_at >= self._settings.publish_interval_s:
            self.publish()
        if now - self._saved_at >= self._settings.checkpoint_interval_s:
            self.save()
        return taken == SLICE

    def publish(self) -> None:
        """Store a snapshot where something was learnt since the last one; never one older than what is stored."""
        if self.fold.position > self._published:
            payload = self.fold.learner.snapshot().to_bytes()
            record = self._snapshots.put(payload, self.fold.position, self._now())
            self._published, self._published_at = self.fold.position, self._now()
            _log.debug("published", version=record.version, position=record.position)

    def save(self) -> None:
        """Store a checkpoint where something was learnt since the last one."""
        self._saved_at = self._now()
        if self.fold.position > self._saved:
            mark = self.fold.mark()
            self._checkpoints.put(mark.to_bytes(), mark.position, self._now())
            self._saved = mark.position

    async def _try_requests(self, schedule: Schedule) -> None:
        try:
            await schedule.run_requested()
        except LogUnavailable as e:
            _log.warning("the log cannot be asked for requested jobs now, trying again", why=str(e))

    def _try_step(self) -> bool:
        try:
            return self.step()
        except LogUnavailable as e:  # locked or full for now: what was learnt is kept, and stored later
            _log.warning("the log cannot be used now, trying again", why=str(e))
            return False


def _tell_poison(logged: Logged, error: Exception) -> None:
    why = f"{type(error).__name__}: {error}"
    _log.error("an event cannot be learnt from, skipping it", position=logged.position, kind=logged.event.kind, why=why)
