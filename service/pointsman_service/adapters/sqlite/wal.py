"""Checkpoints of the write-ahead log, off the hot path: no caller's commit pays for copying pages into the database.

A thread copies what it can without stopping anyone (PASSIVE). Writers that never pause would let the file grow for
ever; so past `limit_bytes` it takes the lock for the moment that starting the file over needs (RESTART).
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from pointsman_service.adapters.sqlite.connection import Database
from pointsman_service.adapters.sqlite.errors import reason_of
from pointsman_service.observability.structured_log import structlog

_log = structlog.get_logger(__name__)


class Checkpointer:
    """One thread a process. interval_s: between two looks; limit_bytes: of the WAL, where RESTART begins."""

    def __init__(self, database: Database, *, interval_s: float = 1.0, limit_bytes: int = 64 << 20) -> None:
        self._wal = Path(f"{database.path}-wal")
        self._interval_s = interval_s
        self._limit_bytes = limit_bytes
        self._connection = database.connect()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pointsman-checkpointer", daemon=True)
        self._thread.start()

    def checkpoint(self) -> int:
        """Copy now; pages of the WAL that remain uncopied. Raises sqlite3.Error."""
        size = self._wal.stat().st_size if self._wal.exists() else 0
        mode = "RESTART" if size > self._limit_bytes else "PASSIVE"
        _busy, pages, copied = self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        return max(0, int(pages) - int(copied))

    def close(self) -> None:
        """Stop; a second call changes nothing."""
        self._stop.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        told = ""
        while not self._stop.wait(self._interval_s):
            try:
                self.checkpoint()
                told = ""
            except sqlite3.Error as e:  # the log goes on without; the next look tries again
                if told != (reason := reason_of(e)[0]):
                    _log.warning("wal_checkpoint_failed", reason=reason, error=str(e))
                told = reason
