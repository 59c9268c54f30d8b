"""One query through the learner's cascade, with recorded outcomes for calls and verdicts."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
from msgspec.structs import replace
from pointsman_learner.actions import Accept, ActionTaken, AskJudge, CallModel
from pointsman_learner.belief.judges import AGREEMENT
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.types import Constraints, Decision, Step, Verdict

from pointsman_bench.stream import READERS, Stream

UNKNOWN_MS = 1000.0
"""What a call is taken for whose latency nobody knows: then a latency weight is the price of a call."""


def run_episode(  # noqa: PLR0917 - all that one query is run with
    stream: Stream, snapshot: Snapshot, constraints: Constraints, t: int, rng: np.random.Generator,
    decision: Decision | None = None,
) -> EpisodeRecorded:  # fmt: skip
    """Query t, as the service would run it: decide, then call, ask and accept as the snapshot says.

    decision: the snapshot's, where it was taken before.
    """
    context = stream.contexts[t]
    decision = snapshot.decide(context, constraints, rng) if decision is None else decision
    steps: list[Step] = []
    actions: list[ActionTaken] = []
    while True:
        action = snapshot.next_action(context, decision, steps, constraints, rng)
        actions.append(ActionTaken.of(action, first=not actions))
        match action:
            case CallModel(model=model, propensity=propensity):
                steps.append(call(stream, t, model, propensity))
                if len(actions) == 1 and (other := snapshot.together(context, decision, constraints)) is not None:
                    actions.append(ActionTaken.of(other))
                    steps.append(replace(call(stream, t, other.model, other.propensity), at_once=True))
            case AskJudge(judge=judge, index=index):
                steps[index] = ask(stream, t, steps[index], judge)
            case Accept(index=index, quality=believed, reason=reason):
                return EpisodeRecorded(
                    f"e{t}", constraints.tenant, float(t), context, decision, tuple(steps), index, reason, believed,
                    constraints, tuple(actions),
                )  # fmt: skip


def call(stream: Stream, t: int, model: str, propensity: float, asked: Collection[str] = ()) -> Step:
    """The recorded call of a model, with the verdicts of the free judges and of those `asked` at once."""
    m = stream.table.model_names.index(model)
    verdicts = [
        verdict_of(stream, t, model, j.name, j.cost_usd)
        for j in stream.judges
        if j.name != AGREEMENT and (j.free or j.name in asked)
    ]
    if stream.keys is not None:
        key = int(stream.keys[t, m])
        verdicts.append(Verdict(AGREEMENT, None, key=str(key) if key >= 0 else None))
    recorded = float(stream.table.latency_ms[t, m])
    latency = UNKNOWN_MS if math.isnan(recorded) else recorded
    return Step(model, float(stream.table.costs_usd[t, m]), latency, verdicts=tuple(verdicts), propensity=propensity)


def ask(stream: Stream, t: int, step: Step, judge: str) -> Step:
    """The step with the recorded verdict of one more judge, at its price."""
    price = next(j.cost_usd for j in stream.judges if j.name == judge)
    return replace(step, verdicts=(*step.verdicts, verdict_of(stream, t, step.model, judge, price)))


def verdict_of(stream: Stream, t: int, model: str, judge: str, price: float) -> Verdict:
    """What a judge says of the model's answer to query t; no score where it was not recorded."""
    score = float(stream.scores[judge][t, stream.table.model_names.index(model)])
    return Verdict(judge, None if math.isnan(score) else score, price, 0.0 if judge in READERS else stream.verdict_ms)
