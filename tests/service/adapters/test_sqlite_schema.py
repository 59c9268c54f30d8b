"""The database file: made, migrated, recognised, and refused with one line where it cannot be used."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest
from pointsman_learner.events import BudgetPut
from pointsman_service.adapters.sqlite import schema as sqlite_schema
from pointsman_service.adapters.sqlite.connection import Database
from pointsman_service.adapters.sqlite.schema import MIGRATIONS, prepare
from pointsman_service.adapters.sqlite.storage import DATABASE_NAME, StorageSettings, open_storage
from pointsman_service.adapters.sqlite.views import VIEWS
from pointsman_service.errors import ConfigurationError, LogUnavailable, NewerSchema


@pytest.fixture
def database(tmp_path):
    """Where the file would be."""
    return Database(tmp_path / DATABASE_NAME, busy_timeout_s=0.05)


def version(database: Database) -> int:
    """The schema version in the file."""
    with sqlite3.connect(database.path) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def test_a_new_file_has_the_newest_version_and_is_in_wal_mode(database):
    """One call makes everything, and a second one changes nothing."""
    prepare(database)
    prepare(database)
    assert version(database) == len(MIGRATIONS)
    with sqlite3.connect(database.path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        for view in VIEWS:
            assert connection.execute(f"SELECT * FROM {view}").fetchall() == []


@pytest.mark.parametrize(("synchronous", "level"), [("full", 2), ("normal", 1)])
def test_durability_is_as_configured_and_commits_never_checkpoint(database, synchronous, level):
    """FULL is 2, NORMAL 1; automatic checkpoints are off on every connection."""
    connection = Database(database.path, synchronous).connect()
    assert connection.execute("PRAGMA synchronous").fetchone() == (level,)
    assert connection.execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)
    connection.close()


def test_a_file_of_an_older_version_is_migrated_with_its_data(database, monkeypatch):
    """What was in the log before a migration is there after it."""
    prepare(database)
    with sqlite3.connect(database.path) as connection:
        connection.execute("INSERT INTO events (kind, at, payload) VALUES ('budget', 1.0, '{}')")
    added = (*MIGRATIONS, lambda db: db.execute("CREATE TABLE added (x)"))
    monkeypatch.setattr(sqlite_schema, "MIGRATIONS", added)
    prepare(database)
    assert version(database) == len(added)
    with sqlite3.connect(database.path) as connection:
        assert connection.execute("SELECT position, kind, payload FROM events").fetchall() == [(1, "budget", "{}")]
        assert connection.execute("SELECT * FROM added").fetchall() == []


BEFORE_0_2_0 = """
CREATE TABLE events (position INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, at REAL NOT NULL,
  subject INTEGER, payload TEXT NOT NULL) STRICT;
CREATE TABLE episodes (position INTEGER PRIMARY KEY, episode_id TEXT NOT NULL, tenant TEXT NOT NULL, at REAL NOT NULL,
  request_id TEXT, session_id TEXT, model TEXT NOT NULL) STRICT;
