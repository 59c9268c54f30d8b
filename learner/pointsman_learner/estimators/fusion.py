"""Familiar or ambiguous, learnt instead of thresholded: two opinions of each model, blended by their precision."""

from __future__ import annotations

import numpy as np

from pointsman_learner.types import FloatArray


def fuse(
    taxonomy: tuple[FloatArray, FloatArray], learned: tuple[FloatArray, FloatArray], doubt: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, variance and the taxonomy's share of precision, each (M,).

    taxonomy, learned: (mean, variance) of each model's ability, (M,) each. doubt: (2,) variance that each is
    taken to lack (see `trust`), so that a source that misleads loses its say however sure it is; (2, G, 1) of G doubts
    gives (G, M). Both have learnt from the same outcomes, so that two are no surer than the blend of them is.

    >>> one = np.array([1.0])
    >>> mean, var, share = fuse((0.8 * one, 0.01 * one), (0.6 * one, 0.03 * one), np.zeros(2))
    >>> float(mean[0].round(3)), float(var[0].round(4)), float(share[0].round(3))
    (0.75, 0.015, 0.75)
    """
    a = 1.0 / (taxonomy[1] + doubt[0])
    b = 1.0 / (learned[1] + doubt[1])
    share = a / (a + b)
    rest = 1 - share
    mean, var = (share * a + rest * b for a, b in zip(taxonomy, learned, strict=True))
    return mean, var, np.asarray(share, dtype=float)
