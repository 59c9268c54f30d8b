"""Trials: a small share of first calls, the control draw, goes to models that may be near the best.

A dear model that failed early is far below the best, and by its gap alone would never be tried again. Even odds would
spend most trials on what is known to be middling; a well known model near the best gets few here, but the inner
exploration has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pointsman_learner.exploration.choice import Choice, Exploration
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class Trials:
    """Another exploration, and a control draw beside it. share: of the control draw, in [0, 1]."""

    inner: Exploration
    share: float

    @property
    def optimism(self) -> float:
        """The other's."""
        return self.inner.optimism

    def first_call(self, choice: Choice, rng: np.random.Generator) -> FloatArray:
        """The mixture of both draws."""
        p = self.inner.first_call(choice, rng)
        return (1 - self.share) * p + self.share * control_odds(choice)

    def next_step(self, values: FloatArray, rng: np.random.Generator) -> tuple[int, FloatArray]:
        """As the other does: trials are of first calls."""
        return self.inner.next_step(values, rng)


def control_odds(choice: Choice) -> FloatArray:
    """(..., M) odds in the control draw of each model that may be near the best: by what is not known of it."""
    sd = choice.expected.sd
    odds = np.where(choice.may & (choice.values + H.may_be * sd >= choice.top - H.near), sd, 0.0)
    return np.asarray(odds / odds.sum(axis=-1, keepdims=True), dtype=float)
