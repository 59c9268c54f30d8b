"""Checkpoints of the learner: its whole state and the log position that it is the fold of.

A restart folds from the newest good one. Once episodes have been pruned, a fold from empty is no longer possible: the
state that pruning relied on (the base) lies in the database itself, and `doctor` folds from there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from pointsman_service.adapters.sqlite.connection import Database, SharedConnection
from pointsman_service.adapters.sqlite.payloads import PayloadFolder
from pointsman_service.errors import CorruptSnapshot
from pointsman_service.observability.structured_log import structlog

_log = structlog.get_logger(__name__)


class CheckpointStore:
    """Learner states at log positions. keep: the newest that stay."""

    def __init__(self, database: Database, folder: Path, *, keep: int = 3) -> None:
        if keep < 1:
            raise ValueError(f"keep must be at least 1, not {keep}")
        self._files = PayloadFolder(folder)
        self._connection = SharedConnection(database)
        self._keep = keep

    def put(self, payload: bytes, position: int, at: float) -> None:
        """Store the state that is the fold of the log up to and with `position`. Raises LogUnavailable."""
        file = self._files.write(payload)
        with self._connection.write() as connection:
            connection.execute(
                "INSERT INTO checkpoints (position, created_at, checksum, size_bytes, file) VALUES (?, ?, ?, ?, ?)",
                (position, at, file.checksum, file.size_bytes, file.name),
            )
            dropped = self._drop_old(connection)
            known = {row[0] for row in connection.execute("SELECT file FROM checkpoints")}
        self._files.sweep(dropped, known)

    def latest(self) -> tuple[bytes, int] | None:
        """(state, position) of the newest that can be read; None where there is none. Corrupt ones are logged."""
        return self._newest_good()

    def base(self) -> tuple[bytes, int] | None:
        """Where a fold of what is left of the log starts: None from empty, as long as nothing was pruned."""
        rows = self._connection.read("SELECT state, through FROM pruned")
        return (bytes(rows[0][0]), int(rows[0][1])) if rows else None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _newest_good(self) -> tuple[bytes, int] | None:
        rows = self._connection.read("SELECT file, checksum, position FROM checkpoints ORDER BY id DESC")
        for file, checksum, position in rows:
            try:
                return self._files.read(file, checksum), position
            except CorruptSnapshot as e:
                _log.warning("checkpoint_skipped", position=position, error=str(e))
        return None

    def _drop_old(self, connection: sqlite3.Connection) -> Sequence[str]:
        rows = connection.execute(
            "DELETE FROM checkpoints WHERE id NOT IN (SELECT id FROM checkpoints ORDER BY id DESC LIMIT ?)"
            " RETURNING file",
            (self._keep,),
        ).fetchall()
        return [row[0] for row in rows]
