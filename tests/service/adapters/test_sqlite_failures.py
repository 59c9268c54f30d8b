"""Trouble with the file while the service runs: each kind is named, nothing is half-written, and it passes."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import contextmanager

import pytest
from pointsman_learner.events import BudgetPut
from pointsman_service.adapters.sqlite.connection import Database
from pointsman_service.adapters.sqlite.log import SqliteEventLog
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.adapters.sqlite.writer import GroupCommit
from pointsman_service.errors import LogUnavailable
from pointsman_service.ports import NewEpisode, Unreadable


@pytest.fixture(params=["full", "normal"])
async def storage(tmp_path, request):
    """Open storage that waits a twentieth of a second for a lock; a thread commits ("full") or the event loop does."""
    settings = StorageSettings(busy_timeout_s=0.05, queue_limit=20, synchronous=request.param)
    storage = open_storage(tmp_path, settings)
    yield storage
    await storage.close()


@contextmanager
def locked(path):
    """Another process's endless write."""
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


def rows(path, table):
    """How many rows a table has."""
    with sqlite3.connect(path) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def damage(path, table):
    """Overwrite the first page of a table."""
    with sqlite3.connect(path) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


async def test_a_lock_held_beyond_the_timeout_fails_the_append_and_passes(storage, an_episode):
    """The caller may retry, and then it works."""
    with locked(storage.path), pytest.raises(LogUnavailable) as e:
        await storage.log.append_episode(NewEpisode(an_episode()))
    assert e.value.facts["reason"] == "locked"
    assert rows(storage.path, "episodes") == 0
    assert await storage.log.append_episode(NewEpisode(an_episode())) == 1


async def test_a_batch_that_fails_fails_each_of_its_appends(storage, an_episode):
    """Nobody is left waiting, and each has an error of its own."""
    with locked(storage.path):
        results = await asyncio.gather(
            *(storage.log.append_episode(NewEpisode(an_episode(f"e{i}"))) for i in range(10)), return_exceptions=True
        )
    assert all(isinstance(r, LogUnavailable) for r in results)
    assert len({id(r) for r in results}) == 10
    assert rows(storage.path, "events") == 0


async def test_every_store_names_the_lock(storage):
    """Snapshots, checkpoints, jobs and ceilings meet the same lock with the same error."""
    with locked(storage.path):
        for write in (
            lambda: storage.snapshots.put(b"x", 1, 1.0),
            lambda: storage.checkpoints.put(b"x", 1, 1.0),
            lambda: storage.jobs.record("prune", 1.0, 2.0, "changed", {}),
            lambda: storage.jobs.request("prune", 1.0),
        ):
            with pytest.raises(LogUnavailable, match="locked"):
                write()
    assert storage.snapshots.list() == []
    assert storage.snapshots.put(b"x", 1, 1.0).version == 1


async def test_more_waiting_writes_than_the_queue_holds_are_refused_at_once(storage, an_episode):
    """Back-pressure: a long queue would only turn every caller's deadline into an error."""
    with locked(storage.path):
        waiting = [
            asyncio.ensure_future(storage.log.append_episode(NewEpisode(an_episode(f"e{i}")))) for i in range(50)
        ]
        results = await asyncio.gather(*waiting, return_exceptions=True)
    reasons = [r.facts["reason"] for r in results]
    assert set(reasons) == {"locked", "queue_full"}
    assert reasons.count("queue_full") >= 50 - 2 * 20
    assert await storage.log.append_episode(NewEpisode(an_episode())) == 1


async def test_a_full_disk_fails_the_append_whole_and_keeps_what_was_there(storage, an_episode):
    """A page limit stands in for the disk's; when there is room again, appends go on."""
    await storage.log.append_episode(NewEpisode(an_episode("first")))
    writer = storage.log._writer._connection
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LogUnavailable) as e:
        await storage.log.append_episode(NewEpisode(an_episode("big"), prompt="x" * 200_000))
    assert e.value.facts["reason"] == "full"
    assert [rows(storage.path, t) for t in ("events", "episodes", "texts")] == [1, 1, 1]
    assert (await storage.log.episode("first", "acme")).position == 1
    writer.execute("PRAGMA max_page_count = 1000000")
    assert await storage.log.append_episode(NewEpisode(an_episode("big"), prompt="x" * 200_000)) == 2


