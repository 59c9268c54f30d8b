"""No exploration: the best is taken, as it is estimated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pointsman_learner.exploration.choice import Choice
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class Greedy:
    """Without optimism. Nothing that it did not choose can be evaluated from its log."""

    @property
    def optimism(self) -> float:
        """None."""
        return 0.0

    def first_call(self, choice: Choice, rng: np.random.Generator) -> FloatArray:
        """All of it to the best."""
        del rng
        return _certain(np.where(choice.may, choice.values, -np.inf))

    def next_step(self, values: FloatArray, rng: np.random.Generator) -> tuple[int, FloatArray]:
        """The best."""
        del rng
        return int(np.argmax(values)), _certain(values)


def _certain(values: FloatArray) -> FloatArray:
    return np.asarray(np.arange(values.shape[-1]) == values.argmax(axis=-1)[..., None], dtype=float)
