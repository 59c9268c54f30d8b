"""Decisions: which model first, and after each answer whether to accept, ask a judge, or call another.

Not a fixed ladder. Before the first call, every model is worth what the best plan that starts with it is worth; after
each answer the belief is renewed and the best of accept, ask and call is taken, by expected utility
quality - lambda * cost over the plans that could follow.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pointsman_learner.belief import Belief
from pointsman_learner.gaussian import WEIGHTS
from pointsman_learner.inverse_gap import inverse_gap
from pointsman_learner.knowledge import Expectation, Knowledge
from pointsman_learner.lookahead import NEVER, Prospect, ask_judge_value, first_call_values, next_call_values
from pointsman_learner.verdicts import AGREEMENT
from pointsman_learner.words import (
    Accept,
    Action,
    AskJudge,
    CallModel,
    Constraints,
    Context,
    Decision,
    FloatArray,
    ModelPrediction,
    NoModelFits,
    Step,
)

SHARPNESS = 30.0
"""Inverse-gap gamma is this times the root of the outcomes learnt from: gaps matter as they become known."""
OPTIMISM = 0.25
"""Standard deviations of a model's quality that count for it when it is tried: what is unknown may be good."""
SWITCH_COST = 0.02
"""Utility by which another model must beat the one that a session has."""
NEAR = 0.25
"""A model further than this below the best plan is never drawn as control traffic."""


def decide(
    known: Knowledge, version: int, context: Context, constraints: Constraints, rng: np.random.Generator
) -> Decision:
    """The first model, drawn with a logged propensity. Raises NoModelFits naming the constraint that left none."""
    expected = known.expect(context)
    lam = known.cost_weight(constraints.tenant, constraints.cost_weight)
    allowed = _allowed(known, expected, constraints, spent=0.0, used=frozenset())
    allowed = _good_enough(expected, allowed, constraints)
    values, follow = plan_values(known, expected, constraints, allowed, lam)
    probabilities, strategy = _propensities(known, expected, values, allowed, constraints)
    k = int(rng.choice(len(probabilities), p=probabilities))
    names = [m.name for m in known.models]
    plan = (names[k],) if follow[k] < 0 else (names[k], names[int(follow[k])])
    share = float(expected.share[k])
    if strategy == "best":
        strategy = "taxonomy" if share > 0.75 else "learned" if share < 0.25 else "fused"
        strategy = "static" if version == 0 and known.labels == 0 else strategy
        strategy = strategy if k == int(np.argmax(np.where(allowed, values, NEVER))) else "control"
    return Decision(
        model=names[k],
        propensity=float(probabilities[k]),
        predictions=tuple(
            ModelPrediction(
                names[m],
                float(expected.quality[m]),
                float(expected.sd[m]),
                float(expected.cost[m]),
                float(expected.latency[m]),
                float(probabilities[m]),
            )
            for m in np.flatnonzero(allowed).tolist()
        ),
        plan=plan,
        strategy=strategy,
        node_path=expected.place.path,
        familiarity=share,
        cost_weight=lam,
        snapshot_version=version,
        feature_version=context.feature_version,
        policy=known.settings.policy,
    )


def next_action(
    known: Knowledge, context: Context, decision: Decision, steps: Sequence[Step], constraints: Constraints
) -> Action:
    """What to do after these steps. Raises NoModelFits where all have failed and none is left."""
    if not steps:
        return CallModel(decision.model, decision.propensity, final=_final(known, constraints))
    expected = known.expect(context)
    belief = known.belief(expected, steps)
    spent = sum(s.cost_usd + sum(v.cost_usd for v in s.verdicts) for s in steps)
    used = frozenset(s.model for s in steps)
    allowed = _allowed(known, expected, constraints, spent, used, strict=belief is None)
    lam = decision.cost_weight
    if belief is None:
        values = np.where(allowed, expected.quality - lam * expected.cost, NEVER)
        return CallModel(known.models[int(np.argmax(values))].name, 1.0)
    answers = [i for i, s in enumerate(steps) if s.error is None and known.index(s.model) is not None]
    best = answers[belief.best()]
    quality = float(belief.unit_quality.max())
    if not known.settings.parts.cascade or len(steps) >= min(constraints.max_steps, known.settings.max_steps):
        return Accept(best, quality, "utility" if not known.settings.parts.cascade else "max_steps")
    return _best_action(known, expected, belief, allowed, constraints, lam, steps, answers, best)


