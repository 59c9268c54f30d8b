"""The job that forgets what is older than the retention, never what the learner's state still depends on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pointsman_service.jobs.schedule import Job

DAY_S = 86_400.0


class Pruned(Protocol):
    """episodes: how many were removed; through: the log position that it could not go beyond."""

    @property
    def episodes(self) -> int:
        """How many."""

    @property
    def through(self) -> int:
        """Up to where."""


def prune_job(
    save: Callable[[], None],
    prune: Callable[[float, float], Pruned],
    retention_days: float,
    check_clock: Callable[[], None] = lambda: None,
) -> Job:
    """A job over `prune(before, now)`, both in seconds since the epoch; it runs in a thread.

    save: makes a checkpoint first, so that as much as possible lies before the newest one. check_clock: raises where
    the time must not be believed.
    """

    async def run(at: float) -> Mapping[str, Any] | None:
        check_clock()
        save()
        pruned = await asyncio.to_thread(prune, at - retention_days * DAY_S, at)
        return {"episodes": pruned.episodes, "through": pruned.through} if pruned.episodes else None

    return run
