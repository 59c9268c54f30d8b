"""Decisions: which model is called first. What follows is `next_action`'s.

Not a fixed ladder. Before the first call, every model is worth what the best plan that starts with it is worth; after
each answer the belief is renewed and the best of accept, ask and call is taken, by expected utility
quality - lambda * cost - mu * seconds over the plans that could follow. A call that may fail is worth less (`reach`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pointsman_learner.gaussian import WEIGHTS
from pointsman_learner.inverse_gap import inverse_gap
from pointsman_learner.judge_bundles import NO_JUDGES
from pointsman_learner.knowledge import Expectation, Knowledge, fade
from pointsman_learner.limits import allowed, good_enough
from pointsman_learner.lookahead import Prospect, first_call_values
from pointsman_learner.pairs import NEVER
from pointsman_learner.reach import Reach, seconds_price
from pointsman_learner.rounding import rounded
from pointsman_learner.verdicts import AGREEMENT
from pointsman_learner.words import Constraints, Context, Decision, FloatArray, ModelPrediction

SHARPNESS = 100.0
"""Inverse-gap gamma is this times the root of the outcomes learnt from: gaps matter as they become known."""
OPTIMISM = 3.0
"""Standard deviations of a model's ability that count for it before any outcome, and ever fewer after (see `hope_of`):
when it might be called, and when its answer competes with others. What is unknown may be good, and only an answer that
a user sees can show it."""
SWITCH_COST = 0.02
"""Utility by which another model must beat the one that a session has."""
NEAR = 0.25
"""Utility below the best plan up to which a model is drawn by inverse gaps, and one that may be better, for control."""
TRIALS = 10.0
"""Times its usual share that control traffic has on top of it before anything is known, and ever less after."""
MAY_BE = 2.0
"""Standard errors of its quality by which a model's plan may be better than it is valued, optimism included."""


def decide(
    known: Knowledge, version: int, context: Context, constraints: Constraints, rng: np.random.Generator
) -> Decision:
    """The first model, drawn with a logged propensity. Raises NoModelFits naming the constraint that left none."""
    expected = known.expect(context)
    lam = known.cost_weight(constraints.tenant, constraints.cost_weight)
    may = good_enough(expected, allowed(known, expected, constraints), constraints)
    values, follow = plan_values(known, expected, constraints, may, lam)
    if (reach := Reach.of(constraints, known.compiled.names)) is not None:
        values = reach.worth(values)
    probabilities, strategy = _propensities(known, expected, values, may, constraints)
    k = drawn(probabilities, rng)
    names = known.compiled.names
    plan = (names[k],) if follow[k] < 0 else (names[k], names[int(follow[k])])
    share = float(expected.share[k])
    if strategy == "best":
        strategy = "taxonomy" if share > 0.75 else "learned" if share < 0.25 else "fused"
        strategy = "static" if version == 0 and known.labels == 0 else strategy
        strategy = strategy if k == int(np.argmax(np.where(may, values, NEVER))) else "control"
    return Decision(
        model=names[k],
        propensity=float(probabilities[k]),
        predictions=_predictions(names, expected, probabilities, may),
        plan=plan,
        strategy=strategy,
        node_path=expected.place.path,
        familiarity=rounded(share),
        cost_weight=lam,
        snapshot_version=version,
        feature_version=context.feature_version,
        policy=known.settings.policy,
    )


def hope_of(known: Knowledge) -> float:
    """Standard deviations of optimism: it fades as the root of what is settled, as what inverse-gap draws do."""
    return OPTIMISM * fade(known.settled) if known.settings.parts.exploration else 0.0


def drawn(probabilities: FloatArray, rng: np.random.Generator) -> int:
    """As `rng.choice` with these probabilities draws, without its checks."""
    upto = probabilities.cumsum()
    return int((upto / upto[-1]).searchsorted(rng.random(), side="right"))


def _predictions(
    names: Sequence[str], expected: Expectation, probabilities: FloatArray, may: np.ndarray
) -> tuple[ModelPrediction, ...]:
    columns = (expected.quality, expected.sd, expected.cost, expected.latency, probabilities)
    rows = zip(names, *(c.tolist() for c in columns), may.tolist(), strict=True)
    return tuple(
        ModelPrediction(name, rounded(quality), rounded(sd), rounded(cost), rounded(latency), propensity)
        for name, quality, sd, cost, latency, propensity, is_allowed in rows
        if is_allowed
    )


def plan_values(
    known: Knowledge, expected: Expectation, constraints: Constraints, may: np.ndarray, lam: float
) -> tuple[FloatArray, FloatArray]:
    """(M,) utility of the best plan that starts with each model, (M,) the model it would likely call next, or -1."""
    parts = known.settings.parts
    exclusive = parts.agreement and known.keyed > 0.5 and any(j.name == AGREEMENT for j in constraints.judges)
    prospect = prospect_of(known, expected, may, constraints, lam, judged=not exclusive)
    # Where nothing could doubt an answer, a second call would be a guess.
    if not parts.cascade or constraints.max_steps < 2 or not parts.lookahead or not constraints.judges:
        single = np.where(may, prospect.right @ WEIGHTS - prospect.price, NEVER)
        return single, np.full(len(single), -1)
    return first_call_values(prospect, exclusive=exclusive)


def prospect_of(
    known: Knowledge, expected: Expectation, may: np.ndarray, constraints: Constraints, lam: float,
    *, judged: bool, further: int = 1,
) -> Prospect:  # fmt: skip
    """judged: plans may ask judges; where agreement tells all, they need not be looked up."""
    return Prospect(
        joint=known.joint,
        right=known.joint.right_at(expected.hopeful(hope_of(known))),
        cost=expected.cost,
        lam=lam,
        callable=may,
        bundles=known.bundles(constraints.judges, expected) if judged else NO_JUDGES,
        further=further,
        time=seconds_price(constraints, expected.latency),
    )


def _propensities(
    known: Knowledge, expected: Expectation, values: FloatArray, may: np.ndarray, constraints: Constraints
) -> tuple[FloatArray, str]:
    top = float(np.where(may, values, NEVER).max())
    if constraints.sticky_model is not None:
        s = known.index(constraints.sticky_model)
        if s is not None and may[s] and values[s] >= top - SWITCH_COST:
            p = np.zeros(len(values))
            p[s] = 1.0
            return p, "sticky"
    near = may & (values >= top - NEAR)
    if known.settings.parts.exploration:
        p = inverse_gap(values, SHARPNESS * float(np.sqrt(10.0 + known.settled)), near)
    else:
        p = (np.arange(len(values)) == int(np.argmax(np.where(near, values, NEVER)))).astype(float)
    share, control = _control(known, expected, values, may, top)
    return (1 - share) * p + share * control, "best"


def _control(
    known: Knowledge, expected: Expectation, values: FloatArray, may: np.ndarray, top: float
) -> tuple[float, FloatArray]:
    """The share of control traffic, and (M,) odds in it of each model that may be near the best: by what is not known.

    A dear model that failed early is far below the best, and would never be tried again. Even odds would spend most
    trials on what is known to be middling; a well known model near the best gets few here, but the inverse-gap draw
    has it.
    """
    trials = np.where(may & (values + MAY_BE * expected.sd >= top - NEAR), expected.sd, 0.0)
    share = known.settings.exploration
    if known.settings.parts.exploration:
        share *= 1 + TRIALS * fade(known.settled)
    return min(share, 1.0), trials / trials.sum()
