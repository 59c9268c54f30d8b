"""Decisions: which model first, and after each answer whether to accept, ask a judge, or call another.

Not a fixed ladder. Before the first call, every model is worth what the best plan that starts with it is worth; after
each answer the belief is renewed and the best of accept, ask and call is taken, by expected utility
quality - lambda * cost over the plans that could follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pointsman_learner.belief import Belief
from pointsman_learner.gaussian import WEIGHTS
from pointsman_learner.inverse_gap import inverse_gap
from pointsman_learner.judge_bundles import NO_JUDGES
from pointsman_learner.knowledge import Expectation, Knowledge, fade
from pointsman_learner.lookahead import Prospect, ask_judge_values, first_call_values, next_call_values
from pointsman_learner.pairs import NEVER
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

SHARPNESS = 100.0
"""Inverse-gap gamma is this times the root of the outcomes learnt from: gaps matter as they become known."""
STOP_SHARPNESS = 200.0
"""The same for stopping or going on, where a wrong turn is one call, not a query."""
OPTIMISM = 3.0
"""Standard deviations of a model's ability that count for it before any outcome, and ever fewer after (see `_hope`):
when it might be called, and when its answer competes with others. What is unknown may be good, and only an answer that
a user sees can show it."""
CALL_WORTH = 0.003
"""Utility that one more call must earn: it takes a caller's time, and its worth is an estimate."""
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
    allowed = _allowed(known, expected, constraints, spent=0.0, used=frozenset())
    allowed = _good_enough(expected, allowed, constraints)
    values, follow = plan_values(known, expected, constraints, allowed, lam)
    probabilities, strategy = _propensities(known, expected, values, allowed, constraints)
    k = _drawn(probabilities, rng)
    names = known.compiled.names
    plan = (names[k],) if follow[k] < 0 else (names[k], names[int(follow[k])])
    share = float(expected.share[k])
    if strategy == "best":
        strategy = "taxonomy" if share > 0.75 else "learned" if share < 0.25 else "fused"
        strategy = "static" if version == 0 and known.labels == 0 else strategy
        strategy = strategy if k == int(np.argmax(np.where(allowed, values, NEVER))) else "control"
    return Decision(
        model=names[k],
        propensity=float(probabilities[k]),
        predictions=_predictions(names, expected, probabilities, allowed),
        plan=plan,
        strategy=strategy,
        node_path=expected.place.path,
        familiarity=share,
        cost_weight=lam,
        snapshot_version=version,
        feature_version=context.feature_version,
        policy=known.settings.policy,
    )


def _hope(known: Knowledge) -> float:
    """Optimism fades as the root of what is settled, as what inverse-gap draws leave to chance does."""
    return OPTIMISM * fade(known.settled) if known.settings.parts.exploration else 0.0


def _drawn(probabilities: FloatArray, rng: np.random.Generator) -> int:
    """As `rng.choice` with these probabilities draws, without its checks."""
    upto = probabilities.cumsum()
    return int((upto / upto[-1]).searchsorted(rng.random(), side="right"))


def _predictions(
    names: Sequence[str], expected: Expectation, probabilities: FloatArray, allowed: np.ndarray
) -> tuple[ModelPrediction, ...]:
    columns = (expected.quality, expected.sd, expected.cost, expected.latency, probabilities)
    rows = zip(names, *(c.tolist() for c in columns), allowed.tolist(), strict=True)
    return tuple(ModelPrediction(*row) for *row, is_allowed in rows if is_allowed)


def next_action(  # noqa: PLR0917 - as Snapshot.next_action
    known: Knowledge, context: Context, decision: Decision, steps: Sequence[Step], constraints: Constraints,
    rng: np.random.Generator,
) -> Action:  # fmt: skip
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
    n = _shown(known, expected, belief, steps, constraints)
    best, quality = answers[n], float(belief.quality[n])
    if not known.settings.parts.cascade or len(steps) >= min(constraints.max_steps, known.settings.max_steps):
        return Accept(best, quality, "utility" if not known.settings.parts.cascade else "max_steps")
    return _best_action(known, expected, belief, allowed, constraints, lam, steps, best, n, rng)


