"""After each answer: accept, ask a judge, or call another model, with the chance that each of them had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pointsman_learner.actions import Accept, Action, Alternative, AskJudge, CallModel
from pointsman_learner.belief import Belief
from pointsman_learner.cascade import NEAR, drawn, hope_of, prospect_of
from pointsman_learner.inverse_gap import inverse_gap
from pointsman_learner.knowledge import Expectation, Knowledge
from pointsman_learner.limits import allowed
from pointsman_learner.lookahead import ask_judge_values, next_call_values
from pointsman_learner.pairs import NEVER
from pointsman_learner.reach import Reach, seconds_price
from pointsman_learner.rounding import rounded
from pointsman_learner.words import Constraints, Context, Decision, FloatArray, Step

STOP_SHARPNESS = 200.0
"""As `cascade.SHARPNESS`, for stopping or going on, where a wrong turn is one call, not a query."""
CALL_WORTH = 0.003
"""Utility that one more call must earn: it takes a caller's time, and its worth is an estimate."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """What is known after some answers. best: the step to accept, which is answer n; may: (M,) models to call."""

    known: Knowledge
    expected: Expectation
    belief: Belief
    constraints: Constraints
    lam: float
    steps: Sequence[Step]
    may: np.ndarray
    best: int
    n: int
    believed: tuple[float | None, ...]


def next_action(  # noqa: PLR0917 - as Snapshot.next_action
    known: Knowledge, context: Context, decision: Decision, steps: Sequence[Step], constraints: Constraints,
    rng: np.random.Generator,
) -> Action:  # fmt: skip
    """What to do after these steps. Raises NoModelFits where all have failed and none is left."""
    if not steps:
        return CallModel(decision.model, decision.propensity, final=_final(known, constraints))
    expected = known.expect(context)
    belief = known.belief(expected, steps)
    may = allowed(known, expected, constraints, steps, strict=belief is None)
    lam = decision.cost_weight
    if belief is None:
        price = lam * expected.cost + seconds_price(constraints, expected.latency)
        values = np.where(may, expected.quality - price, NEVER)
        if (reach := Reach.of(constraints, known.compiled.names)) is not None:
            values = reach.worth(values)
        return CallModel(known.models[int(np.argmax(values))].name, 1.0, believed=(None,) * len(steps))
    answers = [i for i, s in enumerate(steps) if not s.failed and known.index(s.model) is not None]
    n = _shown(known, expected, belief, steps, constraints)
    of_answers = dict(zip(answers, belief.quality.tolist(), strict=True))
    believed = tuple(None if i not in of_answers else rounded(of_answers[i]) for i in range(len(steps)))
    if not known.settings.parts.cascade or len(steps) >= min(constraints.max_steps, known.settings.max_steps):
        reason = "utility" if not known.settings.parts.cascade else "max_steps"
        return Accept(answers[n], rounded(float(belief.quality[n])), reason, believed=believed)
    moment = _Moment(known, expected, belief, constraints, lam, steps, may, answers[n], n, believed)
    return _best_action(moment, rng)


def _shown(
    known: Knowledge, expected: Expectation, belief: Belief, steps: Sequence[Step], constraints: Constraints
) -> int:
    """The answer to accept: the likeliest, were every model as able as it may be; as believed, for who sets a floor.

    As believed, too, while every one of them may be as able as can be: before anything is known.
    """
    if len(belief.sizes) == 1 or constraints.min_quality is not None:
        return belief.best()
    hope = hope_of(known)
    if np.ptp(expected.hopeful(hope)[[m for m, _ in known.answers(steps)]]) == 0.0:
        return belief.best()
    hoped = known.belief(expected, steps, optimism=hope)
    assert hoped is not None
    return hoped.best()


def _best_action(now: _Moment, rng: np.random.Generator) -> Action:
    """Accept, the best judges to ask, or the best model to call: each drawn with its probability."""
    known, belief, constraints = now.known, now.belief, now.constraints
    surest = float(belief.unit_quality.max())
    is_enough = surest >= (constraints.min_quality or 0.0)
    may = now.may & (_could_be_told_apart(now) or not is_enough)
    further = min(constraints.max_steps, known.settings.max_steps) - len(now.steps) - 1
    prospect = prospect_of(known, now.expected, may, constraints, now.lam, judged=not belief.exclusive, further=further)
    unit = belief.unit_of[now.n]
    accept = surest if is_enough else NEVER / 2
    call = next_call_values(prospect, belief) if may.any() else np.full(len(may), NEVER)
    if (reach := Reach.of(constraints, known.compiled.names)) is not None:
        call = reach.worth(call, otherwise=surest)
    asked = {v.judge for v in now.steps[now.best].verdicts}
    worth_asking, judge = NEVER, ""
    if any(not j.free for j in constraints.judges):
        bundles = known.bundles(constraints.judges, now.expected, sorted(asked))[1:]
        if bundles:
            ask = ask_judge_values(prospect, belief, unit, bundles)
            worth_asking, judge = float(ask.max()), bundles[int(ask.argmax())].judges[0]
    m = int(np.argmax(call)) if len(call) else 0
    worth_calling = float(call[m]) if len(call) else NEVER
    values = np.array([accept, worth_asking, worth_calling - CALL_WORTH])
    p = _chances(known, values)
    k = drawn(p, rng) if known.settings.parts.exploration else int(np.argmax(p))
    chance = float(p[k])
    among = _alternatives(p.tolist(), now.best, judge, known.models[m].name if may.any() else "")
    if k == 1:
        return AskJudge(judge, now.best, chance, among, now.believed)
    if k == 2:
        return CallModel(known.models[m].name, chance, alternatives=among, believed=now.believed)
    return Accept(now.best, rounded(float(belief.unit_quality[unit])), "utility", chance, among, now.believed)


def _could_be_told_apart(now: _Moment) -> bool:
    """Whether anything might say which of two answers is right: a judge that may be asked, or one that was.

    Where nothing does, the one to show is known before the second is paid for, and `decide` chose it. To hope for more
    of a model never tried is for `decide`, too: here its optimism would have every query call all of them.
    """
    return bool(now.constraints.judges) or any(s.verdicts for s in now.steps)


def _chances(known: Knowledge, values: FloatArray) -> FloatArray:
    """(3,) of accept, ask and call: the best, but another now and then where it is close.

    Were doubtful answers never accepted, nobody would say of them whether the doubt was right.
    """
    if not known.settings.parts.exploration:
        return np.asarray(np.arange(len(values)) == int(np.argmax(values)), dtype=float)
    gamma = STOP_SHARPNESS * float(np.sqrt(10.0 + known.settled))
    return inverse_gap(values, gamma, values >= values.max() - NEAR)


def _alternatives(p: Sequence[float], best: int, judge: str, model: str) -> tuple[Alternative, ...]:
    """Those that there were: to accept, always; to ask and to call, where there is a judge and a model."""
    accept = Alternative("accept", None, None, best, p[0])
    ask = (Alternative("ask", None, judge, best, p[1]),) if judge else ()
    call = (Alternative("call", model, None, None, p[2]),) if model else ()
    return (accept, *ask, *call)


def _final(known: Knowledge, constraints: Constraints) -> bool:
    return not known.settings.parts.cascade or constraints.max_steps < 2
