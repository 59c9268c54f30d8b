"""Feedback in the background, for threads: handed over at once, sent together, retried until it is in the log."""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, Unpack

from pointsman import v1
from pointsman.backlog import Backlog, BatcherLimits, BatcherStats, DropReason, Item
from pointsman.batch_outcome import BatchOutcome, of_failure, of_results
from pointsman.batching import ATTEMPT_S, OnDropped, OnRefused, Pace, Teller, checked_wait, request_of, settle
from pointsman.errors import PointsmanError
from pointsman.feedback import FeedbackFields

EXIT_S = 10.0
"""That the end of the program, or of the client, waits for what is left: what a restart of the service takes."""

Send = Callable[[Sequence[Item], float], Sequence[v1.FeedbackResult]]
"""Sends a batch once, within so many seconds. Raises PointsmanError."""


class FeedbackBatcher:
    """Takes feedback from any thread without waiting, and sends it in batches from a thread of its own.

    Each item has a request_id, so it counts once however often it is sent; it is retried until `deadline_s` is over.
    What is dropped (no room, deadline, closed) is counted, logged and told to `on_dropped`; what the service refuses is
    told to `on_refused`. Close it, or use it in a `with`: that waits until all is acknowledged, refused or dropped.

        with Client() as pointsman, pointsman.batcher() as batcher:
            answer = pointsman.complete("What is 2 + 2?")
            batcher.add(answer.episode_id, thumb=True)
    """

    def __init__(
        self,
        send: Send,
        limits: BatcherLimits,
        on_dropped: OnDropped | None = None,
        on_refused: OnRefused | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Made by `Client.batcher`."""
        self._send, self._limits, self._clock = send, limits, clock
        self._teller = Teller(on_dropped, on_refused, clock)
        self._begin_anew()
        # By a weak reference: a batcher that nobody has any more should not live until the end of the program.
        self._at_exit = _closing(weakref.ref(self))
        atexit.register(self._at_exit)

    def add(self, feedback: str | v1.Feedback | v1.RecordFeedbackRequest, **fields: Unpack[FeedbackFields]) -> bool:
        """Hand feedback over; whether there was room. Never waits for the service.

        feedback: an episode's id, with what `Client.feedback` takes beside it; or a message. Raises InvalidRequest.
        """
        request, tenant = request_of(feedback, fields)
        if os.getpid() != self._pid:
            self._begin_anew()  # A forked child has neither the thread nor its parent's items.
        with self._changed:
            reason: DropReason = "full"
            if self._closing:
                self._backlog.refuse_closed()
                reason = "closed"
            elif self._backlog.put(request, tenant, self._clock()) is not None:
                self._work()
                return True
        self._teller.dropped([request], reason)
        return False

    def flush(self, timeout_s: float | None = None) -> bool:
        """Send what there is, and wait until each item of it is acknowledged, refused or dropped.

        False where timeout_s seconds were not enough; the items stay, and are sent on.
        """
        until = None if timeout_s is None else self._clock() + checked_wait(timeout_s)
        with self._changed:
            asked = [*self._backlog.sending, *self._backlog.waiting]
            self._flushing += 1
            self._changed.notify_all()
            try:
                while asked := [item for item in asked if not item.settled]:
                    left_s = None if until is None else until - self._clock()
                    if left_s is not None and left_s <= 0.0:
                        return False
                    self._changed.wait(left_s)
            finally:
                self._flushing -= 1
        return True

    def close(self, timeout_s: float | None = None) -> None:
        """Take nothing more, flush, and end the thread. What is left after timeout_s seconds is dropped, and told."""
        with self._changed:
            self._closing = True
        self.flush(timeout_s)
        with self._changed:
            left = self._backlog.give_up()
            self._ended = True
            self._changed.notify_all()
        self._teller.ended(left)
        atexit.unregister(self._at_exit)

    def stats(self) -> BatcherStats:
        """What became of all that was handed over so far."""
        with self._changed:
            return self._backlog.stats()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _begin_anew(self) -> None:
        self._pid = os.getpid()
        self._backlog, self._pace = Backlog(self._limits), Pace(self._limits)
        self._changed = threading.Condition()
        self._flushing, self._closing, self._ended = 0, False, False
        self._thread: threading.Thread | None = None

    def _work(self) -> None:
        """See that there is a thread, and wake it only where it has something to do. Under the lock."""
        if self._thread is None:
            # A daemon: the program's end waits for what is left by atexit, for a bounded time.
            self._thread = threading.Thread(target=self._run, name="pointsman-feedback", daemon=True)
            self._thread.start()
        elif len(self._backlog.waiting) == 1 or self._backlog.is_full_batch():
            self._changed.notify_all()

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            outcome = self._sent(batch) if batch else BatchOutcome()
            with self._changed:
                if self._ended:
                    return
                if batch:
                    self._pace.after(outcome, len(batch), self._clock())
                    settle(self._backlog, outcome)
                late = self._backlog.expired(self._clock())
            # Without the lock, since callbacks may hand over more; and before whoever waits goes on.
            self._teller.told(outcome, late)
            with self._changed:
                self._changed.notify_all()

    def _next(self) -> list[Item] | None:
        """The next batch, once one is due; an empty one where items have expired; None at the end."""
        with self._changed:
            while not self._ended:
                now = self._clock()
                due_s = self._pace.due_s(self._backlog, now, at_once=self._flushing > 0 or self._closing)
                if due_s is not None and due_s <= 0.0:
                    return self._pace.take(self._backlog, now)
                self._changed.wait(due_s)
        return None

    def _sent(self, batch: list[Item]) -> BatchOutcome:
        timeout_s = min(ATTEMPT_S, max(batch[0].expires_at - self._clock(), 1e-3))
        try:
            return of_results(batch, self._send(batch, timeout_s))
        except PointsmanError as error:
            return of_failure(batch, error)


def _closing(batcher: weakref.ref[FeedbackBatcher]) -> Callable[[], None]:
    def close() -> None:
        if (alive := batcher()) is not None:
            alive.close(EXIT_S)

    return close