def _best_action(  # noqa: PLR0917 - what `next_action` has found so far
    known: Knowledge, expected: Expectation, belief: Belief, allowed: np.ndarray, constraints: Constraints, lam: float,
    steps: Sequence[Step], answers: Sequence[int], best: int,
) -> Action:  # fmt: skip
    prospect = _prospect(known, expected, allowed, constraints, lam)
    quality = float(belief.unit_quality.max())
    accept = quality if quality >= (constraints.min_quality or 0.0) else NEVER / 2
    call = next_call_values(prospect, belief) if allowed.any() else np.full(len(allowed), NEVER)
    asked = {v.judge for v in steps[best].verdicts}
    unit = belief.unit_of[answers.index(best)]
    ask = [
        (ask_judge_value(prospect, belief, unit, b), b.judges[0])
        for b in known.bundles(constraints.judges, expected.place, sorted(asked))[1:]
    ]
    worth_asking, judge = max(ask, default=(NEVER, ""))
    m = int(np.argmax(call)) if len(call) else 0
    if worth_asking > max(accept, float(call[m])):
        return AskJudge(judge, best)
    if len(call) and call[m] > accept:
        return CallModel(known.models[m].name, 1.0)
    return Accept(best, quality)


def plan_values(
    known: Knowledge, expected: Expectation, constraints: Constraints, allowed: np.ndarray, lam: float
) -> tuple[FloatArray, FloatArray]:
    """(M,) utility of the best plan that starts with each model, (M,) the model it would likely call next, or -1."""
    prospect = _prospect(known, expected, allowed, constraints, lam)
    parts = known.settings.parts
    if not parts.cascade or constraints.max_steps < 2 or not parts.lookahead:
        single = np.where(allowed, prospect.right @ WEIGHTS - lam * expected.cost, NEVER)
        return single, np.full(len(single), -1)
    exclusive = parts.agreement and known.keyed > 0.5 and any(j.name == AGREEMENT for j in constraints.judges)
    return first_call_values(prospect, exclusive=exclusive)


def _prospect(
    known: Knowledge, expected: Expectation, allowed: np.ndarray, constraints: Constraints, lam: float
) -> Prospect:
    return Prospect(
        joint=known.joint,
        right=known.joint.given_difficulty(expected.quality),
        cost=expected.cost,
        lam=lam,
        callable=allowed,
        bundles=known.bundles(constraints.judges, expected.place),
    )


def _allowed(
    known: Knowledge, expected: Expectation, constraints: Constraints, spent: float, used: frozenset[str],
    *, strict: bool = True,
) -> np.ndarray:  # fmt: skip
    """(M,) bool. strict: raise NoModelFits, naming the constraint, where none is left."""
    names = [m.name for m in known.models]
    mask = np.array([m.enabled and m.name not in used for m in known.models], dtype=bool)
    named = constraints.models
    filters = (
        ("models", np.array([named is None or n in named for n in names], dtype=bool),
         "none of those allowed is enabled"),
        ("max_cost_usd", np.array([constraints.max_cost_usd is None or spent + c <= constraints.max_cost_usd
                                   for c in expected.cost], dtype=bool), "each is expected to cost more"),
        ("deadline", np.array([constraints.deadline_ms is None or t <= constraints.deadline_ms
                               for t in expected.latency], dtype=bool), "each is expected to take longer"),
    )  # fmt: skip
    if strict and not mask.any():
        raise NoModelFits("models", "no enabled model is left that has not failed")
    for constraint, keep, why in filters:
        if constraint == "deadline" and not (mask & keep).any() and mask.any() and strict:
            keep = expected.latency <= np.where(mask, expected.latency, np.inf).min()  # noqa: PLW2901 - the fastest may try
        mask = mask & keep
        if strict and not mask.any():
            raise NoModelFits(constraint, why)
    return mask


def _good_enough(expected: Expectation, allowed: np.ndarray, constraints: Constraints) -> np.ndarray:
    if constraints.min_quality is None:
        return allowed
    enough = allowed & (expected.quality >= constraints.min_quality)
    if not enough.any():
        best = float(np.where(allowed, expected.quality, 0.0).max())
        raise NoModelFits("min_quality", f"the best is predicted at {best:.2f}, below {constraints.min_quality:.2f}")
    return enough


def _propensities(
    known: Knowledge, expected: Expectation, values: FloatArray, allowed: np.ndarray, constraints: Constraints
) -> tuple[FloatArray, str]:
    settings = known.settings
    top = float(np.where(allowed, values, NEVER).max())
    if constraints.sticky_model is not None:
        s = known.index(constraints.sticky_model)
        if s is not None and allowed[s] and values[s] >= top - SWITCH_COST:
            p = np.zeros(len(values))
            p[s] = 1.0
            return p, "sticky"
    near = allowed & (values >= top - NEAR)
    if not settings.parts.exploration:
        p = settings.exploration * near / near.sum()
        p[int(np.argmax(np.where(near, values, NEVER)))] += 1 - settings.exploration
        return p, "best"
    gamma = SHARPNESS * float(np.sqrt(10.0 + known.labels))
    tried = values + OPTIMISM * expected.sd
    return inverse_gap(tried, gamma, settings.exploration, near), "best"


def _final(known: Knowledge, constraints: Constraints) -> bool:
    return not known.settings.parts.cascade or constraints.max_steps < 2
