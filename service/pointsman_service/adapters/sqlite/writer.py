"""Group commit: what is waiting when a transaction starts shares that transaction's fsync.

Where a commit waits for the disk (synchronous "full"), a thread of its own writes. Where it does not ("normal"), it is
cheaper than waking a thread and fighting it for the interpreter: the event loop commits what one of its turns brought,
and only what would make it wait (another process's lock, many pieces of work, a queue before them) goes to the thread.

A piece of work is a function of the connection. It looks first and writes after: a PointsmanError that it raises before
its first write is its own answer, and the others of its batch go on. An answer is given only after COMMIT, so what was
acknowledged is on disk; where COMMIT fails, all of the batch failed and nothing of it was written.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from pointsman_service.adapters.sqlite.connection import Database, begin_at_once, roll_back
from pointsman_service.errors import LogUnavailable, PointsmanError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_SOON = 64  # pieces of work that the event loop commits itself: about 3 ms of it

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
        self._on_loop = min(_SOON, batch_limit) if database.synchronous == "normal" else 0
        self._turn = threading.Lock()  # who holds it may use the connection
        self._closing = threading.Lock()
        self._closed = False
        self._connection = database.connect()
        self.files = database.files(self._connection)
        self.busy_since: float | None = None  # monotonic seconds, of the thread's transaction under way
        self._connection.execute("PRAGMA busy_timeout = 0")  # set once: around each BEGIN it would cost as much again
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
            # Once the loop has run what is ready, so that all of it shares a transaction.
            loop.call_soon(self._end_of_turn, loop)
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
        self._database.met.refuse()
        if self.waiting >= self._queue_limit:
            raise LogUnavailable(f"{self._queue_limit} writes are waiting; retry later", reason="queue_full")

    def _end_of_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._closing:
            tickets = self._handed.pop(loop, [])  # none where `close` was quicker
            if not self._may_commit_now(tickets):
                self._enqueue(tickets)
                return
        try:
            left = self._attempt(tickets, wait=False)
            self._enqueue(left)
        finally:
            self._turn.release()
        _settle(t for t in tickets if t not in left)

    def _may_commit_now(self, tickets: Sequence[_Ticket]) -> bool:
        """Whether the loop may write these itself; it has its turn then."""
        few = 0 < len(tickets) <= self._on_loop
        return few and self._queue.empty() and self._turn.acquire(blocking=False)

    def _enqueue(self, tickets: Iterable[_Ticket]) -> None:
        for ticket in tickets:
            self._queue.put(ticket)

    def _run(self) -> None:
        open_ = True
        while open_:
            batch: list[_Ticket] = []
            open_ = self._collect(batch)
            self.busy_since = time.monotonic()
            with self._turn:
                self._commit(batch)
            self.busy_since = None
            _deliver(batch)
        with self._turn:  # a loop that had its turn when `close` came may have left some behind the end of the queue
            left = [ticket for _ in range(self._queue.qsize()) if (ticket := self._queue.get()) is not None]
            self._commit(left)
            self._connection.close()
        _deliver(left)

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

    def _commit(self, batch: Sequence[_Ticket]) -> None:
        """One transaction for all; again without the one at fault, where there is one."""
        while batch:
            batch = self._attempt(batch, wait=True)

    def _attempt(self, batch: Sequence[_Ticket], *, wait: bool) -> Sequence[_Ticket]:
        """One transaction. Those that need another: all where it would have to wait, all but one that is at fault."""
        ticket: _Ticket | None = None
        try:
            if wait:
                self._database.wait_for_lock(self._connection)
            elif not begin_at_once(self._connection):
                return batch
            for ticket in batch:
                _perform(ticket, self._connection)
            ticket = None
            self._connection.execute("COMMIT")
            self._database.met.committed(self.files)
        except Exception as e:  # noqa: BLE001 - the edge of the writer: it must outlive any piece of work
            roll_back(self._connection)
            of_the_file = isinstance(e, sqlite3.Error) and not isinstance(e, _ITS_OWN_FAULT)
            if ticket is not None and not of_the_file:
                ticket.error = e
                return [t for t in batch if t is not ticket]
            for each in batch:  # an exception a waiter: a shared one would gather their tracebacks
                each.error = self._of_the_file(e)
        return ()

    def _of_the_file(self, error: Exception) -> Exception:
        """What each waiter of a batch gets that failed whole."""
        if isinstance(error, sqlite3.Error):
            return self._database.met.writing(error)
        if isinstance(error, LogUnavailable):
            return LogUnavailable(str(error), **error.facts)
        return error


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
