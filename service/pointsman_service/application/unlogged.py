"""Episodes that were paid for and could not be logged: kept in memory, and written as soon as the log can take them.

Nobody hears an answer before the log has it. So the caller is refused, and a repetition of the request_id gets the kept
answer once it is written; no model is called for it again. What a process that dies has kept is lost with it, as its
calls under way are.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from pointsman_service.errors import LogUnavailable, RequestConflict

MOST_KEPT = 1000
"""As many as can be under way when the log fails, by [server] concurrency's default: nothing paid begins after that."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 2.0  # between two tries; a disk that was freed is found within a client's next try

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")

Write = Callable[[], Awaitable[object]]
Key = tuple[str, str]


class Unlogged:
    """One process's. Keys are (tenant, request_id), or the episode's id where there is none."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: dict[Key, Write] = {}
        self._locks: dict[Key, asyncio.Lock] = {}
        self._trying: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, key: Key, write: Write) -> None:
        """Write it later. write: appends the episode; raises LogUnavailable while the log cannot take it.

        Of more than can be kept the oldest is given up, with a line in the log.
        """
        self._kept[key] = write
        if len(self._kept) > self._most:
            lost = next(iter(self._kept))
            del self._kept[lost]
            _log.error(
                "an episode that was paid for is lost: the log was away for too long", tenant=lost[0], id=lost[1]
            )
        if self._trying is None or self._trying.done():
            self._trying = asyncio.get_running_loop().create_task(self._try_all())

    async def written(self, key: Key) -> None:
        """Return when nothing is kept under the key. Raises LogUnavailable where it still cannot be written."""
        if key not in self._kept:
            return
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with lock:  # the background's try and a retry's are not two episodes
                write = self._kept.get(key)
                if write is None:
                    return
                with contextlib.suppress(RequestConflict):  # the episode was written, and what followed it failed
                    await write()
                self._kept.pop(key, None)
        finally:
            if not lock.locked():
                self._locks.pop(key, None)

    async def close(self) -> None:
        """Try once more, before the log closes."""
        if self._trying is not None:
            self._trying.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._trying
        await self._once()
        if self._kept:
            _log.error("episodes that were paid for are lost: the log cannot be written", episodes=len(self._kept))

    async def _try_all(self) -> None:
        wait_s = FIRST_WAIT_S
        while self._kept:
            await asyncio.sleep(wait_s)
            wait_s = FIRST_WAIT_S if await self._once() else min(2 * wait_s, LONGEST_WAIT_S)
        _log.info("what was paid for while the log was away is logged now")

    async def _once(self) -> bool:
        """Write all that can be written; whether that was all."""
        for key in tuple(self._kept):
            try:
                await self.written(key)
            except LogUnavailable:
                return False
        return True
