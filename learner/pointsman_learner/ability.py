"""The ability of a model on a query: the probit of its chance to be right, as item response theory has it.

An ability that is known to be normal with mean mu and variance v makes P(right) = Phi(mu / sqrt(1 + v)): what is not
known draws it toward one half.
"""

from __future__ import annotations

import numpy as np

from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import cdf, density, quantile
from pointsman_learner.types import FloatArray

LOW, HIGH = (float(x) for x in quantile(np.array([H.lowest_quality, H.highest_quality])))


def ability_of(mean: FloatArray, var: FloatArray) -> FloatArray:
    """The probit of P(right), where an ability is known to be normal with this mean and variance."""
    return np.minimum(np.maximum(mean / np.sqrt(1.0 + var), LOW), HIGH)


def quality_of(mean: FloatArray, var: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P(right), and its standard error, of the same.

    >>> quality, sd = quality_of(np.array([0.0]), np.array([0.0]))
    >>> float(quality[0]), float(sd[0])
    (0.5, 0.0)
    """
    return quality_at(ability_of(mean, var), var)


def quality_at(ability: FloatArray, var: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The same of abilities that `ability_of` gave for this variance."""
    return cdf(ability), density(ability) * np.sqrt(var / (1.0 + var))
