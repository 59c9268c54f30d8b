"""After each answer: accept, ask a judge, or call another model, with the chance that each of them had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pointsman_learner.actions import Accept, Action, Alternative, AskJudge, CallModel
from pointsman_learner.belief.answers import Answers, Observed
from pointsman_learner.belief.joint_model import Belief
from pointsman_learner.belief.judges import AGREEMENT
from pointsman_learner.hyperparameters import H
from pointsman_learner.planning.judge_bundles import NO_BINS
from pointsman_learner.planning.limits import allowed
from pointsman_learner.planning.lookahead import Prospect, ask_judge_values, next_call_values
from pointsman_learner.planning.outlook import Outlook
from pointsman_learner.planning.reach import Reach, per_ms, seconds_price, wait_ms
from pointsman_learner.planning.two_call_plans import NEVER, quickest
from pointsman_learner.rounding import rounded
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import Constraints, FloatArray, Step, Verdict


@dataclass(frozen=True, slots=True)
class _Moment:
    """What is known after some answers. best: the step to accept, which is answer n; may: (M,) models to call."""

    outlook: Outlook
    belief: Belief
    steps: Sequence[Step]
    may: np.ndarray
    best: int
    n: int
    believed: tuple[float | None, ...]

    @property
    def surest(self) -> float:
        """P(right) of the likeliest answer."""
        return float(self.belief.unit_quality.max())

    @property
    def is_enough(self) -> bool:
        """Whether that reaches the floor."""
        return self.surest >= (self.outlook.constraints.min_quality or 0.0)


def next_action(outlook: Outlook, steps: Sequence[Step], rng: np.random.Generator, *, alone: bool = False) -> Action:
    """What to do after these steps, at least one. Raises NoModelFits where all have failed and none is left.

    alone: the first answer is the last.
    """
    expected, constraints, roster = outlook.expected, outlook.constraints, outlook.roster
    now = _moment(outlook, steps)
    if now is None:
        return _another_try(outlook, steps, allowed(roster, expected, constraints, steps))
    parts = outlook.settings.parts
    if alone or not parts.cascade or len(steps) >= min(constraints.max_steps, outlook.settings.max_steps):
        reason = "utility" if alone or not parts.cascade else "max_steps"
        return Accept(now.best, rounded(float(now.belief.quality[now.n])), reason, believed=now.believed)
    return _best_action(now, rng)


def called_together(outlook: Outlook, model: str) -> CallModel | None:
    """The call to be made at once with a first one of `model`; None where nothing is, or none is worth it.

    Where answers have keys a lone one tells nothing: what follows it is known before it is there, and to wait for it
    costs the seconds of the quicker of both. The rest, and no more of it, is asked of `next_action` with both answers.
    """
    expected, constraints, m = outlook.expected, outlook.constraints, outlook.roster.row.get(model)
    weight = per_ms(constraints)
    steps = min(constraints.max_steps, outlook.settings.max_steps)
    if m is None or not weight or not outlook.is_exclusive or not outlook.looks_ahead or steps < 2:
        return None
    lone = Step(model, float(expected.cost[m]), 0.0, verdicts=(Verdict(AGREEMENT, key=model),))
    now = _moment(outlook, (lone,))
    assert now is not None
    calls = _calls(now)
    saved = np.minimum(calls.wait, calls.wait[m]) * weight
    other = quickest(calls.worth + saved, calls.wait)
    accept = now.surest if now.is_enough else NEVER / 2
    if float(calls.worth[other] + saved[other]) - H.call_worth <= max(accept, NEVER / 2):
        return None
    return CallModel(outlook.roster.names[other], 1.0, believed=now.believed)


def _moment(outlook: Outlook, steps: Sequence[Step]) -> _Moment | None:
    """What is known after these steps; None where none of them has answered."""
    expected, roster = outlook.expected, outlook.roster
    seen = outlook.beliefs.answers(steps)
    if not seen:
        return None
    observed = outlook.beliefs.observed(expected, seen)
    belief = outlook.beliefs.belief_of(expected, seen, observed)
    may = allowed(roster, expected, outlook.constraints, steps, strict=False)
    answers = [i for i, s in enumerate(steps) if not s.failed and s.model in roster.row]
    n = _shown(outlook, belief, seen, observed)
    of_answers = dict(zip(answers, belief.quality.tolist(), strict=True))
    believed = tuple(None if i not in of_answers else rounded(of_answers[i]) for i in range(len(steps)))
    return _Moment(outlook, belief, steps, may, answers[n], n, believed)


def is_final(settings: LearnerSettings, constraints: Constraints) -> bool:
    """Whether the first answer is the last, and accepted unseen."""
    return not settings.parts.cascade or constraints.max_steps < 2


def _another_try(outlook: Outlook, steps: Sequence[Step], may: np.ndarray) -> CallModel:
    """Nothing has answered yet: the best of what is left, alone."""
    expected, constraints, names = outlook.expected, outlook.constraints, outlook.roster.names
    price = outlook.lam * expected.cost + seconds_price(constraints, expected.latency)
    values = np.where(may, expected.quality - price, NEVER)
    if (reach := Reach.of(constraints, names)) is not None:
        values = reach.worth(values)
    m = int(quickest(values, wait_ms(constraints, expected.latency)))
    return CallModel(names[m], 1.0, believed=(None,) * len(steps))


def _optimism(outlook: Outlook, belief: Belief) -> float:
    """Of what follows a first call: only where agreement of the answers' keys tells what a hope was worth.

    Without keys a further answer is judged only if that pays. Hope alone would have every query call all models, and
    show whichever is known least.
    """
    return outlook.exploration.optimism if belief.exclusive else 0.0


def _shown(outlook: Outlook, belief: Belief, answers: Answers, observed: Observed) -> int:
    """The answer to accept: the likeliest, were every model as able as hoped; as believed, for who sets a floor.

    As believed, too, while every one of them may be as able as can be: before anything is known.
    """
    expected, optimism = outlook.expected, _optimism(outlook, belief)
    if not optimism or len(belief.sizes) == 1 or outlook.constraints.min_quality is not None:
        return belief.best()
    able = [expected.optimistic_ability(optimism).item(m) for m, _ in answers]
    if min(able) == max(able):
        return belief.best()
    return outlook.beliefs.belief_of(expected, answers, observed, optimism=optimism).best()


@dataclass(frozen=True, slots=True)
class _Calls:
    """What could be called at a moment. prospect: those that may be, rows of them; worth: (M,) utility of each."""

    prospect: Prospect
    rows: np.ndarray
    worth: FloatArray
    wait: FloatArray

    @property
    def best(self) -> int:
        """Row of the best, of equal ones the quickest."""
        return int(quickest(self.worth, self.wait)) if len(self.worth) else 0


def _calls(now: _Moment) -> _Calls:
    """What each call is worth, and what then follows."""
    outlook, belief, constraints = now.outlook, now.belief, now.outlook.constraints
    may = now.may & (_could_be_told_apart(now) or not now.is_enough)
    further = min(constraints.max_steps, outlook.settings.max_steps) - len(now.steps) - 1
    rows = np.flatnonzero(may)  # of what cannot be chosen nothing is worked out
    wait = wait_ms(constraints, outlook.expected.latency)
    prospect = Prospect(
        outlook.beliefs.joint,
        outlook.beliefs.right_at(outlook.expected, _optimism(outlook, belief))[rows],
        outlook.expected.cost[rows],
        outlook.lam,
        may[rows],
        NO_BINS if belief.exclusive else outlook.bins(),
        further,
        wait[rows],
        per_ms(constraints),
    )
    worth = np.full(len(may), NEVER)
    if len(rows):
        worth[rows] = next_call_values(prospect, belief)
    if (reach := Reach.of(constraints, outlook.roster.names)) is not None:
        worth = reach.worth(worth, otherwise=now.surest)
    return _Calls(prospect, rows, worth, wait)


def _best_action(now: _Moment, rng: np.random.Generator) -> Action:
    """Accept, the best judges to ask, or the best model to call: each drawn with its probability."""
    outlook, belief, constraints = now.outlook, now.belief, now.outlook.constraints
    calls, unit = _calls(now), now.belief.unit_of[now.n]
    accept = now.surest if now.is_enough else NEVER / 2
    asked = sorted({v.judge for v in now.steps[now.best].verdicts})
    worth_asking, judge = NEVER, ""
    if any(not j.free for j in constraints.judges):
        bundles = outlook.bundles(asked)[1:]
        if bundles:
            ask = ask_judge_values(calls.prospect, belief, unit, outlook.bins(asked, paid=True))
            worth_asking, judge = float(ask.max()), bundles[int(ask.argmax())].judges[0]
    m, names = calls.best, outlook.roster.names
    worth_calling = float(calls.worth[m]) if len(calls.worth) else NEVER
    values = np.array([accept, worth_asking, worth_calling - H.call_worth])
    k, p = outlook.exploration.next_step(values, rng)
    chance = float(p[k])
    among = _alternatives(p.tolist(), now.best, judge, names[m] if len(calls.rows) else "")
    if k == 1:
        return AskJudge(judge, now.best, chance, among, now.believed)
    if k == 2:
        return CallModel(names[m], chance, alternatives=among, believed=now.believed)
    return Accept(now.best, rounded(float(belief.unit_quality[unit])), "utility", chance, among, now.believed)


def _could_be_told_apart(now: _Moment) -> bool:
    """Whether anything might say which of two answers is right: a judge that may be asked, or one that was.

    Where nothing does, the one to show is known before the second is paid for, and the first call chose it.
    """
    return bool(now.outlook.constraints.judges) or any(s.verdicts for s in now.steps)


def _alternatives(p: Sequence[float], best: int, judge: str, model: str) -> tuple[Alternative, ...]:
    """Those that there were: to accept, always; to ask and to call, where there is a judge and a model."""
    accept = Alternative("accept", None, None, best, p[0])
    ask = (Alternative("ask", None, judge, best, p[1]),) if judge else ()
    call = (Alternative("call", model, None, None, p[2]),) if model else ()
    return (accept, *ask, *call)
