"""Feedback in the background, for asyncio: handed over at once, sent together, retried until it is in the log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self, Unpack

from pointsman import v1
from pointsman.backlog import Backlog, BatcherLimits, BatcherStats, DropReason, Item
from pointsman.batch_outcome import BatchOutcome, of_failure, of_results
from pointsman.batching import ATTEMPT_S, OnDropped, OnRefused, Pace, Teller, checked_wait, request_of, settle
from pointsman.errors import PointsmanError
from pointsman.feedback import FeedbackFields

Send = Callable[[Sequence[Item], float], Awaitable[Sequence[v1.FeedbackResult]]]
"""Sends a batch once, within so many seconds. Raises PointsmanError."""


class AsyncFeedbackBatcher:
    """As `FeedbackBatcher`, for the event loop that first adds to it: `add` returns at once, a task sends.

    async with AsyncClient() as pointsman, pointsman.batcher() as batcher:
        answer = await pointsman.complete("What is 2 + 2?")
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
        """Made by `AsyncClient.batcher`."""
        self._send, self._clock = send, clock
        self._teller = Teller(on_dropped, on_refused, clock)
        self._backlog, self._pace = Backlog(limits), Pace(limits)
        self._wake, self._moved = asyncio.Event(), asyncio.Event()
        self._flushing, self._closing = 0, False
        self._task: asyncio.Task[None] | None = None

    def add(self, feedback: str | v1.Feedback | v1.RecordFeedbackRequest, **fields: Unpack[FeedbackFields]) -> bool:
        """Hand feedback over; whether there was room. Call it in the event loop.

        feedback: an episode's id, with what `AsyncClient.feedback` takes beside it; or a message. Raises
        InvalidRequest.
        """
        request, tenant = request_of(feedback, fields)
        reason: DropReason = "full"
        if self._closing:
            self._backlog.refuse_closed()
            reason = "closed"
        elif self._backlog.put(request, tenant, self._clock()) is not None:
            if self._task is None:
                self._task = asyncio.get_running_loop().create_task(self._run(), name="pointsman-feedback")
            self._wake.set()
            return True
        self._teller.dropped([request], reason)
        return False

    async def flush(self, timeout_s: float | None = None) -> bool:
        """Send what there is, and wait until each item of it is acknowledged, refused or dropped.

        False where timeout_s seconds were not enough; the items stay, and are sent on.
        """
        asked = [*self._backlog.sending, *self._backlog.waiting]
        self._flushing += 1
        self._wake.set()
        try:
            async with asyncio.timeout(None if timeout_s is None else checked_wait(timeout_s)):
                while asked := [item for item in asked if not item.settled]:
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            return False
        finally:
            self._flushing -= 1
        return True

    async def close(self, timeout_s: float | None = None) -> None:
        """Take nothing more, flush, and end the task. What is left after timeout_s seconds is dropped, and told."""
        self._closing = True
        await self.flush(timeout_s)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        left = self._backlog.give_up()
        self._teller.ended(left)
        self._moved.set()

    def stats(self) -> BatcherStats:
        """What became of all that was handed over so far."""
        return self._backlog.stats()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self) -> None:
        while True:
            batch = await self._next()
            outcome = await self._sent(batch) if batch else BatchOutcome()
            now = self._clock()
            if batch:
                self._pace.after(outcome, len(batch), now)
                settle(self._backlog, outcome)
            self._teller.told(outcome, self._backlog.expired(now))
            self._moved.set()

    async def _next(self) -> list[Item]:
        """The next batch, once one is due; an empty one where items have expired."""
        while True:
            self._wake.clear()
            due_s = self._pace.due_s(self._backlog, self._clock(), at_once=self._flushing > 0 or self._closing)
            if due_s is not None and due_s <= 0.0:
                return self._pace.take(self._backlog, self._clock())
            try:
                async with asyncio.timeout(due_s):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _sent(self, batch: list[Item]) -> BatchOutcome:
        timeout_s = min(ATTEMPT_S, max(batch[0].expires_at - self._clock(), 1e-3))
        try:
            return of_results(batch, await self._send(batch, timeout_s))
        except PointsmanError as error:
            return of_failure(batch, error)
