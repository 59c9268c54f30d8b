"""Which model is called first. What follows is `next_action`'s.

Not a fixed ladder. Before the first call, every model is worth what the best plan that starts with it is worth; after
each answer the belief is renewed and the best of accept, ask and call is taken, by expected utility
quality - lambda * cost - mu * seconds over the plans that could follow. A call that may fail is worth less (`reach`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pointsman_learner.belief.judges import AGREEMENT
from pointsman_learner.exploration.choice import Choice, drawn
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import WEIGHTS
from pointsman_learner.planning.judge_bundles import NO_JUDGES
from pointsman_learner.planning.limits import allowed, good_enough
from pointsman_learner.planning.lookahead import Prospect, first_call_values
from pointsman_learner.planning.outlook import Outlook
from pointsman_learner.planning.reach import Reach, seconds_price
from pointsman_learner.planning.two_call_plans import NEVER
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class FirstCall:
    """The model that was drawn, m its row.

    probabilities: (M,) of each to be drawn; may: (M,) bool; follow: row of the model that would likely be called next,
    -1 for none; is_best, is_sticky: whether its plan is worth most, and whether it is only kept from the session.
    """

    m: int
    probabilities: FloatArray
    may: np.ndarray
    follow: int
    is_best: bool
    is_sticky: bool


def first_call(outlook: Outlook, rng: np.random.Generator) -> FirstCall:
    """Draw it. Raises NoModelFits naming the constraint that left none."""
    expected, constraints = outlook.expected, outlook.constraints
    may = good_enough(expected, allowed(outlook.roster, expected, constraints), constraints)
    reach = Reach.of(constraints, outlook.roster.names)

    def plans(ability: FloatArray) -> tuple[FloatArray, FloatArray]:
        values, follow = plan_values(outlook, ability, may)
        return (values if reach is None else reach.worth(values)), follow

    values, follow = plans(expected.optimistic_ability(outlook.exploration.optimism))
    top = float(values[may].max())
    kept = _kept_model(outlook, values, may, top)
    if kept is None:
        choice = Choice(values, top, may, expected, lambda ability: plans(ability)[0])
        probabilities = outlook.exploration.first_call(choice, rng)
    else:
        probabilities = np.zeros(len(values))
        probabilities[kept] = 1.0
    m = drawn(probabilities, rng)
    is_best = m == int(np.argmax(np.where(may, values, NEVER)))
    return FirstCall(m, probabilities, may, int(follow[m]), is_best, kept is not None)


def plan_values(outlook: Outlook, ability: FloatArray, may: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """(M,) utility of the best plan that starts with each model, (M,) the model it would likely call next, or -1.

    ability: (M,) of each model, to value its plans by; may: (M,) bool.
    """
    parts, constraints = outlook.settings.parts, outlook.constraints
    exclusive = parts.agreement and outlook.keyed > 0.5 and any(j.name == AGREEMENT for j in constraints.judges)
    prospect = prospect_of(outlook, ability, may, by_judges=not exclusive)
    # Where nothing could doubt an answer, a second call would be a guess.
    if not parts.cascade or constraints.max_steps < 2 or not parts.lookahead or not constraints.judges:
        single = np.where(may, prospect.right @ WEIGHTS - prospect.price, NEVER)
        return single, np.full(len(single), -1)
    return first_call_values(prospect, exclusive=exclusive)


def prospect_of(
    outlook: Outlook, ability: FloatArray, may: np.ndarray, *, by_judges: bool, further: int = 1
) -> Prospect:
    """What could be called, were models so able. by_judges: plans may ask judges; not where agreement tells all."""
    expected = outlook.expected
    return Prospect(
        joint=outlook.beliefs.joint,
        right=outlook.beliefs.joint.right_at(ability),
        cost=expected.cost,
        lam=outlook.lam,
        callable=may,
        bundles=outlook.bundles() if by_judges else NO_JUDGES,
        further=further,
        time=seconds_price(outlook.constraints, expected.latency),
    )


def _kept_model(outlook: Outlook, values: FloatArray, may: np.ndarray, top: float) -> int | None:
    """Row of the model that the session has, where no other is worth a switch."""
    if outlook.constraints.sticky_model is None:
        return None
    m = outlook.roster.row.get(outlook.constraints.sticky_model)
    return m if m is not None and may[m] and values[m] >= top - H.switch_cost else None
