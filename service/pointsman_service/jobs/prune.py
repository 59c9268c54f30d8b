"""The job that forgets what is older than the retention, never what the learner's state still depends on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pointsman_service.jobs.schedule import Job, Unchanged

DAY_S = 86_400.0
WAITING = "the learner is behind: what it has not learnt and saved yet stays until the next run"


class Pruned(Protocol):
    """episodes: how many were removed; through: the position that it could not go beyond; waiting: how many stay."""

    @property
    def episodes(self) -> int:
        """How many."""

    @property
    def through(self) -> int:
        """Up to where."""

    @property
    def waiting(self) -> int:
        """Old ones, that the learner has not saved yet."""


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

    async def run(at: float) -> Mapping[str, Any] | Unchanged | None:
        check_clock()
        save()
        pruned = await asyncio.to_thread(prune, at - retention_days * DAY_S, at)
        found: dict[str, Any] = {"episodes": pruned.episodes, "through": pruned.through}
        if pruned.waiting:
            found |= {"waiting": pruned.waiting, "why": WAITING}
        if pruned.episodes:
            return found
        return Unchanged(found) if pruned.waiting else None

    return run
