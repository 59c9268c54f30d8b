"""Who begins next: a few calls a turn of the event loop, each caller in rotation, and none that would wait too long.

An event loop that works on calls as they are accepted accepts as slowly as it works: what it has not accepted waits
inside gRPC, where nobody can count it, refuse it or put it in order (1,000 calls at once: three in flight, the last
answered after 3.3 s). So between two beginnings the loop runs until nothing new was accepted for some rounds; then all
who have come are here. Refusing costs a tenth of beginning, so the loop keeps up with what it refuses.

Refusals come after the calls that may begin, as far as they can wait: a flood of them delays whoever floods.

Callers take turns, so that who has many calls waiting delays their own (Nagle 1987, fair queueing). TOGETHER of them
begin at a time: they are decided as one batch and share a commit, and the rounds for all to be accepted are gone
through once.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from itertools import islice

QUIET_ROUNDS = 16
"""Rounds of the loop without a new call after which none is taken to be waiting: about 200 us, for all that begin then.
An accept takes one to three; with 3 rounds 1,000 calls at once were found one by one, with 8 or 20 at once (measured,
one beginning at a time)."""
LONGEST_DRAIN_S = 0.1
"""Accepting does not starve what was accepted: the time of three batches, then the next begins."""
REST_S = 0.0005
"""A loop that had nothing to begin for so long has accepted all there is."""
FIRST_TURN_S = 0.003
"""What a beginning takes before any was measured: a Route on one core of the test machine."""
TOGETHER = 16
"""Calls that begin together. Nobody else has the loop meanwhile, and beyond that a batch brings little more."""
SMOOTHING = 0.1  # of the mean time of a turn: it follows within some ten of them
ALWAYS_TAKEN = 100
"""So many may always wait, however slow the machine is now: a pool of clients is no flood (httpx, and so the SDKs that
use it, have 100 connections)."""
HELD_S = 1.0
"""A refusal waits so long at most for the calls that may begin: the default of queue_wait_s, which binds these."""
MOST_HELD = 4_000
"""Refusals that wait; as many calls as gRPC may hold before they are accepted."""
AT_ONCE = 4
"""Refusals between two looks whether a call has come that may begin: a Route's time together."""
OUTLIER = 4.0  # times the mean, as which a longer turn counts: one pause of the machine is no slow service


class Turns:
    """One event loop's. longest_s: seconds that a call may expect to wait. clock: seconds, monotonic."""

    def __init__(self, longest_s: float, clock: Callable[[], float] = time.perf_counter) -> None:
        self.longest_s = longest_s
        self._clock = clock
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._count = 0
        self._held: dict[asyncio.Future[None], None] = {}
        self._accepted = 0
        self._active = False
        self._ended_at = 0.0
        self._granted_at = 0.0
        self._chained = False
        self._turn_s = FIRST_TURN_S
        self._begun = 1

    @property
    def waiting(self) -> int:
        """Calls that wait for their turn."""
        return self._count

    def accepted(self) -> None:
        """Note that gRPC has handed over one more call."""
        self._accepted += 1

    def too_long_s(self, caller: str) -> float | None:
        """What one more call of this caller would wait, where that is longer than it may; None where it is not."""
        before = self._before(caller)
        wait_s = before * self._turn_s
        return wait_s if before >= ALWAYS_TAKEN and wait_s > self.longest_s else None

    def _before(self, caller: str) -> int:
        """Calls that begin before one more of this caller."""
        own = self._waiting.get(caller)
        if own is None:
            return len(self._waiting)
        return min(self._count, (len(own) + 1) * len(self._waiting))

    async def turn(self, caller: str) -> None:
        """Return when it is this call's turn; it has the loop then until it first waits for something."""
        if not self._active and self._clock() - self._ended_at > REST_S:
            self._active = True
            asyncio.get_running_loop().call_soon(self._began)
            return
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[None] = loop.create_future()
        self._waiting.setdefault(caller, deque()).append(mine)
        self._count += 1
        if not self._active:
            self._active = True
            self._drain(loop, self._clock(), self._accepted, 0)
        await mine

    async def spare(self) -> None:
        """Return when no call waits for its turn: then a refusal may be written.

        At once where MOST_HELD wait for that, and after HELD_S whatever goes on.
        """
        if not self._count or len(self._held) >= MOST_HELD:
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held[mine] = None
        try:
            await asyncio.wait((mine,), timeout=HELD_S)
        finally:
            self._held.pop(mine, None)

    def _release(self) -> None:
        """Some of the refusals that wait, and the next when these are written and still nobody waits for a turn."""
        for future in list(islice(self._held, AT_ONCE)):
            del self._held[future]
            future.set_result(None)
        if self._held and not self._count:
            asyncio.get_running_loop().call_soon(self._release)

    def _began(self) -> None:
        """A call has begun and waits for something: somebody else's turn, once all are here."""
        self._ended_at = self._clock()
        if self._count:
            self._drain(asyncio.get_running_loop(), self._ended_at, self._accepted, 0)
        else:
            self._active = self._chained = False
            self._release()

    def _drain(self, loop: asyncio.AbstractEventLoop, since: float, accepted: int, quiet: int) -> None:
        quiet = quiet + 1 if accepted == self._accepted else 0
        if quiet > QUIET_ROUNDS or self._clock() - since > LONGEST_DRAIN_S:
            self._grant(loop)
        else:
            loop.call_soon(self._drain, loop, since, self._accepted, quiet)

    def _grant(self, loop: asyncio.AbstractEventLoop) -> None:
        futures = [future for _ in range(TOGETHER) if (future := self._next()) is not None]
        if not futures:
            self._active = self._chained = False
            self._release()
            return
        now = self._clock()
        if self._chained:  # the queue was never empty since the last: all of the time between was these turns'
            took_s = min((now - self._granted_at) / self._begun, OUTLIER * self._turn_s)
            self._turn_s += SMOOTHING * (took_s - self._turn_s)
        self._granted_at, self._chained, self._begun = now, True, len(futures)
        for future in futures:
            future.set_result(None)
        loop.call_soon(self._began)  # after the calls, which set_result has put before this

    def _next(self) -> asyncio.Future[None] | None:
        """The first call of the caller who has waited longest for a turn; its others go behind everybody's."""
        while self._count:
            caller, own = next(iter(self._waiting.items()))
            future = own.popleft()
            self._count -= 1
            del self._waiting[caller]
            if own:
                self._waiting[caller] = own
            if not future.done():  # else its call was cancelled
                return future
        return None
