"""The trouble that a process's connections have met with their database, kept until something proves it over."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from pointsman_service.adapters.sqlite.errors import reason_of, unavailable
from pointsman_service.adapters.sqlite.files import OpenFiles
from pointsman_service.errors import LogUnavailable
from pointsman_service.ports.condition import LogTrouble

_BY_READING = frozenset({"corrupt", "io", "cannot_open"})
"""What a failed read says of writes, too. A lock that a read met, or a statement that fails, says nothing of them."""

_NOT_BY_WRITING = frozenset({"corrupt", "removed", "replaced", "full"})
"""What one write that succeeds does not prove over: it may have touched other pages, or have been a small one."""


@dataclass(slots=True)
class Met:
    """Trouble met, None where all is well. One for all connections of a process to one file."""

    path: Path
    trouble: LogTrouble | None = None

    def note(self, reason: str, text: str) -> None:
        """Something failed. Trouble that only a look can end is not overwritten."""
        if self.trouble is None or self.trouble.reason not in _NOT_BY_WRITING:
            self.trouble = LogTrouble(reason, text)

    def reading(self, error: sqlite3.Error) -> LogUnavailable:
        """A read failed: what its caller gets."""
        told = unavailable(error, self.path)
        if reason_of(error)[0] in _BY_READING:
            self.note(reason_of(error)[0], str(told))
        return told

    def writing(self, error: sqlite3.Error) -> LogUnavailable:
        """A write failed: what its caller gets."""
        told = unavailable(error, self.path)
        self.note(reason_of(error)[0], str(told))
        return told

    def committed(self, files: OpenFiles) -> None:
        """A transaction was committed to these files. Raises LogUnavailable where nobody else can find them."""
        lost = files.trouble()
        if lost is not None:
            self.trouble = lost
            raise LogUnavailable(lost.text, reason=lost.reason, path=self.path)
        if self.trouble is not None and self.trouble.reason not in _NOT_BY_WRITING:
            self.trouble = None

    def refuse(self) -> None:
        """Raise LogUnavailable where nothing must be acknowledged, though SQLite might still take it."""
        if self.trouble is not None and self.trouble.reason in ("corrupt", "removed", "replaced"):
            raise LogUnavailable(self.trouble.text, reason=self.trouble.reason, path=self.path)
