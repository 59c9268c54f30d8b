"""A long catching up is saved as it goes, ends when told to, and never replaces what routers decide by with less."""

import asyncio
import json
import sqlite3

import pytest
import structlog
from pointsman_learner.events import BudgetPut
from pointsman_learner.snapshot import Snapshot
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.config.sections import LearnerSection
from pointsman_service.process.learner_loop import BEHIND_PUBLISH_S, SLICE, LearnerLoop, starting_mark
from pointsman_service.process.verify import verify

EVENTS = 500


@pytest.fixture
def storage(tmp_path):
    """A log that a learner has never read."""
    opened = open_storage(tmp_path, StorageSettings(synchronous="normal"))
    for k in range(EVENTS):
        opened.log.append_blocking(BudgetPut(float(k), "t", 1.0 + k % 7))
    yield opened
    opened.close_blocking()


class Ticking:
    """A clock on which every look takes a while, so that a short fold is a long one."""

    def __init__(self, step_s):
        self.now, self.step_s = 1000.0, step_s

    def __call__(self):
        self.now += self.step_s
        return self.now


class Counting:
    """The log, and how many events were read of it."""

    def __init__(self, log):
        self.log, self.taken = log, 0

    def read(self, after, limit=1000):
        page = self.log.read(after, limit)
        self.taken += len(page)
        return page

    async def append(self, event):
        return await self.log.append(event)

    async def end(self):
        return await self.log.end()


def loop_over(storage, clock, log=None, **settings):
    """A loop as the process makes it, on a clock of its own."""
    section = LearnerSection(poll_interval_s=0.001, **settings)
    stores = (storage.snapshots, storage.checkpoints)
    return LearnerLoop(log or storage.log, *stores, section, lambda: 5.0, clock)


async def killed_amid(loop, after):
    """The process dies once so many events were learnt: nothing more is done."""
    step, task = loop.step, asyncio.create_task(loop.catch_up(asyncio.Event()))

    def counted():
        more = step()
        if loop.fold.position >= after:
            task.cancel()
        return more

    loop.step = counted
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_after_a_kill_amid_a_refold_the_next_start_goes_on_where_it_was(storage):
    """What is folded again is what came since the last checkpoint, whatever the log's length."""
    await killed_amid(loop_over(storage, Ticking(1.0), checkpoint_interval_s=10.0), after=400)
    saved = storage.checkpoints.latest()[1]
    assert 400 - 10 * SLICE <= saved <= 400 + SLICE
    log = Counting(storage.log)
    again = loop_over(storage, Ticking(0.0), log)
    await again.catch_up(asyncio.Event())
    assert log.taken == EVENTS - saved
    again.save()
    assert verify(storage.log, storage.checkpoints, LearnerSection().policy).holds


async def test_a_stop_amid_a_refold_ends_it_within_a_slice_and_saves(storage):
    """Not after the rest of the log."""
    loop, stop = loop_over(storage, Ticking(0.1)), asyncio.Event()
    step = loop.step

    def counted():
        more = step()
        if loop.fold.position >= 100:
            stop.set()
        return more

    loop.step = counted
    await loop.catch_up(stop)
    assert loop.fold.position == 100
    loop.finish()
    assert storage.checkpoints.latest()[1] <= 100 + 4 * SLICE  # a few more fit into the last moment
    assert loop_over(storage, Ticking(0.0)).fold.position == loop.fold.position


async def test_half_of_a_refold_is_published_where_routers_have_nothing(storage):
    """Better than prices alone."""
    await killed_amid(loop_over(storage, Ticking(BEHIND_PUBLISH_S)), after=300)
    newest = storage.snapshots.list(1)[0]
    assert 0 < newest.position <= 320
    assert Snapshot.from_bytes(storage.snapshots.load(newest.version), newest.version)


