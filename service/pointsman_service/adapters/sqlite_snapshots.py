# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""Snapshots: payload files beside the database, their index and the choice of the active one in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pointsman_service.adapters.sqlite_connection import Database, SharedConnection
from pointsman_service.adapters.sqlite_payloads import PayloadFolder
from pointsman_service.errors import CorruptSnapshot, UnknownSnapshot
from pointsman_service.ports import SnapshotRecord, SnapshotStore

_COLUMNS = "version, position, created_at, checksum, size_bytes, note"


class SqliteSnapshotStore(SnapshotStore):
    """Implements `ports.SnapshotStore`. keep: the newest that stay; the active one stays whatever its age."""

    def __init__(self, database: Database, folder: Path, *, keep: int = 20) -> None:
        if keep < 1:
            raise ValueError(f"keep must be at least 1, not {keep}")
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
        rows = self._connection.read("SELECT file, checksum FROM snapshots WHERE version = ?", (version,))
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
        return [_record(row, active) for row in rows]

    def activate(self, version: int, at: float) -> SnapshotRecord:
        """See the port."""
        self.load(version)
        with self._connection.write() as connection:
            row = connection.execute(f"SELECT {_COLUMNS} FROM snapshots WHERE version = ?", (version,)).fetchone()
            if row is None:
                raise UnknownSnapshot(f"no snapshot has version {version}", snapshot_version=version)
            _choose(connection, version, pinned=True, at=at)
        return _record(row, version)

    def unpin(self) -> None:
        """See the port. The newest that is not corrupt becomes the active one."""
        newest = self._newest_good()
        with self._connection.write() as connection:
            connection.execute("UPDATE snapshot_choice SET pinned = 0, active = coalesce(?, active)", (newest,))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _newest_good(self) -> int | None:
        for record in self.list(self._keep + 1):
            try:
                self.load(record.version)
            except (CorruptSnapshot, UnknownSnapshot):
                continue
            return record.version
        return None

    def _drop_old(self, connection: sqlite3.Connection, active: int) -> Sequence[str]:
        rows = connection.execute(
            "DELETE FROM snapshots WHERE version <> ? AND version NOT IN"
            " (SELECT version FROM snapshots ORDER BY version DESC LIMIT ?) RETURNING file",
            (active, self._keep),
        ).fetchall()
        return [row[0] for row in rows]


def _record(row: tuple[Any, ...], active: int | None) -> SnapshotRecord:
    version, position, created_at, checksum, size_bytes, note = row
    return SnapshotRecord(version, position, created_at, checksum, size_bytes, version == active, note)


def _choice(connection: sqlite3.Connection) -> tuple[int | None, bool]:
    row = connection.execute("SELECT active, pinned FROM snapshot_choice").fetchone()
    return (None, False) if row is None else (row[0], bool(row[1]))


def _choose(connection: sqlite3.Connection, version: int, *, pinned: bool, at: float) -> None:
    connection.execute(
        "INSERT INTO snapshot_choice (id, active, pinned, at) VALUES (1, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET active = excluded.active, pinned = excluded.pinned, at = excluded.at",
        (version, int(pinned), at),
    )
