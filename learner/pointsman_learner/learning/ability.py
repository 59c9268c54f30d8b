"""How evidence on a model's ability moves the estimators of it: assumed-density filtering.

Evidence comes as a gradient, the derivative of its log likelihood by the ability, with the information that it brings,
minus the second derivative (see `joint_model.evidence_gradients`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from pointsman_learner.belief.sources import softened
from pointsman_learner.estimates import GAINS, Estimates
from pointsman_learner.estimators.expectation import Expectation
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import density_at


def learn_abilities(e: Estimates, expected: Expectation, evidence: Iterable[tuple[int, float, float]]) -> None:
    """Move the estimates of models' abilities by evidence on one query: model, gradient and information of each.

    The ability's mean moves by its variance times the gradient, and its variance shrinks by its square times the
    information. Both sources get the normal observation that would do so to it, and learn from their own error.
    """
    observed = [_learn_effects(e, expected, *each) for each in evidence]
    if e.settings.parts.learned and observed:
        e.router.learn_all(expected.x, observed, expected.found.pop(GAINS, None))


def _learn_effects(
    e: Estimates, expected: Expectation, m: int, gradient: float, information: float
) -> tuple[int, float, float]:
    """Move the taxonomy's effects on model m; the observation that the learned router gets of it."""
    var, p, mu = float(expected.var[m]), float(expected.quality[m]), float(expected.ability[m])
    phi = density_at(mu)
    outcome = phi * phi / (p * (1 - p))  # information of a full outcome
    weight = min(max(information / outcome, 0.0), 1.0)
    g = gradient / math.sqrt(1.0 + var)
    h = max(information / (1.0 + var), abs(g) * H.information_per_gradient, 1e-3)  # it is divided by
    residual, precision = g / h, h / max(1.0 - h * var, 0.1)  # no precision is endless
    e.effects.learn(expected.place, m, residual + float(expected.mean[m] - expected.taxonomy[0][m]), precision)
    e.effects.count(expected.place, m, weight)
    if weight > 0.0:
        e.residuals.add(expected, m, gradient * p * (1 - p) / phi / weight, weight)
    return m, residual + float(expected.mean[m] - expected.learned[0][m]), precision


def learn_outcome(  # noqa: PLR0917 - what was said of one answer
    e: Estimates, expected: Expectation, m: int, value: float, weight: float = 1.0, slip: float = 0.0
) -> None:
    """Learn an outcome in [0, 1] of model m's lone answer; weight: outcomes that it counts for; slip: as below."""
    gradient, information = outcome_gradient(expected, m, value, slip)
    learn_abilities(e, expected, [(m, weight * gradient, weight * information)])


def outcome_gradient(expected: Expectation, m: int, value: float, slip: float = 0.0) -> tuple[float, float]:
    """Gradient and information of an outcome in [0, 1] of model m's lone answer: a probit observation's.

    Between 0 and 1 it is the mean of what right and wrong would teach (Jeffrey's rule). slip: how often who said it is
    mistaken. A noisy label teaches the mean of both likewise, and less by what it leaves open (Louis 1982).
    """
    mu = float(expected.ability[m])
    phi, p = density_at(mu), float(expected.quality[m])
    up, down = phi / p, phi / (1 - p)
    right = softened(value, p, slip)
    information = right * up * (up + mu) + (1 - right) * down * (down - mu)
    if slip > 0.0:
        left_open = right * (1 - right) - value * (1 - value)
        information -= max(left_open, 0.0) * (up + down) ** 2
    return right * up - (1 - right) * down, information
