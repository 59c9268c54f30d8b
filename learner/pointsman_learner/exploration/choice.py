"""What an exploration is asked: how likely each choice is to be drawn, and how optimistic values are to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pointsman_learner.estimators.expectation import Expectation, Expectations
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class Choice:
    """First calls that are to be drawn, of one query or of several, whose arrays then have one axis more before.

    values: (M,) utility of the best plan that starts with each model, at the exploration's optimism; top: (1,) of the
    best of those that may be called; may: (M,) bool, which these are, at least one; expected: what is expected of each;
    worth: abilities (M,) to the values that such plans would have, were those the models' abilities.
    """

    values: FloatArray
    top: FloatArray | float
    may: np.ndarray
    expected: Expectation | Expectations
    worth: Callable[[FloatArray], FloatArray]


class Exploration(Protocol):
    """How a policy explores. Immutable; the generator is the caller's, so that the same one draws the same."""

    @property
    def optimism(self) -> float:
        """Standard deviations of their ability by which models are taken to be abler than they are estimated."""

    def first_call(self, choice: Choice, rng: np.random.Generator) -> FloatArray:
        """(..., M) the probability that each model is called first, summing to 1: its logged propensity."""

    def next_step(self, values: FloatArray, rng: np.random.Generator) -> tuple[int, FloatArray]:
        """Which of some alternatives (K,) by utility to take, and the probability of each, summing to 1."""


def drawn(probabilities: FloatArray, rng: np.random.Generator) -> np.ndarray:
    """Of (..., K) probabilities, which was drawn: as `rng.choice` draws, once for each, without its checks."""
    upto = probabilities.cumsum(axis=-1)
    at = rng.random(probabilities.shape[:-1])
    return np.asarray((upto / upto[..., -1:] <= np.asarray(at)[..., None]).sum(axis=-1))
