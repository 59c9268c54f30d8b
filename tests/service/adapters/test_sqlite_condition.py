"""What was removed, replaced or damaged under a running service is noticed before anything is acknowledged into it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from pointsman_service.adapters.sqlite import condition as sqlite_condition
from pointsman_service.adapters.sqlite import room as sqlite_room
from pointsman_service.adapters.sqlite.condition import SqliteCondition
from pointsman_service.adapters.sqlite.storage import StorageSettings, check_file, open_storage
from pointsman_service.errors import ConfigurationError, LogUnavailable
from pointsman_service.ports import NewEpisode

SETTINGS = StorageSettings(busy_timeout_s=0.05)


@pytest.fixture(params=["full", "normal"])
async def storage(tmp_path, request):
    """Open storage in a folder of its own; a thread commits ("full") or the event loop does."""
    storage = open_storage(tmp_path / "data", StorageSettings(busy_timeout_s=0.05, synchronous=request.param))
    yield storage
    await storage.close()


async def append(storage, an_episode, name):
    """An episode of this name."""
    return await storage.log.append_episode(NewEpisode(an_episode(name)))


def wal_of(path):
    """The WAL of a database."""
    return path.with_name(f"{path.name}-wal")


def remove_folder(path):
    """As `mv data away` does it."""
    path.parent.rename(path.parent.with_name("away"))


def remove_wal(path):
    """The WAL alone."""
    wal_of(path).rename(path.parent.with_name("wal-away"))


def put_another_file(path):
    """A copy: equal, and not the one that is open."""
    path.rename(path.with_name("old.db"))
    shutil.copy(path.with_name("old.db"), path)


def put_another_wal(path):
    """An empty one."""
    remove_wal(path)
    wal_of(path).write_bytes(b"")


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (remove_folder, "removed"),
        (remove_wal, "removed"),
        (put_another_file, "replaced"),
        (put_another_wal, "replaced"),
        (lambda path: path.unlink(), "removed"),
    ],
)
async def test_nothing_is_acknowledged_into_a_file_that_nobody_can_find(storage, an_episode, harm, reason):
    """The very next append fails, and every store's write; and looking finds it without any write."""
    await append(storage, an_episode, "before")
    harm(storage.path)
    with pytest.raises(LogUnavailable, match=str(storage.path)) as e:
        await append(storage, an_episode, "after")
    assert e.value.facts["reason"] == reason
    for write in (lambda: storage.jobs.request("prune", 1.0), lambda: storage.checkpoints.put(b"x", 1, 1.0)):
        with pytest.raises(LogUnavailable) as e:
            write()
        assert e.value.facts["reason"] in (reason, "io")
    assert storage.condition.trouble.reason == reason


@pytest.mark.parametrize("harm", [remove_folder, remove_wal, put_another_file])
async def test_looking_finds_it_while_nobody_writes(storage, an_episode, harm):
    """So an idle service tells it, too."""
    await append(storage, an_episode, "before")
    assert storage.condition.look() is None
    harm(storage.path)
    assert storage.condition.look() is not None


async def test_a_folder_that_is_put_back_is_the_old_one(storage, an_episode):
    """Then the log goes on by itself, with all that was acknowledged and nothing that was not."""
    await append(storage, an_episode, "before")
    remove_folder(storage.path)
    with pytest.raises(LogUnavailable):
        await append(storage, an_episode, "lost")
    storage.path.parent.with_name("away").rename(storage.path.parent)
    assert storage.condition.look() is None
    await append(storage, an_episode, "after")
    assert storage.condition.trouble is None


async def test_a_folder_that_is_gone_is_not_made_anew_by_what_starts_beside(storage, an_episode):
    """A worker or learner that is started again would else serve from an empty log, and nobody would notice."""
    await append(storage, an_episode, "before")
    remove_folder(storage.path)
    with pytest.raises(ConfigurationError, match="cannot_open"):
        open_storage(storage.path.parent, StorageSettings(make=False))
    assert not storage.path.parent.exists()


async def test_damage_that_a_read_meets_refuses_appends_until_the_file_is_whole(storage, an_episode, monkeypatch):
    """SQLite would still take them, but a restored backup would lack them."""
    monkeypatch.setattr(sqlite_condition, "CHECK_EVERY_S", 0.0)
    await append(storage, an_episode, "before")
    storage.condition._database.met.reading(_damaged())
    with pytest.raises(LogUnavailable, match="restore a backup") as e:
        await append(storage, an_episode, "after")
    assert e.value.facts["reason"] == "corrupt"
    assert storage.condition.look() is None  # the whole file was read, and nothing is wrong with it
    await append(storage, an_episode, "after")


