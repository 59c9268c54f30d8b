"""Exploration by inverse-gap weighting: the worse a model's plan looks, the rarer it is tried, with exact odds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from pointsman_learner.exploration.choice import Choice
from pointsman_learner.exploration.fading import fade
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class InverseGap:
    """outcomes: those that were learnt from, by which gaps are sharper and optimism lower."""

    outcomes: float

    @property
    def optimism(self) -> float:
        """It fades as the root of the outcomes, as what inverse-gap draws do."""
        return H.optimism * fade(self.outcomes)

    def first_call(self, choice: Choice, rng: np.random.Generator) -> FloatArray:
        """By their gaps, over those that are near the best."""
        del rng
        near = choice.may & (choice.values >= choice.top - H.near)
        return inverse_gap(choice.values, H.gap_sharpness * self._root, near)

    def next_step(self, values: FloatArray, rng: np.random.Generator) -> tuple[int, FloatArray]:
        """The best, but another now and then where it is close.

        Were doubtful answers never accepted, nobody would say of them whether the doubt was right.
        """
        p = _inverse_gap_of_few(values.tolist(), H.stop_sharpness * self._root)
        upto = list(accumulate(p))
        at = rng.random()
        return sum(each / upto[-1] <= at for each in upto), np.array(p)  # drawn as by `drawn`

    @property
    def _root(self) -> float:
        return math.sqrt(H.fade_outcomes + self.outcomes)


def inverse_gap(values: FloatArray, gamma: float, eligible: np.ndarray) -> FloatArray:
    """(..., K) probabilities of the choices, summing to 1.

    values: (..., K) utility of each; gamma: how sharply gaps are punished, in 1 / utility; eligible: (..., K) bool.
    Raises ValueError where nothing is eligible.

    >>> inverse_gap(np.array([0.9, 0.5]), gamma=10.0, eligible=np.array([True, True])).round(3).tolist()
    [0.833, 0.167]

    SquareCB: Foster & Rakhlin (2020).
    """
    k = eligible.sum(axis=-1, keepdims=True)
    if not k.all():
        raise ValueError("nothing is eligible")
    among = np.where(eligible, values, -np.inf)
    is_best = np.arange(values.shape[-1]) == among.argmax(axis=-1)[..., None]
    gaps = np.maximum(0.0, among.max(axis=-1, keepdims=True) - values)
    p = np.where(eligible & ~is_best, 1.0 / (k + gamma * gaps), 0.0)
    return np.where(is_best, 1.0 - p.sum(axis=-1, keepdims=True), p)


def _inverse_gap_of_few(values: Sequence[float], gamma: float) -> list[float]:
    """`inverse_gap` of a handful of values, of which those near the best are eligible, to the bit: without arrays.

    A cascade asks after every step, and fifteen operations on three numbers are two thirds of what that takes.
    """
    top = max(values)
    near = [v >= top - H.near for v in values]
    k, best = sum(near), values.index(top)
    p = [1.0 / (k + gamma * (top - v)) if near[i] and i != best else 0.0 for i, v in enumerate(values)]
    rest = 0.0
    for chance in p:
        rest += chance
    p[best] = 1.0 - rest
    return p
