"""Keeps what a service cannot do without running: watches within a process, and the processes themselves.

A part that ends, by an error or by itself, is logged and started again, later and later while it keeps ending; so none
can be gone without anybody noticing, and none can busy a processor by failing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from pointsman_service.errors import PointsmanError
from pointsman_service.observability.structured_log import structlog

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 30.0
HEALTHY_S = 30.0  # a part that ran so long has earned a short pause again

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


class Ended(Exception):  # noqa: N818 - named for the fact
    """A part ended by a cause that the message says in full: a process with its exit code, say."""


async def keep_running(
    name: str, part: Callable[[], Awaitable[object]], still_wanted: Callable[[], bool] = lambda: True
) -> None:
    """Run `part()` again whenever it ends, until cancelled, or until it ends while it is not wanted any more."""
    clock = asyncio.get_running_loop().time
    pause_s, restarts = FIRST_PAUSE_S, 0
    while True:
        started, problem = clock(), None
        try:
            await part()
        except Exception as e:  # noqa: BLE001 - the edge of a part
            problem = e
        if not still_wanted():
            return
        if clock() - started > HEALTHY_S:
            pause_s = FIRST_PAUSE_S
        _tell(name, problem, pause_s, restarts)
        await asyncio.sleep(pause_s)
        pause_s, restarts = min(LONGEST_PAUSE_S, pause_s * 2), restarts + 1


@asynccontextmanager
async def all_running(parts: Mapping[str, Callable[[], Awaitable[object]]]) -> AsyncGenerator[None]:
    """Keep every part running, each by its name, within the block."""
    tasks = [asyncio.create_task(keep_running(name, part), name=name) for name, part in parts.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _tell(name: str, problem: Exception | None, pause_s: float, restarts: int) -> None:
    facts = {"part": name, "pause_s": pause_s, "restarts": restarts}
    if problem is None:  # somebody ended it in order: an operator who stops the learner, say
        _log.warning("ended, starting it again", **facts)
    elif isinstance(problem, Ended | PointsmanError):
        _log.error("failed, starting it again", why=str(problem), **facts)
    else:
        _log.error("failed, starting it again", exc_info=problem, **facts)
