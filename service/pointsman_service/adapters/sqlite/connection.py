"""Connections to the one database file: WAL mode, no automatic checkpoints, every write a BEGIN IMMEDIATE.

Python's own transaction handling is off (isolation_level None): a transaction begins and ends where the code says so.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from pointsman_service.adapters.sqlite.errors import reason_of
from pointsman_service.adapters.sqlite.files import FileIdentity, OpenFiles
from pointsman_service.adapters.sqlite.met import Met
from pointsman_service.errors import LogUnavailable

T = TypeVar("T")

_LOOK_EVERY_S = 0.0005


@dataclass(frozen=True, slots=True)
class Database:
    """Where the file is and how it is opened.

    synchronous: "full" survives a power cut, "normal" a killed process. busy_timeout_s: how long a write waits for
    another process's. read_only: for inspection of a file that a service may be using. make: whether a file that is not
    there is made. met: the trouble that this process has met with the file.
    """

    path: Path
    synchronous: Literal["full", "normal"] = "full"
    busy_timeout_s: float = 5.0
    read_only: bool = False
    make: bool = True
    met: Met = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "met", Met(self.path))

    def files(self, connection: sqlite3.Connection) -> OpenFiles:
        """What a connection that was opened just now must find at each commit. Raises sqlite3.Error, LogUnavailable."""
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()  # opens the WAL
        identity = FileIdentity.of(str(self.path))
        if identity is None:
            raise LogUnavailable(f"{self.path} was removed while it was opened", reason="removed", path=self.path)
        return OpenFiles(self.path, identity)

    def connect(self) -> sqlite3.Connection:
        """A new connection, usable from any one thread at a time. Raises sqlite3.Error."""
        mode = "ro" if self.read_only else "rwc" if self.make else "rw"
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=self.busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            connection.execute(f"PRAGMA synchronous = {self.synchronous}")
            connection.execute("PRAGMA wal_autocheckpoint = 0")  # see wal.py: never inside a caller's commit
            connection.execute("PRAGMA temp_store = memory")
            # What a row leaves in a page that is written anyway is overwritten: a forgotten text must not stay there.
            connection.execute("PRAGMA secure_delete = fast")
            connection.execute("PRAGMA cell_size_check = on")  # a damaged page is named, not read as something else
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def begin(self, connection: sqlite3.Connection) -> None:
        """Take the write lock, waiting up to busy_timeout_s for other processes."""
        connection.execute("PRAGMA busy_timeout = 0")
        try:
            self.wait_for_lock(connection)
        finally:
            connection.execute(f"PRAGMA busy_timeout = {int(self.busy_timeout_s * 1e3)}")

    def wait_for_lock(self, connection: sqlite3.Connection) -> None:
        """As `begin`, on a connection whose own busy_timeout is 0.

        SQLite's own wait backs off to 100 ms, and a process that commits again and again then starves the others: so
        look often instead.
        """
        give_up = time.monotonic() + self.busy_timeout_s
        while not begin_at_once(connection):
            if time.monotonic() > give_up:
                connection.execute("BEGIN IMMEDIATE")
                return
            time.sleep(_LOOK_EVERY_S)

    @contextmanager
    def transaction(self, connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        """A write transaction: it holds the file's only write lock from the start, so what it reads stays true."""
        self.begin(connection)
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            roll_back(connection)
            raise


def begin_at_once(connection: sqlite3.Connection) -> bool:
    """Whether it could take the write lock; False where another holds it (at once where busy_timeout is 0)."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as e:
        if reason_of(e)[0] != "locked":
            raise
        return False
    return True


def roll_back(connection: sqlite3.Connection) -> None:
    """End the transaction without a trace. SQLite has done so itself after some errors (full, I/O)."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


class SharedConnection:
    """One connection that threads take turns with, for everything off the hot path. Raises LogUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._connection = database.connect()
        self._files = database.files(self._connection)

    def read(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one SELECT."""
        with self._lock:
            try:
                return self._connection.execute(sql, parameters).fetchall()
            except sqlite3.Error as e:
                raise self._database.met.reading(e) from e

    def look(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """What a function reads. Each of its statements sees one state of the file."""
        with self._lock:
            try:
                return read(self._connection)
            except sqlite3.Error as e:
                raise self._database.met.reading(e) from e

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A write transaction, committed unless the block raises."""
        met = self._database.met
        with self._lock:
            met.refuse()
            try:
                with self._database.transaction(self._connection) as connection:
                    yield connection
            except sqlite3.Error as e:
                raise met.writing(e) from e
            met.committed(self._files)

    def close(self) -> None:
        """Close it; the last connection to the file folds the WAL into it."""
        with self._lock:
            self._connection.close()