def _shown(
    known: Knowledge, expected: Expectation, belief: Belief, steps: Sequence[Step], constraints: Constraints
) -> int:
    """The answer to accept: the likeliest, were every model as able as it may be; as believed, for who sets a floor.

    As believed, too, while every one of them may be as able as can be: before anything is known.
    """
    if len(belief.sizes) == 1 or constraints.min_quality is not None:
        return belief.best()
    hope = _hope(known)
    if np.ptp(expected.hopeful(hope)[[m for m, _ in known.answers(steps)]]) == 0.0:
        return belief.best()
    hoped = known.belief(expected, steps, optimism=hope)
    assert hoped is not None
    return hoped.best()


def _best_action(  # noqa: PLR0917 - what `next_action` has found so far
    known: Knowledge, expected: Expectation, belief: Belief, allowed: np.ndarray, constraints: Constraints, lam: float,
    steps: Sequence[Step], best: int, n: int, rng: np.random.Generator,
) -> Action:  # fmt: skip
    """best: the step to accept, which is answer n."""
    further = min(constraints.max_steps, known.settings.max_steps) - len(steps) - 1
    prospect = _prospect(known, expected, allowed, constraints, lam, judged=not belief.exclusive, further=further)
    unit = belief.unit_of[n]
    surest = float(belief.unit_quality.max())
    accept = surest if surest >= (constraints.min_quality or 0.0) else NEVER / 2
    call = next_call_values(prospect, belief) if allowed.any() else np.full(len(allowed), NEVER)
    asked = {v.judge for v in steps[best].verdicts}
    worth_asking, judge = NEVER, ""
    if any(not j.free for j in constraints.judges):
        bundles = known.bundles(constraints.judges, expected, sorted(asked))[1:]
        if bundles:
            ask = ask_judge_values(prospect, belief, unit, bundles)
            worth_asking, judge = float(ask.max()), bundles[int(ask.argmax())].judges[0]
    m = int(np.argmax(call)) if len(call) else 0
    worth_calling = float(call[m]) if len(call) else NEVER
    values = np.array([accept, worth_asking, worth_calling - CALL_WORTH])
    k, propensity = _taken(known, values, rng)
    if k == 1:
        return AskJudge(judge, best)
    return CallModel(known.models[m].name, propensity) if k == 2 else Accept(best, float(belief.unit_quality[unit]))


def _taken(known: Knowledge, values: FloatArray, rng: np.random.Generator) -> tuple[int, float]:
    """Accept (0), ask (1) or call (2), and its propensity: the best, but another now and then where it is close.

    Were doubtful answers never accepted, nobody would say of them whether the doubt was right.
    """
    if not known.settings.parts.exploration:
        return int(np.argmax(values)), 1.0
    gamma = STOP_SHARPNESS * float(np.sqrt(10.0 + known.settled))
    p = inverse_gap(values, gamma, values >= values.max() - NEAR)
    k = _drawn(p, rng)
    return k, float(p[k])


def plan_values(
    known: Knowledge, expected: Expectation, constraints: Constraints, allowed: np.ndarray, lam: float
) -> tuple[FloatArray, FloatArray]:
    """(M,) utility of the best plan that starts with each model, (M,) the model it would likely call next, or -1."""
    parts = known.settings.parts
    exclusive = parts.agreement and known.keyed > 0.5 and any(j.name == AGREEMENT for j in constraints.judges)
    prospect = _prospect(known, expected, allowed, constraints, lam, judged=not exclusive)
    # Where nothing could doubt an answer, a second call would be a guess.
    if not parts.cascade or constraints.max_steps < 2 or not parts.lookahead or not constraints.judges:
        single = np.where(allowed, prospect.right @ WEIGHTS - lam * expected.cost, NEVER)
        return single, np.full(len(single), -1)
    return first_call_values(prospect, exclusive=exclusive)


