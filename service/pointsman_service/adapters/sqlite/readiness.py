"""Whether the log can take an episode now, known before anything is paid for one.

A write that was just committed says so for a moment; after that, and after any failure, a small write finds out. A
small write may still find room of its own in the WAL where an episode would not, so a disk that is nearly full counts
as full.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pointsman_service.adapters.sqlite.room import disk_full, free_bytes
from pointsman_service.adapters.sqlite.writer import GroupCommit, Work
from pointsman_service.errors import LogUnavailable

T = TypeVar("T")

FRESH_S = 0.1
"""For so long a committed write speaks for the next one. What begins meanwhile on a disk that fills up is kept in
memory until it can be written (see `application.unlogged`)."""


class Readiness:
    """Asks the writer of one database. path: of its file; clock: seconds, monotonic; free: bytes left on its disk."""

    def __init__(
        self,
        writer: GroupCommit,
        path: Path,
        clock: Callable[[], float] = time.monotonic,
        free: Callable[[Path], int | None] | None = None,
    ) -> None:
        self._writer, self._path, self._clock = writer, path, clock
        self._free = free or free_bytes
        self._written_until = -1.0

    async def run(self, work: Work[T]) -> T:
        """As the writer's own; remembers how it went."""
        try:
            done = await self._writer.run(work)
        except LogUnavailable:
            self._written_until = -1.0
            raise
        self._written_until = self._clock() + FRESH_S
        return done

    async def check(self) -> None:
        """Return where the log can take an episode. Raises LogUnavailable."""
        full = disk_full(self._path, self._free(self._path))
        if full is not None:
            raise full
        if self._clock() >= self._written_until:
            await self.run(_touch)


def _touch(connection: sqlite3.Connection) -> None:
    """The smallest write there is: the header's page, with the schema's version that it has."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute(f"PRAGMA user_version = {int(version)}")
