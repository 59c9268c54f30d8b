"""What a process knows of its database's condition: from its own reads and writes, and from looking.

Trouble comes from whatever fails, and passes by what can prove that it has passed:

  removed, replaced   both names lead to the open files again
  corrupt             SQLite's own check of the whole file finds nothing
  full                there is room again for more than a small write, and one succeeds
  anything else       a write succeeds, whoever's
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from pointsman_service.adapters.sqlite.check import check
from pointsman_service.adapters.sqlite.connection import Database
from pointsman_service.adapters.sqlite.room import disk_full
from pointsman_service.adapters.sqlite.writer import GroupCommit
from pointsman_service.errors import LogUnavailable
from pointsman_service.ports.condition import LogTrouble

CHECK_EVERY_S = 5.0  # between two checks of a damaged file: one reads all of it
CHECK_S = 30.0  # that such a check may take; a file that needs longer stays out of service until a restart
STALLED_S = 3.0
"""A transaction that waits so long for the disk or for another process's lock fails most callers' deadlines."""


class SqliteCondition:
    """Implements `ports.LogCondition` over one database and its writer. clock: monotonic seconds."""

    def __init__(self, database: Database, writer: GroupCommit, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._checked_at = -CHECK_EVERY_S

    @property
    def trouble(self) -> LogTrouble | None:
        """See the port."""
        waits_since = self._writer.busy_since
        known = self._database.met.trouble
        if known is None and waits_since is not None and self._clock() - waits_since > STALLED_S:
            return LogTrouble("stalled", f"a write to {self._database.path} has waited for {STALLED_S:.0f} s and more")
        return known

    def look(self) -> LogTrouble | None:
        """See the port."""
        met = self._database.met
        lost = self._writer.files.trouble()
        if lost is not None:
            met.trouble = lost
        elif met.trouble is not None:
            self._try_again(met.trouble)
        elif (full := disk_full(self._database.path)) is not None:
            met.note("full", str(full))
        return self.trouble

    def _try_again(self, known: LogTrouble) -> None:
        """Whether the trouble has passed."""
        if known.reason == "corrupt":
            if self._clock() - self._checked_at < CHECK_EVERY_S:
                return
            self._checked_at = self._clock()
            found = check(self._database, CHECK_S)
            if found.damage is not None or not found.whole:
                return
        elif known.reason == "full" and disk_full(self._database.path) is not None:
            return
        self._database.met.trouble = None
        self._try_writing()

    def _try_writing(self) -> None:
        """Whether the log can be written; what fails is noted where it is met."""
        try:
            self._writer.run_blocking(_touch)
        except LogUnavailable as e:
            if e.facts.get("reason") not in ("closed", "queue_full"):
                self._database.met.note(str(e.facts.get("reason")), str(e))


def _touch(connection: sqlite3.Connection) -> None:
    """The smallest write there is: the schema's version, as it is. One page of the WAL."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute(f"PRAGMA user_version = {version}")
