"""The learner's own jobs. What one changes is appended as an event, and takes effect when the fold reads it back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from pointsman_learner.events import Event
from pointsman_learner.jobs.rebuild import CallTotals
from pointsman_learner.learner import JOBS, Learner

from pointsman_service.jobs.aside import aside
from pointsman_service.jobs.schedule import Job

REBUILT_FROM_S = 7 * 86_400.0
"""How far back the rebuild job looks."""


class Appends(Protocol):
    """The part of the event log that a job needs."""

    async def append(self, event: Event) -> int:
        """Append; the position."""


class Totals(Protocol):
    """The part of the statistics that the rebuild job needs."""

    def call_totals(self, since: float) -> Sequence[CallTotals]:
        """By leaf and model, since a time in seconds."""


def learner_jobs(
    learner: Callable[[], Learner], log: Appends, stats: Totals, reading: asyncio.Lock | None = None
) -> Mapping[str, Job]:
    """A job for each that the learner offers. learner: the present state, which jobs read and never change.

    reading: held while one reads it, aside from the event loop; whoever learns must leave the state alone meanwhile.
    """
    held = reading or asyncio.Lock()
    return {name: _job(name, learner, (log, stats), held) for name in JOBS}


def _job(name: str, learner: Callable[[], Learner], stores: tuple[Appends, Totals], reading: asyncio.Lock) -> Job:
    log, stats = stores

    async def run(at: float) -> Mapping[str, Any] | None:
        async with reading:
            totals = stats.call_totals(at - REBUILT_FROM_S) if name == "rebuild_statistics" else ()
            applied = await aside(lambda: learner().propose(name, at, totals), name)
        if applied is None:
            return None
        detail = {"position": await log.append(applied), "parts": sorted(applied.change)}
        return {**detail, "why": applied.change["why"]} if "why" in applied.change else detail

    return run
