"""The learner's own jobs. What one changes is appended as an event, and takes effect when the fold reads it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pointsman_learner.events import Event
from pointsman_learner.learner import JOBS, Learner

from pointsman_service.jobs.schedule import Job


class Appends(Protocol):
    """The part of the event log that a job needs."""

    async def append(self, event: Event) -> int:
        """Append; the position."""


def learner_jobs(learner: Callable[[], Learner], log: Appends) -> Mapping[str, Job]:
    """A job for each that the learner offers. learner: the present state, which jobs read and never change."""
    return {name: _job(name, learner, log) for name in JOBS}


def _job(name: str, learner: Callable[[], Learner], log: Appends) -> Job:
    async def run(at: float) -> Mapping[str, Any] | None:
        applied = learner().propose(name, at)
        if applied is None:
            return None
        return {"position": await log.append(applied), "parts": sorted(applied.change)}

    return run
