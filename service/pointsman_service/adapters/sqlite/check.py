"""SQLite's own check of a file's structure, within a time: a damaged one must not be found by a caller's request.

`quick_check` reads every page (about a second for a million of them that the system has in memory) and compares all but
indexes with their tables. What a time ended is not called damaged: `pointsman doctor` checks without one.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass

from pointsman_service.adapters.sqlite.connection import Database
from pointsman_service.adapters.sqlite.errors import reason_of, unavailable
from pointsman_service.errors import ConfigurationError
from pointsman_service.observability.structured_log import structlog

START_S = 10.0
"""That a start waits for the check. At 100,000 episodes (470 MB) it takes some two seconds."""

_FINDINGS = 3  # that are told: whoever restores a backup needs to know no more
_STEPS = 10_000  # of SQLite's machine between two looks at the clock: about a millisecond

_log = structlog.get_logger("pointsman")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. damage: what is wrong, None where nothing was found; whole: False where time ended it."""

    damage: str | None
    whole: bool = True


def check(database: Database, within_s: float | None = None) -> Checked:
    """Read the whole file and say what is wrong with it. Blocks, for at most `within_s`.

    Raises LogUnavailable where it cannot be read for another reason than damage.
    """
    give_up = None if within_s is None else time.monotonic() + within_s
    ended = False

    def over() -> bool:
        nonlocal ended
        ended = give_up is not None and time.monotonic() > give_up
        return ended

    try:
        with closing(database.connect()) as connection:
            connection.set_progress_handler(over, _STEPS)
            found = [row[0] for row in connection.execute(f"PRAGMA quick_check({_FINDINGS})")]
    except sqlite3.Error as e:
        if ended:
            return Checked(None, whole=False)
        if reason_of(e)[0] == "corrupt":
            return Checked(str(e))
        raise unavailable(e, database.path) from e
    return Checked(None if found == ["ok"] else "; ".join(found).replace("\n", " "))


def check_at_start(database: Database) -> None:
    """Raise ConfigurationError where the file is damaged; say so where it is too large to be read whole now."""
    found = check(database, START_S)
    if found.damage is not None:
        raise ConfigurationError(
            f"storage: {database.path} is damaged ({found.damage}): restore a backup, or move the file away to start"
            " anew",
            reason="corrupt",
        )
    if not found.whole:
        _log.warning(
            "the database is too large to be checked whole at the start; `pointsman doctor` does",
            path=str(database.path),
            seconds=START_S,
        )
