"""Queues by key: who waits for the same thing waits in turn, so that the first to come is the first to be served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager, suppress


class Queues:
    """Each key's is made when somebody waits, and gone when nobody does."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, asyncio.Lock] = {}
        self._waiting: dict[Hashable, int] = {}

    @asynccontextmanager
    async def turn(self, key: Hashable, ends_at: float) -> AsyncIterator[None]:
        """Inside, it is one's turn; after `ends_at`, by the loop's clock, also out of turn."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._waiting[key] = self._waiting.get(key, 0) + 1
        mine = False
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(ends_at):
                    mine = await lock.acquire()
            yield
        finally:
            if mine:
                lock.release()
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key], self._locks[key]
