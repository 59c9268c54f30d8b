"""Everything durable on one folder: `pointsman.db`, and the payload files of snapshots and checkpoints beside it."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pointsman_service.adapters.sqlite.ceilings import HOUR_S
from pointsman_service.adapters.sqlite.check import check, check_at_start
from pointsman_service.adapters.sqlite.checkpoints import CheckpointStore
from pointsman_service.adapters.sqlite.clock_seen import SqliteClockSeen
from pointsman_service.adapters.sqlite.condition import SqliteCondition
from pointsman_service.adapters.sqlite.configuration import SqliteConfiguration
from pointsman_service.adapters.sqlite.connection import Database
from pointsman_service.adapters.sqlite.end_users import SqliteEndUsers
from pointsman_service.adapters.sqlite.errors import cannot_start
from pointsman_service.adapters.sqlite.jobs import SqliteJobStore
from pointsman_service.adapters.sqlite.ledger import SqliteLedger
from pointsman_service.adapters.sqlite.log import SqliteEventLog
from pointsman_service.adapters.sqlite.rated_answers import SqliteRatedAnswers
from pointsman_service.adapters.sqlite.retention import Pruned, PrunePlan, Retention
from pointsman_service.adapters.sqlite.schema import prepare
from pointsman_service.adapters.sqlite.snapshots import SqliteSnapshotStore
from pointsman_service.adapters.sqlite.stats import SqliteStats
from pointsman_service.adapters.sqlite.text_key import text_key
from pointsman_service.adapters.sqlite.texts import StorePrompts
from pointsman_service.adapters.sqlite.wal import Checkpointer
from pointsman_service.adapters.sqlite.writer import GroupCommit
from pointsman_service.domain.snapshot_retention import USUAL, SnapshotRetention
from pointsman_service.errors import ConfigurationError

DATABASE_NAME = "pointsman.db"


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """How the storage behaves; every process on one folder should be given the same.

    session_ttl_s: how long a session keeps its model after its last answer. read_only: for inspection; writes then
    raise LogUnavailable. make: whether a folder and file that are not there are made. clock: seconds since the epoch.
    """

    store_prompts: StorePrompts = "full"
    synchronous: Literal["full", "normal"] = "full"
    busy_timeout_s: float = 5.0
    queue_limit: int = 10_000
    batch_limit: int = 256
    keep_snapshots: SnapshotRetention = USUAL
    keep_checkpoints: int = 3
    session_ttl_s: float = HOUR_S
    read_only: bool = False
    make: bool = True
    clock: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class Storage:
    """The open storage: each port by its name."""

    path: Path
    log: SqliteEventLog
    configuration: SqliteConfiguration
    snapshots: SqliteSnapshotStore
    checkpoints: CheckpointStore
    ledger: SqliteLedger
    jobs: SqliteJobStore
    stats: SqliteStats
    rated: SqliteRatedAnswers
    retention: Retention
    end_users: SqliteEndUsers
    checkpointer: Checkpointer | None
    condition: SqliteCondition
    clock_seen: SqliteClockSeen

    def prune(self, before: float, now: float) -> Pruned:
        """Remove what is older than `before`, as far as the newest good checkpoint allows. Blocks."""
        self.ledger.prune(now)
        newest = self.checkpoints.latest()
        if newest is None:
            return Pruned(0, 0, self.retention.waiting(before, 0))
        return self.retention.prune(before, newest, now)

    def prune_plan(self, before: float) -> PrunePlan:
        """What `prune` would remove."""
        newest = self.checkpoints.latest()
        return self.retention.plan(before, newest[1] if newest else 0)

    async def close(self) -> None:
        """Flush what was accepted, then close everything."""
        await self.log.close()
        self._close_rest()

    def close_blocking(self) -> None:
        """As `close`, for a process without an event loop."""
        self.log.close_blocking()
        self._close_rest()

    def _close_rest(self) -> None:
        if self.checkpointer is not None:
            self.checkpointer.close()
        parts = (
            self.configuration,
            self.snapshots,
            self.checkpoints,
            self.ledger,
            self.jobs,
            self.stats,
            self.rated,
            self.retention,
            self.clock_seen,
            self.end_users,
        )
        for part in parts:
            part.close()


def open_storage(folder: Path, settings: StorageSettings = StorageSettings()) -> Storage:
    """Make or migrate what is in the folder, and open it. Several processes may, each for itself, after forking.

    Raises ConfigurationError, NewerSchema, LogUnavailable: nothing was changed then, or a whole migration was.
    """
    path = folder / DATABASE_NAME
    try:
        if settings.make:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not (settings.read_only or path.exists()):
                _make_private(path)
    except OSError as e:
        raise ConfigurationError(f"storage.folder: {folder} cannot be made: {e}") from e
    database = Database(path, settings.synchronous, settings.busy_timeout_s, settings.read_only, settings.make)
    prepare(database)
    try:
        return _open(database, folder, settings)
    except sqlite3.Error as e:
        raise cannot_start(e, path) from e


def _make_private(path: Path) -> None:
    """An empty file for SQLite, its owner's alone: texts and the hashes of keys will lie there.

    Its -wal and -shm get its mode from SQLite. What was there keeps its mode, which somebody may have widened for
    analysts. Raises OSError.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def check_file(folder: Path) -> None:
    """Have SQLite look whether what lies in the folder is whole, before anything is written there. Blocks.

    Raises ConfigurationError where it is damaged, LogUnavailable where it cannot be read now.
    """
    if (folder / DATABASE_NAME).exists():
        check_at_start(Database(folder / DATABASE_NAME, make=False))


def check_whole(folder: Path) -> str | None:
    """What is wrong with the file in the folder, None where nothing is. Blocks until all of it is read."""
    return check(Database(folder / DATABASE_NAME, make=False)).damage


def _open(database: Database, folder: Path, settings: StorageSettings) -> Storage:
    key = text_key(folder) if settings.store_prompts == "hash" and not settings.read_only else b""
    writer = GroupCommit(database, queue_limit=settings.queue_limit, batch_limit=settings.batch_limit)
    return Storage(
        path=database.path,
        log=SqliteEventLog(database, writer, store_prompts=settings.store_prompts, text_key=key),
        configuration=SqliteConfiguration(database, writer),
        snapshots=SqliteSnapshotStore(database, folder / "snapshots", keep=settings.keep_snapshots),
        checkpoints=CheckpointStore(database, folder / "checkpoints", keep=settings.keep_checkpoints),
        ledger=SqliteLedger(
            database,
            writer,
            session_ttl_s=settings.session_ttl_s,
            clock=settings.clock,
        ),
        jobs=SqliteJobStore(database),
        stats=SqliteStats(database),
        rated=SqliteRatedAnswers(database, keeps_texts=settings.store_prompts == "full"),
        retention=Retention(database),
        end_users=SqliteEndUsers(database),
        checkpointer=None if settings.read_only else Checkpointer(database),
        condition=SqliteCondition(database, writer),
        clock_seen=SqliteClockSeen(database),
    )
