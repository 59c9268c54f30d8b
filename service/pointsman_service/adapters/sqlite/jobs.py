"""Last runs of the scheduled jobs, and requests to run one now: so a restart catches up, and any process can ask."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pointsman_service.adapters.sqlite.connection import Database, SharedConnection
from pointsman_service.adapters.sqlite.rows import to_json
from pointsman_service.ports import JobStore


class SqliteJobStore(JobStore):
    """Implements `ports.JobStore`."""

    def __init__(self, database: Database) -> None:
        self._connection = SharedConnection(database)

    def record(self, name: str, started_at: float, ended_at: float, outcome: str, detail: Mapping[str, Any]) -> None:
        """See the port. Raises ValueError where `detail` is no JSON, LogUnavailable."""
        row = (name, started_at, ended_at, outcome, to_json(dict(detail), "detail"))
        with self._connection.write() as connection:
            connection.execute("INSERT OR REPLACE INTO job_runs VALUES (?, ?, ?, ?, ?)", row)

    def last_runs(self) -> Mapping[str, Mapping[str, Any]]:
        """See the port."""
        rows = self._connection.read("SELECT name, started_at, ended_at, outcome, detail FROM job_runs ORDER BY name")
        return {
            name: {"started_at": started_at, "ended_at": ended_at, "outcome": outcome, "detail": json.loads(detail)}
            for name, started_at, ended_at, outcome, detail in rows
        }

    def request(self, name: str, at: float) -> None:
        """See the port. Asking twice before it runs is asking once."""
        with self._connection.write() as connection:
            connection.execute("INSERT OR IGNORE INTO job_requests VALUES (?, ?)", (name, at))

    def take_requests(self) -> Sequence[str]:
        """See the port: oldest first; each is taken by one process only."""
        if not self._connection.read("SELECT 1 FROM job_requests LIMIT 1"):
            return ()  # polled: a look needs no write lock
        with self._connection.write() as connection:
            rows = connection.execute("SELECT name FROM job_requests ORDER BY at, name").fetchall()
            connection.execute("DELETE FROM job_requests")
        return [row[0] for row in rows]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
