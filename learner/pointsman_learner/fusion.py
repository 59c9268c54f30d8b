"""Familiar or ambiguous, learnt instead of thresholded: two opinions of each model, blended by their precision."""

from __future__ import annotations

import numpy as np

from pointsman_learner.words import FloatArray


def fuse(
    taxonomy: tuple[FloatArray, FloatArray], learned: tuple[FloatArray, FloatArray], misfit: tuple[float, float]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, variance and the taxonomy's share of precision, each (M,).

    taxonomy, learned: (mean, variance) of each model's quality, (M,) each. misfit: what each source has lately been off
    by beyond its variance (in squared quality), so that a source that misleads loses its say however sure it is.

    >>> one = np.array([1.0])
    >>> mean, var, share = fuse((0.8 * one, 0.01 * one), (0.6 * one, 0.03 * one), (0.0, 0.0))
    >>> float(mean[0].round(3)), float(var[0].round(4)), float(share[0].round(3))
    (0.75, 0.0075, 0.75)
    """
    a = 1.0 / (taxonomy[1] + misfit[0])
    b = 1.0 / (learned[1] + misfit[1])
    share = a / (a + b)
    return share * taxonomy[0] + (1 - share) * learned[0], 1.0 / (a + b), np.asarray(share, dtype=float)
