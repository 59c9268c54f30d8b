"""Everything durable on one folder: `pointsman.db`, and the payload files of snapshots and checkpoints beside it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pointsman_service.adapters.sqlite_ceilings import HOUR_S
from pointsman_service.adapters.sqlite_checkpoints import CheckpointStore
from pointsman_service.adapters.sqlite_configuration import SqliteConfiguration
from pointsman_service.adapters.sqlite_connection import Database
from pointsman_service.adapters.sqlite_errors import cannot_start
from pointsman_service.adapters.sqlite_jobs import SqliteJobStore
from pointsman_service.adapters.sqlite_ledger import SqliteLedger
from pointsman_service.adapters.sqlite_log import SqliteEventLog
from pointsman_service.adapters.sqlite_rated_answers import SqliteRatedAnswers
from pointsman_service.adapters.sqlite_retention import Pruned, Retention
from pointsman_service.adapters.sqlite_schema import prepare
from pointsman_service.adapters.sqlite_snapshots import SqliteSnapshotStore
from pointsman_service.adapters.sqlite_stats import SqliteStats
from pointsman_service.adapters.sqlite_texts import StorePrompts
from pointsman_service.adapters.sqlite_wal import Checkpointer
from pointsman_service.adapters.sqlite_writer import GroupCommit
from pointsman_service.errors import ConfigurationError

DATABASE_NAME = "pointsman.db"


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """How the storage behaves; every process on one folder should be given the same.

    session_ttl_s: how long a session keeps its model after its last answer. read_only: for inspection; writes then
    raise LogUnavailable. clock: seconds since the epoch.
    """

    store_prompts: StorePrompts = "full"
    synchronous: Literal["full", "normal"] = "full"
    busy_timeout_s: float = 5.0
    queue_limit: int = 10_000
    batch_limit: int = 256
    keep_snapshots: int = 20
    keep_checkpoints: int = 3
    session_ttl_s: float = HOUR_S
    read_only: bool = False
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
    checkpointer: Checkpointer | None

    def prune(self, before: float, now: float) -> Pruned:
        """Remove what is older than `before`, as far as the newest good checkpoint allows. Blocks."""
        self.ledger.prune(now)
        newest = self.checkpoints.latest()
        if newest is None:
            return Pruned(0, 0)
        return self.retention.prune(before, newest, now)

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
        )
        for part in parts:
            part.close()


def open_storage(folder: Path, settings: StorageSettings = StorageSettings()) -> Storage:
    """Make or migrate what is in the folder, and open it. Several processes may, each for itself, after forking.

    Raises ConfigurationError, NewerSchema, LogUnavailable: nothing was changed then, or a whole migration was.
    """
    path = folder / DATABASE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise ConfigurationError(f"storage.folder: {folder} cannot be made: {e}") from e
    database = Database(path, settings.synchronous, settings.busy_timeout_s, settings.read_only)
    prepare(database)
    try:
        return _open(database, folder, settings)
    except sqlite3.Error as e:
        raise cannot_start(e, path) from e


def _open(database: Database, folder: Path, settings: StorageSettings) -> Storage:
    writer = GroupCommit(database, queue_limit=settings.queue_limit, batch_limit=settings.batch_limit)
    return Storage(
        path=database.path,
        log=SqliteEventLog(database, writer, store_prompts=settings.store_prompts),
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
        checkpointer=None if settings.read_only else Checkpointer(database),
    )
