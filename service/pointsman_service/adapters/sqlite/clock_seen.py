"""The time that was believed last, so that a start can tell whether the clock has jumped meanwhile."""

from __future__ import annotations

from pointsman_service.adapters.sqlite.connection import Database, SharedConnection


class SqliteClockSeen:
    """Implements `jobs.clock_guard.ClockSeen`."""

    def __init__(self, database: Database) -> None:
        self._connection = SharedConnection(database)

    def last(self) -> float | None:
        """See the port. Of a file from before it was kept: when the newest episode was decided."""
        kept = self._connection.read("SELECT at FROM clock_seen")
        if kept:
            return float(kept[0][0])
        newest = self._connection.read("SELECT at FROM episodes ORDER BY position DESC LIMIT 1")
        return float(newest[0][0]) if newest else None

    def keep(self, at: float) -> None:
        """See the port. Raises LogUnavailable."""
        with self._connection.write() as connection:
            connection.execute(
                "INSERT INTO clock_seen (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at", (at,)
            )

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
