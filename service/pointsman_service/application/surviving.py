"""What is done to its end, whoever is cancelled meanwhile: a caller hangs up, and what was paid is still logged."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_under_way: set[asyncio.Task[Any]] = set()  # an event loop alone would let them be collected


async def surviving(work: Coroutine[Any, Any, T]) -> T:
    """The result of the work, which goes on where the waiting for it is cancelled."""
    task = asyncio.ensure_future(work)
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    return await asyncio.shield(task)


async def survived() -> None:
    """Wait until all of it is done, for an end in order: what is still to be logged needs the log."""
    loop = asyncio.get_running_loop()
    while mine := {task for task in _under_way if task.get_loop() is loop}:
        await asyncio.wait(mine)
