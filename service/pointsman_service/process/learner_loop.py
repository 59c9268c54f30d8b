"""The learner's process, apart from its wiring: read the log, learn, publish, save, run jobs.

A restart goes on from the last good checkpoint, also one amid a long catching up. Nothing here is needed to route:
without it, the last snapshot stays. Intervals are of a clock that only goes forward; the other one only dates.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from math import inf

from pointsman_learner.events import Event
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.snapshot import Snapshot

from pointsman_service.config.declared import Configured
from pointsman_service.config.sections import LearnerSection
from pointsman_service.errors import CorruptSnapshot, LogUnavailable, UnknownSnapshot
from pointsman_service.jobs.schedule import Schedule
from pointsman_service.observability.structured_log import structlog
from pointsman_service.ports import Checkpoints, Log, Logged, Reads, SnapshotRecord, SnapshotStore, Unreadable
from pointsman_service.process.base import kept_base
from pointsman_service.process.catching_up import Progress
from pointsman_service.process.fold import Fold, Mark, settings_key
from pointsman_service.process.supervised import all_running

SLICE = 20  # events between two looks at the clock
LAST_S = 0.3  # for events that are still taken when told to stop; the others are taken at the next start
JOBS_END_S = 1.0  # for a job under way when told to stop; what it has not done yet, its next run does
AGAIN_S = 0.5  # before the log is tried again that could not be used
BEHIND_PUBLISH_S = 5.0
"""Between two snapshots while catching up: one takes some .1 s, and the next makes it old."""
REQUESTS_S = 0.5  # between two looks for jobs that operators asked for

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


def starting_mark(checkpoints: Checkpoints, settings: LearnerSettings, log: Reads) -> Mark | None:
    """Where to go on: the newest checkpoint of these settings; else where the kept log begins, None for empty.

    A checkpoint that lacks an event which could not be read then, and can be now, is none to go on from: a newer
    version wrote it, say, and this is that version again.
    """
    newest = checkpoints.latest()
    if newest is not None:
        with suppress(ValueError):  # of another format: fold anew
            mark = Mark.from_bytes(newest[0])
            if mark.settings == settings_key(settings) and not any(_can_be_read(log, at) for at in mark.unread):
                return mark
        _log.warning("settings, format or readable events changed: folding the log anew", position=newest[1])
    return kept_base(checkpoints, settings)


def _can_be_read(log: Reads, position: int) -> bool:
    return any(e.position == position and not isinstance(e.event, Unreadable) for e in log.read(position - 1, 1))


def newest_readable(snapshots: SnapshotStore, among: int = 20) -> SnapshotRecord | None:
    """The newest stored snapshot that this version can decide by, None where there is none."""
    for record in snapshots.list(among):
        with suppress(CorruptSnapshot, UnknownSnapshot, ValueError):
            Snapshot.from_bytes(snapshots.load(record.version), record.version)
            return record
    return None


class LearnerLoop:
    """One learner over one log. now: seconds since the epoch; clock: monotonic seconds.

    on_position: told how far it has learnt, and how many events were set aside.
    """

    def __init__(  # noqa: PLR0917 - its storage, its settings, its clocks
        self,
        log: Log,
        snapshots: SnapshotStore,
        checkpoints: Checkpoints,
        settings: LearnerSection,
        now: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
        on_position: Callable[[int, int], None] = lambda _position, _skipped: None,
    ) -> None:
        self._log = log
        self._snapshots = snapshots
        self._checkpoints = checkpoints
        self._settings = settings
        self._now = now
        self._clock = clock
        self._on_position = on_position
        self.reading = asyncio.Lock()  # held by a job that reads what was learnt: nothing is learnt meanwhile
        start = starting_mark(checkpoints, settings.policy, log)
        origin = partial(kept_base, checkpoints, settings.policy)
        self.fold = Fold(log, settings.policy, start, _tell_poison, origin)
        self._saved = self.fold.position
        self._saved_at = clock()
        self._published = self._published_until()
        self._published_at = -inf
        self._publish_s = settings.publish_interval_s
        self._troubled = False
        self._tell_position()

    async def differences(self, configured: Configured) -> Sequence[Event]:
        """What the configuration says and the log does not yet. Catches up first."""
        await self.catch_up(asyncio.Event())
        return list(self.fold.declared.differences(configured, self._now()))

    async def catch_up(self, stop: asyncio.Event) -> None:
        """Learn what the log has now, however long that takes; publish and save meanwhile. Ends soon once stopped."""
        end = await self._log.end()
        progress = Progress(self.fold.position, end, self._clock())
        self._publish_s, self._published_at = max(BEHIND_PUBLISH_S, self._settings.publish_interval_s), self._clock()
        while self.fold.position < end and not stop.is_set():
            more = self._try_step()
            if more is False:
                break  # the last events of the log are gone: retention removed them
            progress.tell(self.fold.position, self._clock())
            await _pause(stop, 0.0 if more else AGAIN_S)
        self._publish_s, self._published_at = self._settings.publish_interval_s, -inf

    async def run(self, stop: asyncio.Event, schedule: Schedule) -> None:
        """Learn until told to stop; then publish and save what is not yet."""
        async with all_running({"requested jobs": lambda: self._follow_requests(schedule)}):
            while not stop.is_set():
                more = False if self.reading.locked() else self._try_step()
                if self.fold.position < self._published:
                    await self._fold_again(stop)
                await _pause(stop, 0.0 if more else AGAIN_S if more is None else self._settings.poll_interval_s)
            try:
                await asyncio.wait_for(schedule.stop(), JOBS_END_S)
            except TimeoutError:
                _log.warning("a job is still running: its next run does what is left of it")
            self.finish()

    async def _fold_again(self, stop: asyncio.Event) -> None:
        """Learn anew what was published already: something of it was forgotten. Meanwhile no job reads what is half."""
        _log.info("folding the log anew, without what was forgotten", position=self.fold.position)
        async with self.reading:
            while self.fold.position < self._published and not stop.is_set():
                more = self._try_step()
                if more is False:
                    break  # the last events of the log are gone: retention removed them
                await _pause(stop, 0.0 if more else AGAIN_S)

    def finish(self) -> None:
        """Learn what little time allows, then publish and save. Not while a job reads what was learnt.

        What is neither published nor saved then, the next start learns again.
        """
        if self.reading.locked():
            return
        give_up = self._clock() + LAST_S
        while self._clock() < give_up and self.fold.advance(SLICE):
            pass
        self.publish()
        self.save()

    def step(self) -> bool:
        """Apply a slice of new events; publish and save where it is time. Whether there may be more."""
        taken = self.fold.advance(SLICE)
        self._tell_position()
        now = self._clock()
        if now - self._published_at >= self._publish_s:
            self.publish()
        if now - self._saved_at >= self._settings.checkpoint_interval_s:
            self.save()
        return taken == SLICE

    def publish(self) -> None:
        """Store a snapshot where something was learnt since the last one; never one older than what is stored."""
        if self.fold.position > self._published:
            payload = self.fold.learner.snapshot().to_bytes()
            record = self._snapshots.put(payload, self.fold.position, self._now())
            self._published, self._published_at = self.fold.position, self._clock()
            _log.debug("published", version=record.version, position=record.position)

    def save(self) -> None:
        """Store a checkpoint where something was learnt since the last one."""
        self._saved_at = self._clock()
        if self.fold.position > self._saved:
            mark = self.fold.mark()
            self._checkpoints.put(mark.to_bytes(), mark.position, self._now())
            self._saved = mark.position

    def _published_until(self) -> int:
        """The position beyond which this fold knows more than what routers decide by.

        What no router can read does not count: meanwhile half of what was learnt is better than nothing. What was
        learnt under other settings is replaced as soon as this fold has come as far.
        """
        newest = newest_readable(self._snapshots)
        if newest is None:
            return -1
        return newest.position - 1 if self.fold.position < newest.position else newest.position

    def _tell_position(self) -> None:
        self._on_position(self.fold.position, len(self.fold.skipped))

    async def _follow_requests(self, schedule: Schedule) -> None:
        """Run what operators ask for, and follow the clock. Does not end by itself."""
        while True:
            schedule.follow_clock()
            try:
                await schedule.run_requested()
            except LogUnavailable as e:
                _log.warning("the log cannot be asked for requested jobs now, trying again", why=str(e))
            await asyncio.sleep(REQUESTS_S)

    def _try_step(self) -> bool | None:
        """As `step`; None where the log cannot be used now: what was learnt is kept, and stored later."""
        try:
            more = self.step()
        except LogUnavailable as e:
            if not self._troubled:  # one line for all tries
                _log.warning("the log cannot be used now, trying again", why=str(e))
            self._troubled = True
            return None
        self._troubled = False
        return more


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but no longer than until told to stop; others have their turn in any case."""
    if seconds <= 0.0:
        await asyncio.sleep(0)
        return
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def _tell_poison(logged: Logged, why: str) -> None:
    _log.error(
        "an event cannot be learnt from, it is set aside", position=logged.position, kind=logged.event.kind, why=why
    )
