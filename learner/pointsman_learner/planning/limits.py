"""Which models an episode may call next: those that keep every hard limit of its constraints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pointsman_learner.estimators.expectation import Expectation
from pointsman_learner.roster import Roster
from pointsman_learner.types import Constraints, NoModelFits, Step, waited_ms


def allowed(
    roster: Roster,
    expected: Expectation,
    constraints: Constraints,
    steps: Sequence[Step] = (),
    *,
    strict: bool = True,
) -> np.ndarray:
    """(M,) bool, after these steps. strict: raise NoModelFits, naming the constraint, where none is left."""
    mask = roster.enabled
    if steps:
        mask = mask.copy()
        for step in steps:
            if (m := roster.row.get(step.model)) is not None:
                mask[m] = False
    if strict and not mask.any():
        raise NoModelFits("models", "no enabled model is left that has not failed")
    for constraint, keep, why in _limits(roster, expected, constraints, steps):
        within = mask & keep
        if constraint == "deadline" and strict and not within.any():
            within = mask & (expected.latency <= np.where(mask, expected.latency, np.inf).min())  # the fastest may try
        if constraint == "availability" and strict and not within.any():
            within = mask  # none can be reached: better one more try than none
        if strict and not within.any():
            raise NoModelFits(constraint, why)
        mask = within
    return mask


def good_enough(expected: Expectation, among: np.ndarray, constraints: Constraints) -> np.ndarray:
    """(M,) bool: those that are predicted to reach the floor. Raises NoModelFits where none is."""
    if constraints.min_quality is None:
        return among
    enough = among & (expected.quality >= constraints.min_quality)
    if not enough.any():
        best = float(np.where(among, expected.quality, 0.0).max())
        raise NoModelFits("min_quality", f"the best is predicted at {best:.2f}, below {constraints.min_quality:.2f}")
    return enough


def _limits(
    roster: Roster, expected: Expectation, constraints: Constraints, steps: Sequence[Step]
) -> Iterator[tuple[str, np.ndarray, str]]:
    """Of every constraint that is set: its name, (M,) bool the models that keep it, what is wrong with the others."""
    if (named := constraints.models) is not None:
        names = np.array([n in named for n in roster.names], dtype=bool)
        yield "models", names, "none of those allowed is enabled"
    if constraints.max_cost_usd is not None:
        spent = sum(s.total_cost_usd for s in steps)
        yield "max_cost_usd", spent + expected.cost <= constraints.max_cost_usd, "each is expected to cost more"
    if constraints.max_latency_ms is not None:
        until = waited_ms(steps) + expected.latency
        yield "max_latency_ms", until <= constraints.max_latency_ms, "each is expected to take longer"
    if constraints.availability:
        reached = np.array([constraints.availability.get(n, 1.0) > 0.0 for n in roster.names], dtype=bool)
        yield "availability", reached, "none can be reached now"
    if constraints.deadline_ms is not None:
        yield "deadline", expected.latency <= constraints.deadline_ms, "each is expected to take longer"
