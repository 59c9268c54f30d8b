"""Exploration by inverse-gap weighting: the worse a model's plan looks, the rarer it is tried, with exact odds."""

from __future__ import annotations

import numpy as np

from pointsman_learner.words import FloatArray


def inverse_gap(values: FloatArray, gamma: float, eligible: np.ndarray) -> FloatArray:
    """(K,) probabilities of the choices, summing to 1.

    values: (K,) utility of each; gamma: how sharply gaps are punished, in 1 / utility; eligible: (K,) bool.
    Raises ValueError where nothing is eligible.

    >>> inverse_gap(np.array([0.9, 0.5]), gamma=10.0, eligible=np.array([True, True])).round(3).tolist()
    [0.833, 0.167]

    SquareCB: Foster & Rakhlin (2020).
    """
    k = int(eligible.sum())
    if not k:
        raise ValueError("nothing is eligible")
    best = int(np.argmax(np.where(eligible, values, -np.inf)))
    p = np.where(eligible, 1.0 / (k + gamma * np.maximum(0.0, values[best] - values)), 0.0)
    p[best] = 0.0
    p[best] = 1.0 - p.sum()
    return p
