"""Appends a second at concurrency 64, durable (synchronous FULL), against SQLite's own one row a commit in this run."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time

from pointsman_service.adapters.sqlite.connection import Database
from pointsman_service.adapters.sqlite.storage import open_storage
from pointsman_service.ports import NewEpisode

ROWS = 3_000
RAW_ROWS = 300


def raw_rate(path) -> float:
    """Rows of 1.5 KB a second, one a commit."""
    connection: sqlite3.Connection = Database(path).connect()
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("CREATE TABLE raw (id INTEGER PRIMARY KEY, payload TEXT)")
    start = time.perf_counter()
    for _ in range(RAW_ROWS):
        connection.execute("INSERT INTO raw (payload) VALUES (?)", ("x" * 1500,))
    elapsed = time.perf_counter() - start
    connection.close()
    return RAW_ROWS / elapsed


async def log_rate(folder, episodes) -> float:
    """Episodes a second through the whole adapter, 64 callers at a time."""
    storage = open_storage(folder)
    left = iter(episodes)

    async def caller() -> None:
        for episode in left:
            await storage.log.append_episode(NewEpisode(episode, prompt="p" * 300, answer_texts=("a" * 500,)))

    start = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(64)))
    elapsed = time.perf_counter() - start
    await storage.close()
    return len(episodes) / elapsed


async def test_group_commit_beats_a_commit_a_row(tmp_path, an_episode, record_property, capsys):
    """An episode is four rows and 3 KB, and still more of them are durable a second than single rows one by one."""
    rate = await log_rate(tmp_path / "log", [an_episode(f"e{i}") for i in range(ROWS)])
    raw = raw_rate(tmp_path / "raw.db")
    report = f"log at concurrency 64: {rate:.0f} episodes/s; raw commits: {raw:.0f} rows/s; ratio {rate / raw:.1f}"
    record_property("sqlite_log", report)
    with capsys.disabled():
        sys.stdout.write(f"\n{report}\n")
    assert rate > raw
