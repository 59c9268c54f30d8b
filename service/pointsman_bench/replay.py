"""One policy on one stream: queries in their order, feedback later, changes when they come."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np
from pointsman_learner.events import BudgetPut, ModelPut, TaxonomyNodePut
from pointsman_learner.learner import Learner
from pointsman_learner.settings import LearnerSettings
from pointsman_service.config.priors.known import KnownBeforehand

from pointsman_bench.conditions import TENANT, Conditions, Trace
from pointsman_bench.players import Answered, LearnerPlayer, Player
from pointsman_bench.stream import Stream
from pointsman_bench.timing import depth_of, seconds_of

__all__ = ["TENANT", "Changes", "Conditions", "Trace", "begin", "new_learner", "play", "replay", "told"]

Changes = Mapping[int, Sequence[ModelPut]]
"""What the operator does before the query at a position: models that are added, repriced or disabled."""


def new_learner(  # noqa: PLR0917 - all that a learner begins with
    stream: Stream,
    settings: LearnerSettings,
    nodes: Sequence[Mapping[str, object]],
    budget_usd: float,
    absent: frozenset[str] = frozenset(),
    beforehand: KnownBeforehand | None = None,
) -> Learner:
    """As the service starts one: models, taxonomy and budget, and nothing learnt.

    absent: models that come later; beforehand: what public results foretell of models.
    """
    learner = Learner(settings)
    begin(learner, stream, nodes, budget_usd, absent, beforehand)
    return learner


def begin(  # noqa: PLR0917 - as above
    learner: Learner,
    stream: Stream,
    nodes: Sequence[Mapping[str, object]],
    budget_usd: float,
    absent: frozenset[str] = frozenset(),
    beforehand: KnownBeforehand | None = None,
) -> None:
    """Tell a new learner all that a service tells it at its start."""
    for node in nodes:
        learner.apply_one(TaxonomyNodePut(0.0, node))
    for model in stream.table.models:
        if model.name not in absent:
            known = model.as_learner_model()
            learner.apply_one(ModelPut(0.0, beforehand.told(known, known.name) if beforehand else known))
    learner.apply_one(BudgetPut(0.0, TENANT, budget_usd * 1000.0))


def told(changes: Changes, beforehand: KnownBeforehand | None) -> Changes:
    """The changes with what public results foretell of their models."""
    if beforehand is None:
        return changes
    return {
        t: [ModelPut(put.at, beforehand.told(put.model, put.model.name)) for put in puts] for t, puts in changes.items()
    }


def replay(stream: Stream, learner: Learner, conditions: Conditions, changes: Changes | None = None) -> Trace:
    """Run the learner over the whole stream, in its order."""
    return play(stream, LearnerPlayer(stream, learner, conditions), conditions, changes)


def play(stream: Stream, player: Player, conditions: Conditions, changes: Changes | None = None) -> Trace:
    """Run any policy. Which answers get feedback, and which of it is flipped, depends on the seed alone."""
    n = len(stream)
    trace = Trace.empty(n)
    rng = np.random.default_rng((conditions.seed, 79))
    rated = rng.random(n) < conditions.feedback_rate
    flipped = rng.random(n) < conditions.flip
    waiting: deque[tuple[int, Answered]] = deque()
    for t in range(n):
        for event in (changes or {}).get(t, ()):
            player.change(t, event)
        answered = player.play(t)
        _record(trace, t, answered, stream)
        if rated[t]:
            waiting.append((t, answered))
        while waiting and waiting[0][0] + conditions.feedback_delay <= t:
            about, was = waiting.popleft()
            said = float(trace.quality[about])
            player.feedback(t, about, was, 1.0 - said if flipped[about] else said)
    return trace


def _record(trace: Trace, t: int, answered: Answered, stream: Stream) -> None:
    table, m, episode = stream.table, answered.model, answered.episode
    trace.quality[t], trace.cost[t], trace.answered[t] = table.scores[t, m], answered.cost_usd, m
    trace.judge_cost[t], trace.judge_calls[t] = answered.judge_cost_usd, answered.judge_calls
    trace.believed[t], trace.cost_weight[t], trace.steps[t] = answered.believed, answered.cost_weight, answered.steps
    trace.depth[t] = depth_of(episode.steps) if episode else 1
    trace.seconds[t] = seconds_of(stream, t, episode.steps) if episode else table.latency_ms[t, m] / 1e3
    trace.jobs_changed[t] = answered.jobs_changed
