"""SQLite's result codes as named facts: one table says what happened and what to do about it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from pointsman_service.errors import ConfigurationError, LogUnavailable, PointsmanError

_PRIMARY = 0xFF  # the low byte of an extended result code

_MEANING = {
    sqlite3.SQLITE_BUSY: ("locked", "another process holds it; retry"),
    sqlite3.SQLITE_LOCKED: ("locked", "another connection holds it; retry"),
    sqlite3.SQLITE_READONLY: ("read_only", "let the service's user write the file and its folder"),
    sqlite3.SQLITE_PERM: ("read_only", "let the service's user write the file and its folder"),
    sqlite3.SQLITE_FULL: ("full", "free space on the disk, then retry"),
    sqlite3.SQLITE_IOERR: ("io", "look at the disk, then retry"),
    sqlite3.SQLITE_CANTOPEN: ("cannot_open", "check that the folder exists and may be written"),
    sqlite3.SQLITE_CORRUPT: ("corrupt", "restore a backup, or move the file away to start anew"),
    sqlite3.SQLITE_NOTADB: (
        "corrupt",
        "it is no SQLite database; restore a backup, or move the file away to start anew",
    ),
}

_STOPS_THE_START = frozenset({"read_only", "cannot_open", "corrupt"})


def reason_of(error: sqlite3.Error) -> tuple[str, str]:
    """(reason, what to do) of one SQLite error; ("sqlite", its own words) for one that the table does not name.

    >>> reason_of(sqlite3.OperationalError("odd"))
    ('sqlite', 'odd')
    """
    code = getattr(error, "sqlite_errorcode", None)
    meaning = None if code is None else _MEANING.get(code & _PRIMARY)
    return meaning or ("sqlite", str(error))


def unavailable(error: sqlite3.Error, path: Path) -> LogUnavailable:
    """What a caller meets when a read or a write failed. Nothing was half-written."""
    reason, advice = reason_of(error)
    return LogUnavailable(f"the database {path} failed ({reason}: {error}): {advice}", reason=reason, path=path)


def cannot_start(error: sqlite3.Error, path: Path) -> PointsmanError:
    """What stops the start: ConfigurationError where only an operator can help, else LogUnavailable."""
    reason, advice = reason_of(error)
    if reason in _STOPS_THE_START:
        return ConfigurationError(f"storage: {path} cannot be used ({reason}: {error}): {advice}", reason=reason)
    return unavailable(error, path)
