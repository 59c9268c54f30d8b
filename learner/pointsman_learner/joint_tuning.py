"""The joint model's three numbers tune themselves: a grid of them, weighted by how well each foretold the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from pointsman_learner.belief import JointModel, log_evidence
from pointsman_learner.gaussian import WEIGHTS
from pointsman_learner.words import FloatArray

GRID = tuple(product((0.3, 0.8, 1.3, 2.0, 3.5), (0.1, 0.25, 0.45), (0.02, 0.08, 0.25)))
"""(rho, collides, differs): from models that fail alone to models that fail together, from keys that say all to keys
that say little."""
RHO_PRIOR = 1.0
"""Rate of the exponential prior on rho: a success is the model's, not the query's ease, until the log says so."""
FORGET = 0.999


@dataclass(slots=True)
class JointTuning:
    """log_weight: (grid,) discounted log evidence of each candidate."""

    log_weight: FloatArray = field(default_factory=lambda: np.zeros(len(GRID)))

    def learn(
        self,
        ability: FloatArray,
        keys: Sequence[str | None],
        odds: Sequence[float] = (),
        told: tuple[int, float] | None = None,
    ) -> None:
        """Answers by models of these abilities had these keys, and judges' log odds where there were any.

        told: an answer and what a user said of it, in [0, 1]. A single answer, or several of which nothing is known,
        teach nothing of what answers share.
        """
        if len(keys) < 2 or (any(k is None for k in keys) and not any(odds)):
            return
        self.log_weight *= FORGET
        for g, theta in enumerate(GRID):
            self.log_weight[g] += log_evidence(JointModel(*theta), ability, keys, odds, told)

    def learn_known(self, ability: FloatArray, outcome: FloatArray, weight: float) -> None:
        """Outcomes, in [0, 1], of several models on one query, of these abilities: what fails together."""
        if len(outcome) < 2:
            return
        self.log_weight *= FORGET**weight
        for g, theta in enumerate(GRID):
            right = JointModel(*theta).right_at(ability)
            likelihood = outcome[:, None] * right + (1 - outcome[:, None]) * (1 - right)
            self.log_weight[g] += weight * float(np.log(likelihood.prod(axis=0) @ WEIGHTS))

    def joint(self) -> JointModel:
        """The weighted mean of the candidates."""
        log_weight = self.log_weight - RHO_PRIOR * np.array([rho for rho, _, _ in GRID])
        w = np.exp(log_weight - log_weight.max())
        return JointModel(*(float(v) for v in (w / w.sum()) @ np.array(GRID)))
