# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""Snapshots: payload files beside the database, their index and the choice of the active one in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pointsman_service.adapters.sqlite.connection import Database, SharedConnection
from pointsman_service.adapters.sqlite.payloads import PayloadFolder
from pointsman_service.domain.snapshot_retention import MOST_NAMED, USUAL, SnapshotRetention, Stored
from pointsman_service.errors import AlreadyExists, CorruptSnapshot, Fault, InvalidRequest, UnknownSnapshot
from pointsman_service.ports import SnapshotRecord, SnapshotStore

_LAST_VERSION = 2**63 - 1  # more SQLite's integers cannot say
_COLUMNS = "version, position, created_at, checksum, size_bytes, note"
_NAMES = "snapshot_names"


class SqliteSnapshotStore(SnapshotStore):
    """Implements `ports.SnapshotStore`. keep: which stay by their age."""

    def __init__(self, database: Database, folder: Path, *, keep: SnapshotRetention = USUAL) -> None:
        self._files = PayloadFolder(folder)
        self._connection = SharedConnection(database)
        self._keep = keep

    def put(self, payload: bytes, position: int, at: float, note: str = "") -> SnapshotRecord:
        """See the port. The file is on disk before the index names it. Raises LogUnavailable."""
        file = self._files.write(payload)
        with self._connection.write() as connection:
            version = connection.execute(
                "INSERT INTO snapshots (position, created_at, checksum, size_bytes, file, note)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (position, at, file.checksum, file.size_bytes, file.name, note),
            ).lastrowid
            assert version is not None
            active, pinned = _choice(connection)
            if not pinned or active is None:
                active = version
                _choose(connection, version, pinned=False, at=at)
            dropped = self._drop_old(connection, active)
            known = {row[0] for row in connection.execute("SELECT file FROM snapshots")}
        self._files.sweep(dropped, known)
        return SnapshotRecord(version, position, at, file.checksum, file.size_bytes, active == version, note)

    def active_version(self) -> int | None:
        """See the port: one row by its key."""
        rows = self._connection.read("SELECT active FROM snapshot_choice")
        return rows[0][0] if rows else None

    def pinned(self) -> bool:
        """Whether an operator's choice holds against newer snapshots."""
        return bool(self._connection.read("SELECT 1 FROM snapshot_choice WHERE pinned"))

    def load(self, version: int) -> bytes:
        """See the port."""
        sql = "SELECT file, checksum FROM snapshots WHERE version = ?"
        rows = self._connection.read(sql, (version,)) if version <= _LAST_VERSION else ()
        if not rows:
            raise UnknownSnapshot(f"no snapshot has version {version}", snapshot_version=version)
        try:
            return self._files.read(*rows[0])
        except CorruptSnapshot as e:
            raise CorruptSnapshot(f"snapshot {version} is corrupt: {e}", snapshot_version=version) from e

    def list(self, limit: int = 100) -> Sequence[SnapshotRecord]:
        """See the port."""
        active = self.active_version()
        rows = self._connection.read(f"SELECT {_COLUMNS} FROM snapshots ORDER BY version DESC LIMIT ?", (limit,))
        names = self._connection.look(_names)
        return [_record(row, active, names.get(row[0])) for row in rows]

    def activate(self, version: int, at: float) -> SnapshotRecord:
        """See the port."""
        self.load(version)
        with self._connection.write() as connection:
            row = _row(connection, version)
            _choose(connection, version, pinned=True, at=at)
            return _record(row, version, _names(connection).get(version))

    def unpin(self) -> None:
        """See the port. The newest that is not corrupt becomes the active one."""
        newest = self._newest_good()
        with self._connection.write() as connection:
            connection.execute("UPDATE snapshot_choice SET pinned = 0, active = coalesce(?, active)", (newest,))

    def name(self, version: int, name: str, at: float) -> SnapshotRecord:
        """See the port."""
        with self._connection.write() as connection:
            row = _row(connection, version)
            names = _names(connection)
            if name in names.values() and names.get(version) != name:
                other = next(v for v, n in names.items() if n == name)
                raise AlreadyExists(f"snapshot {other} is named {name!r}; unname it first", snapshot_version=other)
            if version not in names and len(names) >= MOST_NAMED:
                raise InvalidRequest(
                    [("name", f"{MOST_NAMED} snapshots have a name, and no more can; unname one")], Fault.TOO_MANY
                )
            connection.execute(f"DELETE FROM {_NAMES} WHERE version = ?", (version,))
            connection.execute(f"INSERT INTO {_NAMES} VALUES (?, ?, ?)", (name, version, at))
            active, _ = _choice(connection)
        return _record(row, active, name)

    def unname(self, name: str) -> None:
        """See the port."""
        with self._connection.write() as connection:
            if not connection.execute(f"DELETE FROM {_NAMES} WHERE name = ?", (name,)).rowcount:
                raise UnknownSnapshot(f"no snapshot is named {name!r}", name=name)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _newest_good(self) -> int | None:
        for record in self.list():
            try:
                self.load(record.version)
            except (CorruptSnapshot, UnknownSnapshot):
                continue
            return record.version
        return None

    def _drop_old(self, connection: sqlite3.Connection, active: int) -> Sequence[str]:
        """Rows of those that are too old; the names of their files."""
        stored = [Stored(*row) for row in connection.execute("SELECT version, created_at FROM snapshots")]
        kept = self._keep.kept(stored) | _names(connection).keys() | {active}
        dropped = [(s.version,) for s in stored if s.version not in kept]
        files = [connection.execute("SELECT file FROM snapshots WHERE version = ?", one).fetchone() for one in dropped]
        connection.executemany("DELETE FROM snapshots WHERE version = ?", dropped)
        return [file for (file,) in files]


def _row(connection: sqlite3.Connection, version: int) -> tuple[Any, ...]:
    """Its columns. Raises UnknownSnapshot."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM snapshots WHERE version = ?", (version,)).fetchone()
    if row is None:
        raise UnknownSnapshot(f"no snapshot has version {version}", snapshot_version=version)
    found: tuple[Any, ...] = row
    return found


def _names(connection: sqlite3.Connection) -> dict[int, str]:
    """By version. None in a file of release 0.2.0, which is looked at and not changed."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_NAMES,)).fetchone():
        return {}
    return dict(connection.execute(f"SELECT version, name FROM {_NAMES}"))


def _record(row: tuple[Any, ...], active: int | None, name: str | None = None) -> SnapshotRecord:
    version, position, created_at, checksum, size_bytes, note = row
    return SnapshotRecord(version, position, created_at, checksum, size_bytes, version == active, note, name)


def _choice(connection: sqlite3.Connection) -> tuple[int | None, bool]:
    row = connection.execute("SELECT active, pinned FROM snapshot_choice").fetchone()
    return (None, False) if row is None else (row[0], bool(row[1]))


def _choose(connection: sqlite3.Connection, version: int, *, pinned: bool, at: float) -> None:
    connection.execute(
        "INSERT INTO snapshot_choice (id, active, pinned, at) VALUES (1, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET active = excluded.active, pinned = excluded.pinned, at = excluded.at",
        (version, int(pinned), at),
    )
