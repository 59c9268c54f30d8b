"""Long work in a thread that stands back for requests, ends with who asked for it, and does not pile up.

A thread that computes holds the interpreter for 5 ms at a time (sys.getswitchinterval), which each request under way
waits for at each of its steps: sixteen estimates at once made a Route take 280 ms, and went on for 50 s after their
callers had gone. So the work is done in slices, and rests as long after each; told to stop, it ends with its slice.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from pointsman_service.errors import OverLimit

T = TypeVar("T")

SLICE_S = 0.002
"""Less than a Route takes, so that what it waits for the interpreter does not double it."""
RETRY_S = 1.0  # when to come back where other work is under way: it takes seconds


class Stopped(Exception):  # noqa: N818 - named for the fact
    """Nobody waits for the work any more."""


class Slices:
    """What the working thread is given: to be passed at every step of some microseconds or milliseconds."""

    def __init__(
        self, rest: Callable[[float], object] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rest, self._clock = rest, clock
        self._began = clock()
        self.stop = threading.Event()

    def step(self) -> None:
        """Rest where the slice is over. Raises Stopped."""
        if self.stop.is_set():
            raise Stopped
        took = self._clock() - self._began
        if took >= SLICE_S:
            self._rest(took)
            self._began = self._clock()

    def over(self, items: Iterable[T]) -> Iterator[T]:
        """The items, a step before each. Raises Stopped."""
        for item in items:
            self.step()
            yield item


class StandingBack:
    """most: pieces of work at once. name: of the limit, for who is refused."""

    def __init__(self, name: str, most: int = 1) -> None:
        self._name, self._most, self._running = name, most, 0

    @property
    def running(self) -> int:
        """Pieces of work under way; one whose caller has gone counts until its slice is over."""
        return self._running

    async def run(self, work: Callable[[Slices], T]) -> T:
        """What the work returns; cancelled, it ends with its slice. Raises OverLimit, and what it raises."""
        if self._running >= self._most:
            raise OverLimit(
                f"{self._most} {self._name} at once is the most; another is under way: retry in {RETRY_S:g} s",
                limit=self._name,
                subject="service",
                retry_after_s=RETRY_S,
            )
        slices = Slices()
        self._running += 1
        working = asyncio.get_running_loop().run_in_executor(None, work, slices)
        working.add_done_callback(self._ended)
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            slices.stop.set()
            raise

    def _ended(self, working: asyncio.Future[T]) -> None:
        self._running -= 1
        if not working.cancelled():
            working.exception()  # of no interest to anybody where the caller has gone
