"""The schema: numbered migrations, each one transaction, made with sqlite-utils; the version is PRAGMA user_version.

`events` is the log, and the only truth. `episodes`, `feedback`, `outcomes` and `warm_starts` are projections of it,
written in the same transaction: the columns that something asks for, one row an event, keyed by the event's position.
`texts` keeps what people wrote and models answered apart, so that privacy and retention can drop it alone.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pointsman_service.adapters.sqlite_connection import Database
from pointsman_service.adapters.sqlite_errors import cannot_start, reason_of
from pointsman_service.errors import ConfigurationError, NewerSchema

if TYPE_CHECKING:
    import sqlite_utils

APPLICATION_ID = 0x504E5453  # "PNTS": tells our file from another program's

OLDEST_SQLITE = (3, 37, 0)  # strict tables

RETRY_S = 0.01  # SQLite does not wait for the lock that a change of the journal mode takes


def prepare(database: Database) -> None:
    """Make or migrate the file. Safe when several processes start at once.

    Raises NewerSchema, LogUnavailable (locked), ConfigurationError (corrupt, read-only, another program's file, an old
    SQLite).
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        raise ConfigurationError(f"storage: Python's SQLite is {sqlite3.sqlite_version}, at least {oldest} is needed")
    try:
        connection = database.connect()
    except sqlite3.Error as e:
        raise cannot_start(e, database.path) from e
    try:
        _check_origin(connection, database)
        if database.read_only:
            _check_readable(connection, database)
        elif _version(connection) != len(MIGRATIONS):
            _switch_to_wal(connection, database.busy_timeout_s)
            _migrate(connection, database)
    except sqlite3.Error as e:
        raise cannot_start(e, database.path) from e
    finally:
        connection.close()


def _check_origin(connection: sqlite3.Connection, database: Database) -> None:
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if owner != APPLICATION_ID and tables:
        raise ConfigurationError(f"storage: {database.path} is another program's database; choose another folder")
    if _version(connection) > len(MIGRATIONS):
        raise NewerSchema(
            f"{database.path} has schema {_version(connection)}, this version knows {len(MIGRATIONS)}; "
            "start the newer version, or restore a backup",
            found=_version(connection),
            known=len(MIGRATIONS),
        )


def _check_readable(connection: sqlite3.Connection, database: Database) -> None:
    if _version(connection) != len(MIGRATIONS):
        raise ConfigurationError(
            f"storage: {database.path} has schema {_version(connection)}, not {len(MIGRATIONS)}; "
            "start the service once to migrate it"
        )


def _switch_to_wal(connection: sqlite3.Connection, timeout_s: float) -> None:
    give_up = time.monotonic() + timeout_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = wal")
        except sqlite3.OperationalError as e:
            if reason_of(e)[0] != "locked" or time.monotonic() > give_up:
                raise
            time.sleep(RETRY_S)
        else:
            return


def _migrate(connection: sqlite3.Connection, database: Database) -> None:
    import sqlite_utils  # noqa: PLC0415 - slow to import, and needed only where there is something to migrate

    db = sqlite_utils.Database(connection, recursive_triggers=False, execute_plugins=False)
    while True:
        with database.transaction(connection):
            _check_origin(connection, database)
            version = _version(connection)  # read under the lock: another process may have migrated meanwhile
            if version == len(MIGRATIONS):
                return
            MIGRATIONS[version](db)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version + 1}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _0001_log(db: sqlite_utils.Database) -> None:
    # AUTOINCREMENT, which sqlite-utils does not offer: a position is never given twice, even after pruning.
    db.execute(
        "CREATE TABLE events (position INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, at REAL NOT NULL,"
        " subject INTEGER, payload TEXT NOT NULL) STRICT"
    )
    episodes = db.table("episodes").create(
        {
            "position": int,
            "episode_id": str,
            "tenant": str,
            "at": float,
            "request_id": str,
            "session_id": str,
            "model": str,
            "node": str,
            "strategy": str,
            "stop": str,
            "calls": int,
            "errors": int,
            "answered": int,
            "believed": float,
            "cost_usd": float,
            "latency_ms": float,
            "feedback_weight": float,
            "feedback_sum": float,
        },
        pk="position",
        not_null={"episode_id", "tenant", "at", "model", "stop", "calls", "errors", "answered", "cost_usd"},
        defaults={"feedback_weight": 0.0, "feedback_sum": 0.0},
        strict=True,
    )
    episodes.create_index(["episode_id"], unique=True)
    episodes.create_index(["at"])
    db.execute("CREATE UNIQUE INDEX idx_episodes_request ON episodes (tenant, request_id) WHERE request_id IS NOT NULL")
    db.table("texts").create(
        {"position": int, "prompt": str, "answers": str, "response": str}, pk="position", strict=True
    )
    feedback = db.table("feedback").create(
        {
            "position": int,
            "tenant": str,
            "request_id": str,
            "episode": int,
            "at": float,
            "source": str,
            "value": float,
            "weight": float,
            "model": str,
        },
        pk="position",
        not_null={"tenant", "request_id", "episode", "at", "source", "value", "weight"},
        strict=True,
    )
    feedback.create_index(["tenant", "request_id"], unique=True)
    feedback.create_index(["episode"])
    outcomes = db.table("outcomes").create(
        {
            "position": int,
            "episode": int,
            "at": float,
            "model": str,
            "cost_usd": float,
            "latency_ms": float,
            "failure_kind": str,
            "error": str,
        },
        pk="position",
        not_null={"episode", "at", "model"},
        strict=True,
    )
    outcomes.create_index(["episode"])


