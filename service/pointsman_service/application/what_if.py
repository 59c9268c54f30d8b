"""What another lambda, policy or pool would have brought, estimated from the log alone, for whole cascades.

Every choice of a logged episode has the chance of each thing that could have been done. The new policy is asked what it
would have done at the same place, and how likely; see `pointsman_learner.evaluation`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Literal

from pointsman_learner.evaluation.estimate import Always, Evaluation, Interval, evaluate
from pointsman_learner.evaluation.table import Told
from pointsman_learner.evaluation.target import Logged, Target

from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.one_at_a_time import OneAtATime
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.told_episodes import NOTHING
from pointsman_service.domain.operations import Estimate, WhatIf, WhatIfQuery
from pointsman_service.errors import Fault, InvalidRequest
from pointsman_service.ports import OfSnapshot, OneModel, PolicyEvaluator, WhatIfAsked

CURRENT = "current"
ALWAYS = "always:"
SNAPSHOT = "snapshot:"


class WhatIfEstimator:
    """Says which policy is meant, and has it valued on the log."""

    def __init__(self, evaluator: PolicyEvaluator, models: ModelRegistry, watch: SnapshotWatch) -> None:
        self._evaluator, self._models, self._watch = evaluator, models, watch
        self._alone = OneAtATime("what_if")

    async def estimate(self, query: WhatIfQuery) -> WhatIf:
        """See `rpc.application.Admin.what_if`. One at a time; it ends when its caller goes.

        Raises InvalidRequest, UnknownModel, UnknownSnapshot, CorruptSnapshot, OverLimit, and what the evaluator raises.
        """
        asked = WhatIfAsked(query, await asyncio.to_thread(self._other, query))
        with self._alone:
            return await self._evaluator.what_if(asked)

    def _other(self, query: WhatIfQuery) -> OneModel | OfSnapshot:
        """The new policy."""
        pool = tuple(self._models[name].name for name in query.models) or None
        name = query.policy or CURRENT
        if name == CURRENT:
            return OfSnapshot(*self._watch.payload(), query.cost_weight, pool)
        kind, _, which = name.partition(":")
        if kind + ":" == ALWAYS and query.models:
            raise InvalidRequest([("models", f"must be left out: {name!r} calls no other")], Fault.CONFLICTING)
        if kind + ":" == ALWAYS:
            return OneModel(self._models[which].name)
        if kind + ":" == SNAPSHOT and which.isdecimal():
            return OfSnapshot(*self._watch.payload(int(which)), query.cost_weight, pool)
        known = f'"{CURRENT}", "{ALWAYS}MODEL", "{SNAPSHOT}VERSION"'
        raise InvalidRequest([("policy", f"no policy {name!r}; known: {known}")], Fault.UNKNOWN_VALUE)


def what_if(told: Sequence[Told], target: Target | Always, query: WhatIfQuery) -> WhatIf:
    """Quality, cost and utility under the target, and as they were logged."""
    if not told:
        return WhatIf(0, 0.0, (), why=NOTHING)
    weight = query.cost_weight
    logged = evaluate(told, Logged(), confidence=query.confidence, cost_weight=weight)
    other = evaluate(told, target, confidence=query.confidence, cost_weight=weight)
    estimates = (*_estimates(logged, "logged"), *_estimates(other, "dr"))
    return WhatIf(other.n, other.effective, estimates, other.rated, other.support, other.why)


def _estimates(of: Evaluation, estimator: str) -> Iterator[Estimate]:
    found: tuple[tuple[Literal["quality", "cost_usd", "utility"], Interval | None], ...] = (
        ("quality", of.quality),
        ("cost_usd", of.cost_usd),
        ("utility", of.utility),
    )
    for quantity, interval in found:
        if interval is not None:
            yield Estimate(quantity, estimator, interval.mean, interval.low, interval.high)
