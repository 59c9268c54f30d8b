"""One policy on one stream at one budget: decide, call, judge, answer, log, and feedback later, as the service does."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from pointsman_learner.events import BudgetPut, EpisodeRecorded, FeedbackRecorded, ModelPut, TaxonomyNodePut
from pointsman_learner.learner import Learner
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.verdicts import AGREEMENT
from pointsman_learner.words import Accept, AskJudge, CallModel, Constraints, FloatArray, Step, Verdict

from pointsman_service.bench.stream import Stream

TENANT = "bench"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the replay grants. feedback_rate: share of answers that get feedback, `feedback_delay` queries later;
    feedback_all: on every answer at once; refresh: queries between snapshots; budget_usd: dollars per query.
    """

    budget_usd: float
    seed: int = 0
    feedback_rate: float = 0.2
    feedback_delay: int = 50
    refresh: int = 10
    grow_every: int = 250


@dataclass(frozen=True, slots=True)
class Trace:
    """What came of it, per query: quality and cost (judges included) in [0, 1] and dollars; answered: model index;
    judge_cost, judge_calls; believed: P(right) at the end; cost_weight: lambda."""

    quality: FloatArray
    cost: FloatArray
    answered: np.ndarray
    judge_cost: FloatArray
    judge_calls: np.ndarray
    believed: FloatArray
    cost_weight: FloatArray
    steps: np.ndarray


def new_learner(
    stream: Stream, settings: LearnerSettings, nodes: Sequence[dict[str, object]], budget_usd: float
) -> Learner:
    """As the service starts one: models, taxonomy and budget, and nothing learnt."""
    learner = Learner(settings)
    for node in nodes:
        learner.apply_one(TaxonomyNodePut(0.0, node))
    for model in stream.table.models:
        learner.apply_one(ModelPut(0.0, model.as_learner_model()))
    learner.apply_one(BudgetPut(0.0, TENANT, budget_usd * 1000.0))
    return learner


def replay(stream: Stream, learner: Learner, conditions: Conditions) -> Trace:
    """Run the whole stream, in its order."""
    n = len(stream)
    rng = np.random.default_rng((conditions.seed, 77))
    trace = Trace(*(np.zeros(n) for _ in range(2)), np.zeros(n, int), np.zeros(n), np.zeros(n, int), np.zeros(n),
                  np.zeros(n), np.zeros(n, int))  # fmt: skip
    waiting: deque[tuple[int, EpisodeRecorded, float]] = deque()
    snapshot = learner.snapshot()
    constraints = Constraints(judges=stream.judges, tenant=TENANT, max_steps=learner.known.settings.max_steps)
    for t in range(n):
        if t % conditions.refresh == 0:
            snapshot = learner.snapshot()
        episode = run_episode(stream, snapshot, constraints, t, rng)
        learner.apply_one(episode)
        assert episode.answer is not None
        answered = stream.table.model_names.index(episode.steps[episode.answer].model)
        quality = float(stream.table.scores[t, answered])
        _record(trace, t, episode, answered, quality)
        if rng.random() < conditions.feedback_rate:
            waiting.append((t + conditions.feedback_delay, episode, quality))
        while waiting and waiting[0][0] <= t:
            _, about, value = waiting.popleft()
            learner.apply_one(FeedbackRecorded(f"f{t}", about.episode_id, TENANT, float(t), "score", value), about)
        if conditions.grow_every and t % conditions.grow_every == conditions.grow_every - 1:
            job = learner.propose("grow_taxonomy", float(t))
            if job is not None:
                learner.apply_one(job)
    return trace


def run_episode(
    stream: Stream, snapshot: Snapshot, constraints: Constraints, t: int, rng: np.random.Generator
) -> EpisodeRecorded:
    """Query t through the cascade, with recorded outcomes for calls and verdicts."""
    context = stream.contexts[t]
    decision = snapshot.decide(context, constraints, rng)
    steps: list[Step] = []
    while True:
        action = snapshot.next_action(context, decision, steps, constraints, rng)
        match action:
            case CallModel(model=model, propensity=propensity):
                steps.append(call(stream, t, model, propensity))
            case AskJudge(judge=judge, index=index):
                asked = steps[index]
                price = next(j.cost_usd for j in stream.judges if j.name == judge)
                verdict = _verdict(stream, t, asked.model, judge, price)
                steps[index] = replace(asked, verdicts=(*asked.verdicts, verdict))
            case Accept(index=index, quality=believed, reason=reason):
                return EpisodeRecorded(
                    f"e{t}", TENANT, float(t), context, decision, tuple(steps), index, reason, believed
                )


def call(stream: Stream, t: int, model: str, propensity: float) -> Step:
    """The recorded call of a model, with the free judges' verdicts."""
    m = stream.table.model_names.index(model)
    verdicts = [_verdict(stream, t, model, j.name, 0.0) for j in stream.judges if j.free and j.name != AGREEMENT]
    if stream.keys is not None:
        key = int(stream.keys[t, m])
        verdicts.append(Verdict(AGREEMENT, None, key=str(key) if key >= 0 else None))
    latency = float(np.nan_to_num(stream.table.latency_ms[t, m], nan=1000.0))
    return Step(model, float(stream.table.costs_usd[t, m]), latency, verdicts=tuple(verdicts), propensity=propensity)


def _verdict(stream: Stream, t: int, model: str, judge: str, price: float) -> Verdict:
    score = float(stream.scores[judge][t, stream.table.model_names.index(model)])
    return Verdict(judge, None if np.isnan(score) else score, price)


def _record(trace: Trace, t: int, episode: EpisodeRecorded, answered: int, quality: float) -> None:
    verdicts = [v for s in episode.steps for v in s.verdicts]
    trace.quality[t], trace.cost[t], trace.answered[t] = quality, episode.cost_usd, answered
    trace.judge_cost[t] = sum(v.cost_usd for v in verdicts)
    trace.judge_calls[t] = sum(v.cost_usd > 0 for v in verdicts)
    trace.believed[t] = episode.believed or 0.0
    trace.cost_weight[t] = episode.decision.cost_weight
    trace.steps[t] = len(episode.steps)
