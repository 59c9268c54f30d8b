"""The normal distribution, without SciPy: what the joint model of answers and the judges' calibration need of it."""

from __future__ import annotations

import numpy as np

from pointsman_learner.words import FloatArray

QUADRATURE = 7
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(QUADRATURE)
NODES: FloatArray = _NODES
"""(Z,) points of Gauss-Hermite quadrature for a standard normal variable."""
WEIGHTS: FloatArray = _WEIGHTS / _WEIGHTS.sum()
"""(Z,) their weights, summing to 1."""

_A = (
    -39.69683028665376,
    220.9460984245205,
    -275.9285104469687,
    138.3577518672690,
    -30.66479806614716,
    2.506628277459239,
)
_B = (-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1.0)
_C = (-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
      2.938163982698783)  # fmt: skip
_D = (0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1.0)
_TAIL = 0.02425


def cdf(x: FloatArray) -> FloatArray:
    """P(Z <= x), to within 2e-4, by the logistic-cubic approximation of Page (1977): a tanh is all it costs.

    >>> float(cdf(np.array(0.0)))
    0.5
    """
    return np.asarray(0.5 * (1.0 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))), dtype=float)


def quantile(p: FloatArray) -> FloatArray:
    """The x with P(Z <= x) = p, for p in (0, 1), to within 1.2e-9 (Acklam, 2003).

    >>> float(quantile(np.array(0.975)).round(4))
    1.96
    """
    p = np.asarray(p, dtype=float)
    q = p - 0.5
    r = q * q
    middle = _poly(_A, r) * q / _poly(_B, r)
    inside = np.abs(q) <= 0.5 - _TAIL
    if inside.all():
        return np.asarray(middle, dtype=float)
    t = np.sqrt(-2.0 * np.log(np.minimum(p, 1.0 - p)))
    tail = _poly(_C, t) / _poly(_D, t)
    return np.where(inside, middle, np.where(q < 0, tail, -tail))


def _poly(coefficients: tuple[float, ...], x: FloatArray) -> FloatArray:
    y = coefficients[0] * x + coefficients[1]
    for c in coefficients[2:]:
        y = y * x + c
    return y
