# ruff: noqa: S608 - only names of the schema are put into SQL
"""A backup beside a running service: the database as it is at one moment, the learner's files, a manifest.

One read transaction is held for the whole copy: other processes go on writing, which would else make SQLite's backup
begin again and again, and all that is copied is of one moment. The folder has its name only when everything in it was
checked and is on disk: what is there is whole.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from pointsman_service.adapters.sqlite.backup_manifest import Manifest, described
from pointsman_service.adapters.sqlite.connection import Database
from pointsman_service.adapters.sqlite.errors import unavailable
from pointsman_service.adapters.sqlite.storage import DATABASE_NAME
from pointsman_service.errors import ConfigurationError
from pointsman_service.machine.draft_folder import draft_folder
from pointsman_service.machine.flushing import flush, flush_one

Progress = Callable[[int, int], None]
"""Told of (pages copied, pages in all)."""

_PAGES = 1_024  # a step: 4 MiB
_LEARNT = {"snapshots": "version", "checkpoints": "id"}
"""Tables that name files beside the database, in a folder of the table's name, with their keys."""


def back_up(folder: Path, to: Path, now: float, progress: Progress = lambda _done, _all: None) -> Manifest:
    """Copy what is in the folder into the new folder `to`, checked.

    Raises ConfigurationError where there is nothing to back up, `to` exists, the log is damaged or the disk has no
    room; LogUnavailable where it cannot be read or written. Nothing is left of a backup that failed.
    """
    source = Database(folder / DATABASE_NAME, read_only=True)
    if not source.path.exists():
        raise ConfigurationError(f"{folder} has no {DATABASE_NAME}: there is nothing to back up")
    if to.exists():
        raise ConfigurationError(f"{to} exists already: name a new folder")
    with draft_folder(to) as draft:
        try:
            with closing(source.connect()) as connection:
                _check_room(connection, folder, draft)
                manifest = _copy(connection, folder, draft, now, progress)
        except sqlite3.Error as e:
            raise unavailable(e, source.path) from e
        manifest.write(draft)
        flush(draft)
        draft.rename(to)
        flush_one(to.parent)
    return manifest


def check_database(connection: sqlite3.Connection, path: Path) -> None:
    """Raises ConfigurationError where the file's structure is damaged."""
    connection.execute("PRAGMA cell_size_check = on")
    try:
        found = [row[0] for row in connection.execute("PRAGMA quick_check(1)")]
    except sqlite3.DatabaseError as e:
        found = [str(e)]
    if found != ["ok"]:
        raise ConfigurationError(f"{path} is damaged ({' '.join(found[0].split())}); restore an earlier backup")


def rows_of(connection: sqlite3.Connection) -> dict[str, int]:
    """Rows by table."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for (name,) in names}


def _check_room(connection: sqlite3.Connection, folder: Path, draft: Path) -> None:
    pages, size = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "page_size"))
    learnt = sum(p.stat().st_size for name in _LEARNT for p in (folder / name).glob("*.bin"))
    needed, free = pages * size + learnt, shutil.disk_usage(draft).free
    if needed > free:
        raise ConfigurationError(
            f"{draft.parent} has {free / 1e6:,.0f} MB free, the backup needs {needed / 1e6:,.0f} MB: make room"
        )


def _copy(connection: sqlite3.Connection, folder: Path, draft: Path, now: float, progress: Progress) -> Manifest:
    connection.execute("BEGIN")  # all that follows is read as it is now
    rows = rows_of(connection)
    # The files first: the learner may drop the oldest of them soon.
    copied = {table: _copy_files(connection, table, folder, draft) for table in _LEARNT}
    with closing(sqlite3.connect(draft / DATABASE_NAME, isolation_level=None)) as copy:
        total = int(connection.execute("PRAGMA page_count").fetchone()[0])
        connection.backup(copy, pages=_PAGES, progress=lambda _, left, all_: progress(all_ - left, all_ or total))
        check_database(copy, folder / DATABASE_NAME)
        if rows_of(copy) != rows:
            raise ConfigurationError(f"the copy of {folder / DATABASE_NAME} has other rows; nothing was backed up")
        for table, files in copied.items():
            _forget_others(copy, table, files)
        manifest = _manifest(copy, rows, now)
        copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    names = [DATABASE_NAME, *(f"{table}/{name}" for table, files in copied.items() for name in files)]
    return replace(manifest, files=tuple(described(draft, name) for name in names))


def _copy_files(connection: sqlite3.Connection, table: str, folder: Path, draft: Path) -> list[str]:
    """Names of the files that could be copied whole."""
    (draft / table).mkdir(mode=0o700)
    copied = []
    for name, checksum in connection.execute(f"SELECT file, checksum FROM {table}"):
        try:
            shutil.copyfile(folder / table / name, draft / table / name)
        except FileNotFoundError:  # dropped this moment, or never there in a restored database
            continue
        if described(draft, f"{table}/{name}").checksum == checksum:
            copied.append(name)
        else:
            (draft / table / name).unlink()
    return copied


def _forget_others(copy: sqlite3.Connection, table: str, files: list[str]) -> None:
    """Of the copy's index, what has no file."""
    missing = [(name,) for (name,) in copy.execute(f"SELECT file FROM {table}") if name not in files]
    copy.executemany(f"DELETE FROM {table} WHERE file = ?", missing)
    if table == "snapshots":
        copy.execute(
            "UPDATE snapshot_choice SET active = (SELECT max(version) FROM snapshots), pinned = 0"
            " WHERE active NOT IN (SELECT version FROM snapshots)"
        )


def _manifest(copy: sqlite3.Connection, rows: dict[str, int], now: float) -> Manifest:
    schema = int(copy.execute("PRAGMA user_version").fetchone()[0])
    end = copy.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    learnt = copy.execute("SELECT coalesce(max(position), 0) FROM checkpoints").fetchone()
    return Manifest(now, schema, int(end[0]) if end else 0, int(learnt[0]), rows, ())