async def test_a_damaged_file_stays_out_of_service(storage, an_episode, monkeypatch):
    """Looking again finds the same."""
    monkeypatch.setattr(sqlite_condition, "CHECK_EVERY_S", 0.0)
    for i in range(20):
        await append(storage, an_episode, f"e{i}")
    storage.checkpointer.checkpoint()
    overwrite_last_pages(storage.path)
    storage.condition._database.met.reading(_damaged())
    assert storage.condition.look().reason == "corrupt"
    assert storage.condition.look().reason == "corrupt"


async def test_a_full_disk_is_over_when_there_is_room_and_a_write_succeeds(storage, an_episode, monkeypatch):
    """Not at the first small write that still fits."""
    room = [0]
    monkeypatch.setattr(sqlite_room, "free_bytes", lambda _path: room[0])
    pages = storage.log._writer._connection.execute("PRAGMA page_count").fetchone()[0]
    storage.log._writer._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LogUnavailable, match="free space"):
        await storage.log.append_episode(NewEpisode(an_episode("big"), prompt="x" * 200_000))
    assert storage.condition.look().reason == "full"
    room[0] = sqlite_room.RESERVE_BYTES
    assert storage.condition.look() is None


async def test_a_disk_without_room_is_found_while_nobody_writes(storage, an_episode, monkeypatch):
    """Though a small write would still fit: the next episode might not, and a caller should not find that out."""
    room = [sqlite_room.RESERVE_BYTES - 1]
    monkeypatch.setattr(sqlite_room, "free_bytes", lambda _path: room[0])
    assert storage.condition.look().reason == "full"
    await append(storage, an_episode, "small")
    assert storage.condition.look().reason == "full"
    room[0] += 1
    assert storage.condition.look() is None


async def test_a_write_that_waits_for_long_is_trouble_before_it_fails(storage):
    """A stopped process may hold the lock, or the disk may hang: callers should go elsewhere."""
    now = [100.0]
    condition = SqliteCondition(storage.condition._database, storage.log._writer, lambda: now[0])
    storage.log._writer.busy_since = 100.0
    assert condition.trouble is None
    now[0] += sqlite_condition.STALLED_S + 1.0
    assert condition.trouble.reason == "stalled"
    storage.log._writer.busy_since = None
    assert condition.trouble is None


async def test_a_lock_that_passes_is_no_trouble_any_more(storage, an_episode):
    """The next write that succeeds ends it."""
    holder = sqlite3.connect(storage.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(LogUnavailable, match="locked"):
        await append(storage, an_episode, "first")
    assert storage.condition.trouble.reason == "locked"
    holder.close()
    await append(storage, an_episode, "first")
    assert storage.condition.trouble is None


def overwrite_last_pages(path: Path, pages: int = 8):
    """As a disk may."""
    with path.open("r+b") as file:
        file.seek(-pages * 4096, 2)
        file.write(b"\xff" * pages * 4096)


def truncate(path: Path):
    """To half of its pages."""
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 // 4096 * 4096)


@pytest.mark.parametrize("harm", [overwrite_last_pages, truncate])
async def test_a_damaged_file_stops_the_start(tmp_path, an_episode, harm):
    """In one line that says what to do, instead of calls that fail later."""
    storage = open_storage(tmp_path, SETTINGS)
    for i in range(50):
        await append(storage, an_episode, f"e{i}")
    await storage.close()
    check_file(tmp_path)
    harm(storage.path)
    with pytest.raises(ConfigurationError, match=r"is damaged.*restore a backup") as e:
        check_file(tmp_path)
    assert "\n" not in str(e.value)


async def test_a_check_ends_in_time_and_calls_nothing_damaged_that_it_did_not_read(tmp_path, an_episode):
    """A file of hundreds of gigabytes must not hold a start."""
    from pointsman_service.adapters.sqlite.check import Checked, check

    storage = open_storage(tmp_path, SETTINGS)
    for i in range(200):
        await append(storage, an_episode, f"e{i}")
    assert check(storage.condition._database) == Checked(None, whole=True)
    assert check(storage.condition._database, within_s=0.0) == Checked(None, whole=False)
    await storage.close()


def _damaged():
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