async def test_a_read_only_file_fails_appends_and_serves_reads(storage, an_episode):
    """What was logged can still be read."""
    await storage.log.append_episode(NewEpisode(an_episode()))
    database = Database(storage.path, read_only=True)
    log = SqliteEventLog(database, GroupCommit(database))
    with pytest.raises(LogUnavailable) as e:
        await log.append_episode(NewEpisode(an_episode("e2")))
    assert e.value.facts["reason"] == "read_only"
    assert (await log.episode("e1", "acme")).position == 1
    await log.close()


async def test_a_damaged_file_is_named_as_such(tmp_path, an_episode):
    """Pages were overwritten while the service was down."""
    storage = open_storage(tmp_path)
    for i in range(200):
        await storage.log.append_episode(NewEpisode(an_episode(f"e{i}")))
    await storage.close()
    damage(storage.path, "events")
    storage = open_storage(tmp_path)
    with pytest.raises(LogUnavailable) as e:
        storage.log.read(0)
    assert e.value.facts["reason"] == "corrupt"
    with pytest.raises(LogUnavailable, match="corrupt"):
        await storage.log.append_episode(NewEpisode(an_episode("new")))
    await storage.close()


async def test_one_bad_piece_of_work_does_not_take_its_batch_with_it(storage, an_episode):
    """A value that SQLite cannot take, or a bug, is its own caller's error; the others are written."""

    def half_written(connection):
        connection.execute("INSERT INTO events (kind, at, payload) VALUES ('budget', 1.0, '{}')")
        raise ZeroDivisionError

    def breaks_a_rule(connection):
        connection.execute("INSERT INTO events (kind, at, payload) VALUES ('budget', 1.0, NULL)")

    results = await asyncio.gather(
        storage.log.append_episode(NewEpisode(an_episode("before"))),
        storage.log._writer.run(half_written),
        storage.log._writer.run(breaks_a_rule),
        storage.log.append_episode(NewEpisode(an_episode("after"))),
        return_exceptions=True,
    )
    assert [type(r) for r in results] == [int, ZeroDivisionError, sqlite3.IntegrityError, int]
    assert [x.event.episode_id for x in storage.log.read(0)] == ["before", "after"]


async def test_a_number_that_is_none_is_refused_before_it_reaches_the_log(storage, an_episode):
    """NaN is no JSON: the log would be unreadable for everybody but Python."""
    with pytest.raises(ValueError, match="EpisodeRecorded"):
        await storage.log.append_episode(NewEpisode(an_episode(believed=float("nan"))))
    assert await storage.log.end() == 0


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b'{"kind":"omen"}', "newer version"),
        (b'{"kind":"budget"}', "newer version"),
        (b"{", "damaged"),
        (b"\xff\xfe", "damaged"),
        (b'{"kind":"budget","at":0.5,"tenant":"\xff","usd_per_thousand":3.0}', "damaged"),
    ],
)
async def test_an_event_that_cannot_be_read_is_told_at_its_place_and_those_after_it_are_read(storage, payload, why):
    """Whatever is wrong with it: learning must not end at one row."""
    await storage.log.append(BudgetPut(1.0, "acme", None))
    with sqlite3.connect(storage.path) as connection:
        connection.execute("INSERT INTO events (kind, at, payload) VALUES ('omen', 1.0, CAST(? AS TEXT))", (payload,))
    await storage.log.append(BudgetPut(2.0, "acme", None))
    before, unreadable, after = storage.log.read(0)
    assert (before.event.at, after.event.at) == (1.0, 2.0)
    assert isinstance(unreadable.event, Unreadable)
    assert why in unreadable.event.why


async def test_feedback_on_an_episode_that_cannot_be_read_cannot_be_read_either(storage, an_episode, a_feedback):
    """It would teach something else than it says."""
    await storage.log.append_episode(NewEpisode(an_episode()))
    await storage.log.append_feedback(a_feedback())
    with sqlite3.connect(storage.path) as connection:
        connection.execute("UPDATE events SET payload = '{' WHERE position = 1")
    assert [type(e.event) for e in storage.log.read(0)] == [Unreadable, Unreadable]


async def test_a_lost_snapshot_folder_is_named(storage, tmp_path):
    """The payload has nowhere to go, so the index does not name it."""
    shutil.rmtree(tmp_path / "snapshots")
    with pytest.raises(LogUnavailable, match="snapshots"):
        storage.snapshots.put(b"x", 1, 1.0)
    assert storage.snapshots.active_version() is None
