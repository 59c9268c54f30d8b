"""Scheduled jobs in a replay: how often they run, counted in queries, and what the log would tell them of calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.jobs.rebuild import CallTotals
from pointsman_learner.learner import JOBS
from pointsman_service.config.sections import JobsSection
from pointsman_service.errors import ConfigurationError
from pointsman_service.jobs.learner_jobs import REBUILT_FROM_S

from pointsman_bench.stream import Stream

GROWTH = "grow_taxonomy"
REBUILD = "rebuild_statistics"
DAY_S = 86_400.0
QUERIES_PER_DAY = 1000.0
"""Traffic at which six hours, growth's interval, are 250 queries."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """every: queries between two runs, by job; window: queries that the log's totals reach back, for the rebuild."""

    every: Mapping[str, int]
    window: int

    def due(self, t: int) -> tuple[str, ...]:
        """The jobs that run before query t, in the service's order.

        >>> Schedule({"promote": 42, "grow_taxonomy": 250}, 7000).due(41)
        ('promote',)
        """
        return tuple(name for name, n in self.every.items() if t % n == n - 1)

    def without(self, job: str) -> Schedule:
        """The same but for one job."""
        return Schedule({name: n for name, n in self.every.items() if name != job}, self.window)


def schedule_of(jobs: Sequence[str], queries_per_day: float = QUERIES_PER_DAY) -> Schedule:
    """These jobs at the service's default intervals, with so much traffic.

    >>> schedule_of(["grow_taxonomy", "recalibrate"]).every
    {'recalibrate': 42, 'grow_taxonomy': 250}
    """
    intervals = JobsSection().intervals()
    pace = queries_per_day / DAY_S
    every = {name: max(1, round(intervals[name] * pace)) for name in JOBS if name in jobs}
    return Schedule(every, max(1, round(REBUILT_FROM_S * pace)))


def jobs_named(text: str) -> tuple[str, ...]:
    """From "none", "all" or names with commas between, in the service's order. Raises ConfigurationError.

    >>> jobs_named("promote,recalibrate")
    ('recalibrate', 'promote')
    """
    asked = {"none": (), "all": JOBS}.get(text, tuple(name.strip() for name in text.split(",") if name.strip()))
    for name in asked:
        if name not in JOBS:
            raise ConfigurationError(f"--jobs: {name!r} is unknown; there are all, none, {', '.join(JOBS)}")
    return tuple(name for name in JOBS if name in asked)


class CallsSeen:
    """What calls have cost and taken lately, by leaf and model: what the event log's totals say to the rebuild.

    Tokens are those that the table has, as a provider would count them; else those that the context was estimated at.
    """

    def __init__(self, stream: Stream, window: int) -> None:
        self._tokens, self._contexts = stream.table.input_tokens, stream.contexts
        self._columns = {name: m for m, name in enumerate(stream.table.model_names)}
        self._window = window
        self._calls: deque[tuple[int, str, str, float, float, float]] = deque()

    def add(self, t: int, episode: EpisodeRecorded) -> None:
        """The calls of query t, where its kind is known."""
        if not episode.decision.node_path:
            return
        leaf = episode.decision.node_path[-1]
        for step in episode.steps:
            recorded = float(self._tokens[t, self._columns[step.model]])
            tokens = recorded if np.isfinite(recorded) else float(self._contexts[t].input_tokens)
            self._calls.append((t, leaf, step.model, step.cost_usd, step.latency_ms, tokens))

    def totals(self, t: int) -> tuple[CallTotals, ...]:
        """Over the window before query t, by leaf and model in their order."""
        while self._calls and self._calls[0][0] < t - self._window:
            self._calls.popleft()
        groups: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
        for _, leaf, model, *figures in self._calls:
            groups.setdefault((leaf, model), []).append((figures[0], figures[1], figures[2]))
        return tuple(
            CallTotals(leaf, model, len(rows), *(float(mean) for mean in np.mean(rows, axis=0)))
            for (leaf, model), rows in sorted(groups.items())
        )
