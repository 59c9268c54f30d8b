"""Thompson sampling: a model is called as often as its plan would be the best, for all that is known of abilities.

Abilities are drawn from what is believed of them, several times over; a model's probability is the share of the draws
in which its plan is worth most. Given the draws that is exact, so that its log can be evaluated.

Thompson (1933); Russo et al. (2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pointsman_learner.exploration.choice import Choice
from pointsman_learner.exploration.inverse_gap import InverseGap
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class Thompson:
    """outcomes: those that were learnt from. Stops are drawn by their gap: their values have no posterior."""

    outcomes: float

    @property
    def optimism(self) -> float:
        """None: what is not known is in the draws."""
        return 0.0

    def first_call(self, choice: Choice, rng: np.random.Generator) -> FloatArray:
        """By the draws that each wins. Of several queries all noise is drawn before any model is."""
        mean, sd = choice.expected.mean, np.sqrt(choice.expected.var)
        wins = np.zeros(mean.shape)
        for noise in rng.standard_normal((H.thompson_draws, *mean.shape)):
            values = np.where(choice.may, choice.worth(mean + sd * noise), -np.inf)
            wins += np.arange(mean.shape[-1]) == values.argmax(axis=-1)[..., None]
        return wins / H.thompson_draws

    def next_step(self, values: FloatArray, rng: np.random.Generator) -> tuple[int, FloatArray]:
        """As `InverseGap`."""
        return InverseGap(self.outcomes).next_step(values, rng)
