"""What a policy would have earned on logged decisions: it is asked again what it would do with each."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pointsman_learner.belief.judges import AGREEMENT
from pointsman_learner.evaluation.off_policy import Estimate, doubly_robust
from pointsman_learner.policy import Policy
from pointsman_learner.types import Constraints, Context, Decision, Judge

Decided = tuple[Context, Decision, float]
"""A logged decision with its context and the utility that came of it."""


def value_of(policy: Policy, decided: Iterable[Decided]) -> Estimate:
    """Doubly robust estimate of the mean utility a query, had this policy chosen the first model of each."""
    rows = [_row(policy, *entry) for entry in decided]
    rewards, propensities, target, chosen, mixed = (np.array(c) for c in zip(*rows, strict=True))
    return doubly_robust(rewards, propensities, target, chosen, mixed)


def _row(policy: Policy, context: Context, decision: Decision, utility: float) -> tuple[float, ...]:
    """Reward, logged propensity, the policy's probability of the same choice, and two predictions of utility."""
    names = tuple(p.model for p in decision.predictions)
    asked = Constraints(models=names, cost_weight=decision.cost_weight, judges=(Judge(AGREEMENT),))
    wanted = policy.decide(context, asked, np.random.default_rng(0))
    mix = {p.model: p.propensity for p in wanted.predictions}
    worth = {p.model: p.quality - decision.cost_weight * p.cost_usd for p in decision.predictions}
    mixed = sum(share * worth[m] for m, share in mix.items())
    return utility, decision.propensity, min(1.0, mix.get(decision.model, 0.0)), worth[decision.model], mixed