def _prospect(
    known: Knowledge, expected: Expectation, allowed: np.ndarray, constraints: Constraints, lam: float,
    *, judged: bool, further: int = 1,
) -> Prospect:  # fmt: skip
    """judged: plans may ask judges; where agreement tells all, they need not be looked up."""
    return Prospect(
        joint=known.joint,
        right=known.joint.right_at(expected.hopeful(_hope(known))),
        cost=expected.cost,
        lam=lam,
        callable=allowed,
        bundles=known.bundles(constraints.judges, expected) if judged else NO_JUDGES,
        further=further,
    )


def _allowed(
    known: Knowledge, expected: Expectation, constraints: Constraints, spent: float, used: frozenset[str],
    *, strict: bool = True,
) -> np.ndarray:  # fmt: skip
    """(M,) bool. strict: raise NoModelFits, naming the constraint, where none is left."""
    mask = known.compiled.enabled
    if used:
        mask = mask & np.array([n not in used for n in known.compiled.names], dtype=bool)
    if strict and not mask.any():
        raise NoModelFits("models", "no enabled model is left that has not failed")
    for constraint, keep, why in _limits(known, expected, constraints, spent):
        within = mask & keep
        if constraint == "deadline" and strict and not within.any():
            within = mask & (expected.latency <= np.where(mask, expected.latency, np.inf).min())  # the fastest may try
        if strict and not within.any():
            raise NoModelFits(constraint, why)
        mask = within
    return mask


def _limits(
    known: Knowledge, expected: Expectation, constraints: Constraints, spent: float
) -> Iterator[tuple[str, np.ndarray, str]]:
    """Of every constraint that is set: its name, (M,) bool the models that keep it, what is wrong with the others."""
    if (named := constraints.models) is not None:
        names = np.array([n in named for n in known.compiled.names], dtype=bool)
        yield "models", names, "none of those allowed is enabled"
    if constraints.max_cost_usd is not None:
        yield "max_cost_usd", spent + expected.cost <= constraints.max_cost_usd, "each is expected to cost more"
    if constraints.deadline_ms is not None:
        yield "deadline", expected.latency <= constraints.deadline_ms, "each is expected to take longer"


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
    top = float(np.where(allowed, values, NEVER).max())
    if constraints.sticky_model is not None:
        s = known.index(constraints.sticky_model)
        if s is not None and allowed[s] and values[s] >= top - SWITCH_COST:
            p = np.zeros(len(values))
            p[s] = 1.0
            return p, "sticky"
    near = allowed & (values >= top - NEAR)
    if known.settings.parts.exploration:
        p = inverse_gap(values, SHARPNESS * float(np.sqrt(10.0 + known.settled)), near)
    else:
        p = (np.arange(len(values)) == int(np.argmax(np.where(near, values, NEVER)))).astype(float)
    share, control = _control(known, expected, values, allowed, top)
    return (1 - share) * p + share * control, "best"


def _control(
    known: Knowledge, expected: Expectation, values: FloatArray, allowed: np.ndarray, top: float
) -> tuple[float, FloatArray]:
    """The share of control traffic, and (M,) odds in it of each model that may be near the best: by what is not known.

    A dear model that failed early is far below the best, and would never be tried again. Even odds would spend most
    trials on what is known to be middling; a well known model near the best gets few here, but the inverse-gap draw
    has it.
    """
    may = np.where(allowed & (values + MAY_BE * expected.sd >= top - NEAR), expected.sd, 0.0)
    share = known.settings.exploration
    if known.settings.parts.exploration:
        share *= 1 + TRIALS * fade(known.settled)
    return min(share, 1.0), may / may.sum()


def _final(known: Knowledge, constraints: Constraints) -> bool:
    return not known.settings.parts.cascade or constraints.max_steps < 2
