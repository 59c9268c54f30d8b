"""Whether the files that are open are still the ones that their names lead to.

A deleted file can be written as before: whoever has it open writes on into nothing, and a write that was acknowledged
there is lost with the process. The same holds for another file under the old name, which others read. So every commit
is followed by a look at both names, the database's and its WAL's, before anybody is told that it is on disk: two calls
of `stat`, 2 us each.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pointsman_service.ports.condition import LogTrouble

_CURE = "stop the service; put the folder back or restore a backup, then start it again"


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """What stays the same while a file is renamed, written or truncated, and differs for every other file."""

    device: int
    inode: int

    @classmethod
    def of(cls, path: str) -> FileIdentity | None:
        """Of what is there now, None where nothing is."""
        try:
            found = os.stat(path)  # noqa: PTH116 - half the time of Path.stat, on every commit
        except OSError:
            return None
        return cls(found.st_dev, found.st_ino)


class OpenFiles:
    """The files of one connection, which has read from them. database: the identity that it was opened with.

    The WAL is there from the first read of a connection until the last one is closed.
    """

    __slots__ = ("_database", "_path", "_wal", "_wal_path")

    def __init__(self, path: Path, database: FileIdentity) -> None:
        self._path, self._wal_path = str(path), f"{path}-wal"
        self._database = database
        self._wal = FileIdentity.of(self._wal_path)

    def trouble(self) -> LogTrouble | None:
        """What is wrong with the names, None where both lead to the open files."""
        return _differs(self._path, self._database) or _differs(self._wal_path, self._wal)


def _differs(path: str, opened: FileIdentity | None) -> LogTrouble | None:
    found = FileIdentity.of(path)
    if found == opened or opened is None:
        return None
    if found is None:
        return LogTrouble("removed", f"{path} was removed while it was open, so nothing is logged: {_CURE}")
    return LogTrouble("replaced", f"{path} was replaced while it was open, so nothing is logged: {_CURE}")
