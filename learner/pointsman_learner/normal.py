"""The normal distribution, without SciPy: what the joint model of answers and the judges' calibration need of it.

Arrays here have a handful of entries, where a call costs more than its arithmetic: so few calls.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from pointsman_learner.types import FloatArray

QUADRATURE = 7
"""Points: exact for polynomials up to degree 13, and few enough for a decision in a third of a millisecond."""
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(QUADRATURE)
NODES: FloatArray = _NODES
"""(Z,) points of Gauss-Hermite quadrature for a standard normal variable."""
WEIGHTS: FloatArray = _WEIGHTS / _WEIGHTS.sum()
"""(Z,) their weights, summing to 1."""

inverse_cdf = NormalDist().inv_cdf
"""The x with P(Z <= x) = p, for p in (0, 1); exact."""

_A, _B = 0.7978845608, 0.044715  # Page's coefficients


def cdf(x: FloatArray) -> FloatArray:
    """P(Z <= x), to within 2e-4, by the logistic-cubic approximation of Page (1977): a tanh is all it costs.

    >>> float(cdf(np.array(0.0)))
    0.5
    """
    found: FloatArray = 0.5 + 0.5 * np.tanh(_A * x * (1.0 + _B * x * x))
    return found


def log_odds_slope(x: FloatArray) -> FloatArray:
    """Derivative of log(cdf(x) / (1 - cdf(x))), of this approximation exactly.

    >>> float(log_odds_slope(np.array(0.0)).round(4))
    1.5958
    """
    return np.asarray(2.0 * _A * (1.0 + 3.0 * _B * x * x), dtype=float)


def density(x: FloatArray) -> FloatArray:
    """Of a standard normal variable at x.

    >>> float(density(np.array(0.0)).round(4))
    0.3989
    """
    return np.asarray(0.3989422804 * np.exp(-0.5 * x * x), dtype=float)


def density_at(x: float) -> float:
    """The same of one number: an array of it costs more than its arithmetic.

    >>> round(density_at(0.0), 4)
    0.3989
    """
    return 0.3989422804 * math.exp(-0.5 * x * x)


def quantile(p: FloatArray) -> FloatArray:
    """`inverse_cdf` of each p in (0, 1), of the same shape.

    >>> float(quantile(np.array(0.975)).round(4))
    1.96
    """
    p = np.asarray(p, dtype=float)
    return np.array([inverse_cdf(v) for v in p.ravel().tolist()]).reshape(p.shape)