CREATE TABLE warm_starts (position INTEGER PRIMARY KEY, batch_id TEXT NOT NULL) STRICT;
INSERT INTO events (kind, at, payload) VALUES ('budget', 1.0, '{"kind":"budget","at":1.0,"tenant":"t","usd_per_1k":2}');
PRAGMA application_id = 0x504E5453;
PRAGMA user_version = 7;
"""


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_from_before_0_2_0_is_refused_in_one_line_and_left_alone(database, read_only):
    """Nothing had been released: there is no reader for it, and the line says what to do."""
    with sqlite3.connect(database.path) as connection:
        connection.executescript(BEFORE_0_2_0)
    before = database.path.read_bytes()
    with pytest.raises(ConfigurationError) as refused:
        open_storage(database.path.parent, StorageSettings(read_only=read_only))
    assert str(refused.value) == (
        f"storage: {database.path} was written before 0.2.0 (format 7); this version reads 0.2.0 and later: "
        "move the folder away to start anew"
    )
    assert database.path.read_bytes() == before


def test_a_migration_that_fails_leaves_the_version_before_it(database, monkeypatch):
    """Each migration is one transaction: half of one is never seen."""

    def fails(db):
        db.execute("CREATE TABLE half (x)")
        db.execute("CREATE TABLE half (x)")

    monkeypatch.setattr(sqlite_schema, "MIGRATIONS", (*MIGRATIONS, fails))
    with pytest.raises(LogUnavailable, match="half"):
        prepare(database)
    assert version(database) == len(MIGRATIONS)
    with sqlite3.connect(database.path) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)


def test_a_newer_file_is_refused_and_left_alone(database):
    """An older program must not write into what it does not understand."""
    prepare(database)
    with sqlite3.connect(database.path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(NewerSchema, match="start the newer version"):
        open_storage(database.path.parent)
    assert version(database) == len(MIGRATIONS) + 1


def test_another_programs_database_is_refused(database):
    """The folder was mistyped: nothing is added to somebody else's file."""
    with sqlite3.connect(database.path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(ConfigurationError, match="another program's database"):
        prepare(database)
    assert version(database) == 0


def test_a_file_that_is_no_database_is_refused(database):
    """The one line says what it is and what to do."""
    database.path.write_bytes(b"these are not the bytes of a database\n" * 100)
    with pytest.raises(ConfigurationError, match=r"corrupt.*restore a backup"):
        prepare(database)


def test_a_sqlite_without_strict_tables_is_refused(database, monkeypatch):
    """The library is Python's own: the message says which version it must have."""
    monkeypatch.setattr(sqlite_schema, "OLDEST_SQLITE", (99, 0, 0))
    with pytest.raises(ConfigurationError, match=r"at least 99\.0\.0 is needed"):
        prepare(database)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    """A file is in the way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"storage\.folder"):
        open_storage(tmp_path / "file")


def test_a_path_that_cannot_be_opened_is_refused(tmp_path):
    """A folder is where the file should be."""
    (tmp_path / DATABASE_NAME).mkdir()
    with pytest.raises(ConfigurationError, match="cannot_open"):
        open_storage(tmp_path)


def test_a_file_that_stays_locked_is_unavailable(database):
    """Another program holds it while we start: that passes, so it is no configuration error."""
    with sqlite3.connect(database.path, isolation_level=None) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LogUnavailable, match="locked"):
            prepare(database)
        holder.execute("ROLLBACK")
    holder.close()
    prepare(database)


def test_opening_for_inspection_neither_makes_nor_migrates(tmp_path, monkeypatch):
    """`doctor` looks at what is there, and says what is not, or is older than what this version reads."""
    inspect = StorageSettings(read_only=True)
    with pytest.raises(ConfigurationError, match="cannot_open"):
        open_storage(tmp_path, inspect)
    prepare(Database(tmp_path / DATABASE_NAME))
    monkeypatch.setattr(sqlite_schema, "OLDEST_READABLE", len(MIGRATIONS) + 1)
    with pytest.raises(ConfigurationError, match="start the service once"):
        open_storage(tmp_path, inspect)


def test_opening_for_inspection_reads_beside_a_running_service(tmp_path):
    """Reading needs no lock, and writing is refused."""
    service = open_storage(tmp_path)
    service.log.append_blocking(BudgetPut(1.0, "acme", 2.0))
    doctor = open_storage(tmp_path, StorageSettings(read_only=True))
    assert [x.position for x in doctor.log.read(0)] == [1]
    with pytest.raises(LogUnavailable, match="read_only"):
        doctor.log.append_blocking(BudgetPut(2.0, "acme", 2.0))
    doctor.close_blocking()
    service.close_blocking()


def test_processes_that_start_at_once_migrate_once(tmp_path):
    """Workers share the file: each of them may be the first."""
    code = (
        "import sys, pathlib; from pointsman_service.adapters.sqlite.storage import open_storage\n"
        "sys.stdin.readline(); open_storage(pathlib.Path(sys.argv[1])).close_blocking(); print('open')"
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    assert [worker.communicate()[0] for worker in workers] == ["open\n"] * 3
    assert version(Database(tmp_path / DATABASE_NAME)) == len(MIGRATIONS)