def _0002_retention(db: sqlite_utils.Database) -> None:
    db.table("expired").create({"key": int}, pk="key", strict=True)
    db.table("pruned").create({"id": int, "through": int, "at": float}, pk="id", not_null={"through"}, strict=True)


def _0003_snapshots(db: sqlite_utils.Database) -> None:
    db.execute(
        "CREATE TABLE snapshots (version INTEGER PRIMARY KEY AUTOINCREMENT, position INTEGER NOT NULL,"
        " created_at REAL NOT NULL, checksum TEXT NOT NULL, size_bytes INTEGER NOT NULL, file TEXT NOT NULL,"
        " note TEXT NOT NULL) STRICT"
    )
    db.table("snapshot_choice").create(
        {"id": int, "active": int, "pinned": int, "at": float}, pk="id", not_null={"pinned"}, strict=True
    )
    checkpoints = db.table("checkpoints").create(
        {"id": int, "position": int, "created_at": float, "checksum": str, "size_bytes": int, "file": str},
        pk="id",
        not_null={"position", "created_at", "checksum", "size_bytes", "file"},
        strict=True,
    )
    checkpoints.create_index(["position"])


def _0004_ledger(db: sqlite_utils.Database) -> None:
    db.table("ceilings").create(
        {"tenant": str, "usd": float, "period_s": float}, pk="tenant", not_null={"period_s"}, strict=True
    )
    db.table("spending").create(
        {"tenant": str, "period_s": float, "starts_at": float, "settled_usd": float, "held_usd": float},
        pk=("tenant", "period_s", "starts_at"),
        not_null={"settled_usd", "held_usd"},
        strict=True,
    )
    db.table("reservations").create(
        {"id": str, "tenant": str, "period_s": float, "starts_at": float, "usd": float},
        pk="id",
        not_null={"tenant", "period_s", "starts_at", "usd"},
        strict=True,
    )
    sessions = db.table("sessions").create(
        {"tenant": str, "session_id": str, "model": str, "expires_at": float},
        pk=("tenant", "session_id"),
        not_null={"model", "expires_at"},
        strict=True,
    )
    sessions.create_index(["expires_at"])


def _0005_jobs(db: sqlite_utils.Database) -> None:
    db.table("job_runs").create(
        {"name": str, "started_at": float, "ended_at": float, "outcome": str, "detail": str},
        pk="name",
        not_null={"started_at", "ended_at", "outcome", "detail"},
        strict=True,
    )
    db.table("job_requests").create({"name": str, "at": float}, pk="name", not_null={"at"}, strict=True)


def _0006_views(db: sqlite_utils.Database) -> None:
    from pointsman_service.adapters.sqlite_views import VIEWS  # noqa: PLC0415 - only a migration needs them

    for name, sql in VIEWS.items():
        db.create_view(name, sql, replace=True)


def _0007_warm_starts(db: sqlite_utils.Database) -> None:
    warm_starts = db.table("warm_starts").create(
        {"position": int, "request_id": str, "at": float, "queries": int, "outcomes": int},
        pk="position",
        not_null={"request_id", "at", "queries", "outcomes"},
        strict=True,
    )
    warm_starts.create_index(["request_id"], unique=True)


MIGRATIONS: tuple[Callable[[sqlite_utils.Database], None], ...] = (
    _0001_log,
    _0002_retention,
    _0003_snapshots,
    _0004_ledger,
    _0005_jobs,
    _0006_views,
    _0007_warm_starts,
)
