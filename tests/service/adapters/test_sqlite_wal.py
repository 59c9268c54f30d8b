"""Checkpoints of the write-ahead log happen off the hot path, and keep the file bounded."""

from __future__ import annotations

import asyncio
import sqlite3
import threading

import pytest
from pointsman_service.adapters.sqlite.connection import Database
from pointsman_service.adapters.sqlite.schema import prepare
from pointsman_service.adapters.sqlite.wal import Checkpointer
from structlog.testing import capture_logs


@pytest.fixture
def database(tmp_path):
    """A database of which some pages are in the WAL only."""
    database = Database(tmp_path / "pointsman.db", "normal")
    prepare(database)
    return database


def write(database, rows=50):
    """Put some pages into the WAL, over a connection that stays open."""
    connection = database.connect()
    for i in range(rows):
        connection.execute("INSERT INTO events (kind, at, payload) VALUES ('budget', ?, ?)", (float(i), "x" * 4000))
    return connection


def test_a_checkpoint_copies_every_page(database):
    """Afterwards nothing remains in the WAL that the database file does not have."""
    connection = write(database)
    checkpointer = Checkpointer(database, interval_s=3600.0)
    assert checkpointer.checkpoint() == 0
    with sqlite3.connect(f"file:{database.path}?immutable=1", uri=True) as without_wal:
        assert without_wal.execute("SELECT count(*) FROM events").fetchone() == (50,)
    checkpointer.close()
    connection.close()


def test_a_wal_past_its_limit_is_started_over(database):
    """The file does not grow with the log."""
    checkpointer = Checkpointer(database, interval_s=3600.0, limit_bytes=100_000)
    sizes = []
    for _ in range(5):
        connection = write(database)
        checkpointer.checkpoint()
        sizes.append(database.path.with_name("pointsman.db-wal").stat().st_size)
        connection.close()
    assert max(sizes) < 2 * sizes[0]
    checkpointer.close()


def test_the_thread_checkpoints_by_itself(database):
    """Without anybody asking."""
    connection = write(database)
    done = threading.Event()
    checkpointer = Checkpointer(database, interval_s=0.001)
    checkpoint = checkpointer.checkpoint

    def told() -> int:
        left = checkpoint()
        if left == 0:
            done.set()
        return left

    checkpointer.checkpoint = told
    assert done.wait(10.0)
    checkpointer.close()
    connection.close()


async def test_a_checkpoint_that_fails_is_logged_and_tried_again(database):
    """The log goes on without; the operator hears of it."""
    checkpointer = Checkpointer(database, interval_s=0.001)
    failed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def fails() -> int:
        loop.call_soon_threadsafe(failed.set)
        raise sqlite3.OperationalError("disk I/O error")

    with capture_logs() as logs:
        checkpointer.checkpoint = fails
        await asyncio.wait_for(failed.wait(), 10.0)
        checkpointer.close()
    assert logs[0]["event"] == "wal_checkpoint_failed"
    checkpointer.close()
