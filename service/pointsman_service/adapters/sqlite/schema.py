"""The schema: numbered migrations, each one transaction, made with sqlite-utils; the version is PRAGMA user_version.

What the tables are for is said in `tables`. Files from before release 0.2.0 had another application_id: nothing
was released then, and they are refused.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pointsman_service.adapters.sqlite.connection import Database
from pointsman_service.adapters.sqlite.errors import cannot_start, reason_of
from pointsman_service.errors import ConfigurationError, NewerSchema

if TYPE_CHECKING:
    import sqlite_utils

APPLICATION_ID = 0x50545331  # "PTS1": tells our file from another program's
BEFORE_0_2_0 = 0x504E5453  # "PNTS": what our files had before

OLDEST_SQLITE = (3, 37, 0)  # strict tables

OLDEST_READABLE = 1
"""From which schema on a file can be read as it is: what came since is for holds, which are never made read-only. A
migration that changes what is read raises this, and files before it need a start of the service first."""

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
    if owner == BEFORE_0_2_0:
        raise ConfigurationError(
            f"storage: {database.path} was written before 0.2.0 (format {_version(connection)}); this version reads"
            " 0.2.0 and later: move the folder away to start anew"
        )
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
    if _version(connection) < OLDEST_READABLE:
        raise ConfigurationError(
            f"storage: {database.path} has schema {_version(connection)}, which is read from {OLDEST_READABLE} on; "
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
    # Slow to import, and needed only where there is something to migrate.
    from pointsman_service.adapters.sqlite.tool import sqlite_utils  # noqa: PLC0415

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


def _0001_release_0_2_0(db: sqlite_utils.Database) -> None:
    from pointsman_service.adapters.sqlite.tables import make_tables  # noqa: PLC0415 - only a new file needs it

    make_tables(db)


def _0002_calls_under_a_ceiling(db: sqlite_utils.Database) -> None:
    """Until when a hold's call is under way, in which process, whether it is alone; what models made of limits."""
    for column in ("until REAL", "alone INTEGER", "owner TEXT"):
        db.execute(f"ALTER TABLE reservations ADD COLUMN {column}")
    db.table("limits_seen").create(
        {"model": str, "kind": str, "within": int, "cut": int, "most_usd": float},
        pk=("model", "kind"),
        not_null={"within", "cut", "most_usd"},
        strict=True,
    )


def _0003_names_of_snapshots(db: sqlite_utils.Database) -> None:
    """Names that keep snapshots. at: since when, seconds since the epoch."""
    names = db.table("snapshot_names").create(
        {"name": str, "version": int, "at": float}, pk="name", not_null={"version", "at"}, strict=True
    )
    names.create_index(["version"], unique=True)


def _0004_clock_seen(db: sqlite_utils.Database) -> None:
    """The time that was believed last; read by the learner's process only."""
    db.table("clock_seen").create({"id": int, "at": float}, pk="id", not_null={"at"}, strict=True)


def _0005_who_called(db: sqlite_utils.Database) -> None:
    """The views tell with which key a query came, and a word of feedback."""
    _views_again(db, "episode_summary", "episode_feedback")


def _0006_sums_of_pruned_episodes(db: sqlite_utils.Database) -> None:
    """What statistics still need of episodes that retention removed; see pruned_sums."""
    answers = {"day": float, "tenant": str, "model": str, "node": str}
    calls = {"day": float, "tenant": str, "model": str}
    sums = dict.fromkeys(("calls", "failed", "cost_usd", "latency_ms", "timed"), float)
    more = dict.fromkeys(("episodes", "rewarded", "feedback_sum", "feedback_weight", "escalated"), float)
    for table, key, columns in (("pruned_answers", answers, {**more, **sums}), ("pruned_calls", calls, sums)):
        db.table(table).create({**key, **columns}, pk=tuple(key), not_null={*key, *columns}, strict=True)


def _0007_comments(db: sqlite_utils.Database) -> None:
    """The view of feedback tells what was said beside it."""
    _views_again(db, "episode_feedback")


def _0008_authors(db: sqlite_utils.Database) -> None:
    """An end user's last word is found at once."""
    db.table("feedback").create_index(["tenant", "end_user", "position"])


def _0009_shadows(db: sqlite_utils.Database) -> None:
    """Calls in the shadow, each with the episode that it is about and dollars that no tenant pays."""
    shadows = db.table("shadows").create(
        {"position": int, "episode": int, "model": str, "failed": int, "cost_usd": float},
        pk="position",
        not_null={"episode", "model", "failed", "cost_usd"},
        strict=True,
    )
    shadows.create_index(["episode"])


def _0010_authors_of_sessions(db: sqlite_utils.Database) -> None:
    """The same of what is said of sessions."""
    db.table("session_outcomes").create_index(["tenant", "end_user", "position"])


def _views_again(db: sqlite_utils.Database, *names: str) -> None:
    from pointsman_service.adapters.sqlite.views import VIEWS  # noqa: PLC0415 - only a migration needs them

    for name in names:
        db.create_view(name, VIEWS[name], replace=True)


MIGRATIONS: tuple[Callable[[sqlite_utils.Database], None], ...] = (
    _0001_release_0_2_0,
    _0002_calls_under_a_ceiling,
    _0003_names_of_snapshots,
    _0004_clock_seen,
    _0005_who_called,
    _0006_sums_of_pruned_episodes,
    _0007_comments,
    _0008_authors,
    _0009_shadows,
    _0010_authors_of_sessions,
)
"""From release 0.2.0 on every one of them stays as it is: a file of any version is led through those it lacks."""