async def test_half_of_a_refold_does_not_replace_what_knows_more(storage):
    """Under other settings the log is folded anew; the old snapshot decides until the new fold has come as far."""
    first = loop_over(storage, Ticking(0.0))
    await first.catch_up(asyncio.Event())
    first.finish()
    before = storage.snapshots.active_version()
    other = {"policy": {"default_cost_weight": 7.0}}
    await killed_amid(loop_over(storage, Ticking(BEHIND_PUBLISH_S), **other), after=300)
    assert storage.snapshots.active_version() == before
    rest = loop_over(storage, Ticking(0.0), **other)
    await rest.catch_up(asyncio.Event())
    rest.finish()
    assert storage.snapshots.active_version() == before + 1
    assert storage.snapshots.list(1)[0].position == EVENTS


async def test_a_snapshot_that_nobody_can_read_does_not_count(storage):
    """After an upgrade the old ones are of another format: routers decide by prices alone until there is a new one."""
    storage.snapshots.put(b"of another format", EVENTS, 1.0)
    await killed_amid(loop_over(storage, Ticking(BEHIND_PUBLISH_S)), after=300)
    assert 0 < storage.snapshots.list(1)[0].position <= 320


async def test_a_log_whose_last_events_are_gone_is_caught_up_with(storage):
    """Positions are never used again, so the last one of the log may be missing."""
    with sqlite3.connect(storage.path) as db:
        db.execute("DELETE FROM events WHERE position > ?", (EVENTS - 50,))
    loop = loop_over(storage, Ticking(0.0))
    await asyncio.wait_for(loop.catch_up(asyncio.Event()), 20)
    assert loop.fold.position == EVENTS - 50


async def test_a_long_catching_up_tells_how_far_it_is(storage):
    """And a short one tells nothing."""
    with structlog.testing.capture_logs() as lines:
        await loop_over(storage, Ticking(0.0)).catch_up(asyncio.Event())
    assert [line for line in lines if line["event"] == "catching up"] == []
    with structlog.testing.capture_logs() as lines:
        await loop_over(storage, Ticking(1.0)).catch_up(asyncio.Event())
    told = [line for line in lines if line["event"] == "catching up"]
    assert 2 <= len(told) <= 12
    assert [line["position"] for line in told] == sorted(line["position"] for line in told)
    assert {line["end"] for line in told} == {EVENTS}


async def test_what_could_not_be_read_is_learnt_once_it_can_be(storage):
    """A newer version wrote it, and is back; or a row was mended. Until then the proof holds without it."""
    with sqlite3.connect(storage.path) as db:
        whole = db.execute("SELECT payload FROM events WHERE position = 10").fetchone()[0]
        db.execute("UPDATE events SET payload = ? WHERE position = 10", (json.dumps({"kind": "omen"}),))
    loop = loop_over(storage, Ticking(0.0))
    await loop.catch_up(asyncio.Event())
    loop.finish()
    assert (loop.fold.position, loop.fold.skipped) == (EVENTS, (10,))
    policy = LearnerSection().policy
    assert verify(storage.log, storage.checkpoints, policy).holds
    assert starting_mark(storage.checkpoints, policy, storage.log).position == EVENTS
    with sqlite3.connect(storage.path) as db:
        db.execute("UPDATE events SET payload = ? WHERE position = 10", (whole,))
    assert starting_mark(storage.checkpoints, policy, storage.log) is None


async def test_the_clock_may_go_back_while_it_learns(storage):
    """Snapshots and checkpoints come at their intervals by a clock that only goes forward; the other one dates them."""
    wall, mono = iter(range(10**9, 0, -3600)), Ticking(1.0)
    section = LearnerSection(publish_interval_s=1.0, checkpoint_interval_s=5.0)
    loop = LearnerLoop(storage.log, storage.snapshots, storage.checkpoints, section, lambda: float(next(wall)), mono)
    for _ in range(10):
        loop.step()
    assert len(storage.snapshots.list()) >= 4
    assert storage.checkpoints.latest()[1] >= 5 * SLICE
