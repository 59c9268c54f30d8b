"""Group commit: one thread writes, and what is waiting when it starts a transaction shares that transaction's fsync.

A piece of work is a function of the connection. It looks first and writes after: a PointsmanError that it raises before
its first write is its own answer, and the others of its batch go on. An answer is given only after COMMIT, so what was
acknowledged is on disk; where COMMIT fails, all of the batch failed and nothing of it was written.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from pointsman_service.adapters.sqlite_connection import Database, roll_back
from pointsman_service.adapters.sqlite_errors import unavailable
from pointsman_service.errors import LogUnavailable, PointsmanError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

# Errors of one piece of work (a bad value, a broken rule), not of the file: the rest of the batch can be saved.
_ITS_OWN_FAULT = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.DataError)


@dataclass(slots=True, eq=False)
class _Ticket:
    """One piece of work, who waits for it, and what came of it."""

    work: Work[Any]
    future: asyncio.Future[Any] | concurrent.futures.Future[Any]
    loop: asyncio.AbstractEventLoop | None
    result: Any = None
    error: Exception | None = field(default=None)


class GroupCommit:
    """The one writer of this process. Other processes have their own; SQLite's lock puts their batches in order.

    queue_limit: pieces of work that may wait; beyond it callers get LogUnavailable at once instead of a longer queue.
    batch_limit: pieces of work in one transaction.
    """

    def __init__(self, database: Database, *, queue_limit: int = 10_000, batch_limit: int = 256) -> None:
        self._database = database
        self._queue_limit = queue_limit
        self._batch_limit = batch_limit
        self._queue: SimpleQueue[_Ticket | None] = SimpleQueue()
        self._handed: dict[asyncio.AbstractEventLoop, list[_Ticket]] = {}
        self._closing = threading.Lock()
        self._closed = False
        self._connection = database.connect()
        self._thread = threading.Thread(target=self._run, name="pointsman-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Work[T]) -> T:
        """The work's answer, after its COMMIT. Raises LogUnavailable, and what the work raises.

        Cancelling the caller does not take the work back: it may be in a transaction already.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._closing:
            self._refuse_beyond_limits()
            handed = self._handed.setdefault(loop, [])
            handed.append(_Ticket(work, future, loop))
        if len(handed) == 1:
            # Once the loop has run what is ready: waking the writer for each piece of work would have both threads
            # fight for the interpreter, and a transaction for the first piece alone.
            loop.call_soon(self._hand_over, loop)
        return await future

    def run_blocking(self, work: Work[T]) -> T:
        """As `run`, for a thread without an event loop."""
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        with self._closing:
            self._refuse_beyond_limits()
            self._queue.put(_Ticket(work, future, None))
        return future.result()

    @property
    def waiting(self) -> int:
        """Pieces of work that wait for the writer now."""
        return self._queue.qsize() + sum(map(len, tuple(self._handed.values())))

    def close(self) -> None:
        """Write what was accepted, then stop. Blocks; a second call changes nothing."""
        with self._closing:
            if not self._closed:
                self._closed = True
                for ticket in (t for tickets in self._handed.values() for t in tickets):
                    self._queue.put(ticket)
                self._handed.clear()
                self._queue.put(None)
        self._thread.join()

    def _refuse_beyond_limits(self) -> None:
        if self._closed:
            raise LogUnavailable("the log is closed: the service is stopping", reason="closed")
        if self.waiting >= self._queue_limit:
            raise LogUnavailable(f"{self._queue_limit} writes are waiting; retry later", reason="queue_full")

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._closing:
            for ticket in self._handed.pop(loop, ()):  # none where `close` was quicker
                self._queue.put(ticket)

    def _run(self) -> None:
        open_ = True
        while open_:
            batch: list[_Ticket] = []
            open_ = self._collect(batch)
            if batch:
                self._commit(batch)
                _deliver(batch)
        self._connection.close()

    def _collect(self, batch: list[_Ticket]) -> bool:
        """Wait for one piece of work and take those behind it. False when the queue has ended."""
        ticket = self._queue.get()
        while ticket is not None:
            batch.append(ticket)
            if len(batch) == self._batch_limit:
                return True
            try:
                ticket = self._queue.get_nowait()
            except Empty:
                return True
        return False

    def _commit(self, batch: Iterable[_Ticket]) -> None:
        """One transaction for all; again without the one at fault, where there is one."""
        left = list(batch)
        while left:
            culprit = self._attempt(left)
            if culprit is None:
                return
            left.remove(culprit)

    def _attempt(self, batch: list[_Ticket]) -> _Ticket | None:
        ticket: _Ticket | None = None
        try:
            self._database.begin(self._connection)
            for ticket in batch:
                _perform(ticket, self._connection)
            ticket = None
            self._connection.execute("COMMIT")
        except Exception as e:  # noqa: BLE001 - the edge of the writer's thread: it must outlive any piece of work
            roll_back(self._connection)
            of_the_file = isinstance(e, sqlite3.Error) and not isinstance(e, _ITS_OWN_FAULT)
            if ticket is not None and not of_the_file:
                ticket.error = e
                return ticket
            for each in batch:  # an exception a waiter: a shared one would gather their tracebacks
                each.error = unavailable(e, self._database.path) if isinstance(e, sqlite3.Error) else e
        return None


def _perform(ticket: _Ticket, connection: sqlite3.Connection) -> None:
    ticket.error = None
    try:
        ticket.result = ticket.work(connection)
    except PointsmanError as e:
        ticket.error = e


def _deliver(batch: Iterable[_Ticket]) -> None:
    """Wake the waiters, each event loop once a batch."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Ticket]] = {}
    for ticket in batch:
        if ticket.loop is None:
            _settle([ticket])
        else:
            by_loop.setdefault(ticket.loop, []).append(ticket)
    for loop, tickets in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, tickets)
        except RuntimeError:
            if not loop.is_closed():  # a closed loop has no waiters left
                raise


def _settle(tickets: Iterable[_Ticket]) -> None:
    for ticket in tickets:
        if ticket.future.done():  # cancelled by its waiter
            continue
        if ticket.error is None:
            ticket.future.set_result(ticket.result)
        else:
            ticket.future.set_exception(ticket.error)
