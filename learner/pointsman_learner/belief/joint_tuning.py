"""The joint model's three numbers tune themselves: a grid of them, weighted by how well each foretold the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pointsman_learner.belief.evidence import Candidates
from pointsman_learner.belief.joint_model import JointModel
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import WEIGHTS
from pointsman_learner.types import FloatArray

CANDIDATES = Candidates.of(H.joint_grid)


@dataclass(slots=True)
class JointTuning:
    """log_weight: (grid,) discounted log evidence of each candidate."""

    log_weight: FloatArray = field(default_factory=lambda: np.zeros(len(H.joint_grid)))

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
        self.log_weight *= H.tuning_forgets
        self.log_weight += CANDIDATES.log_evidence(ability, keys, odds, told)

    def learn_known(self, ability: FloatArray, outcome: FloatArray, weight: float) -> None:
        """Outcomes, in [0, 1], of several models on one query, of these abilities: what fails together."""
        if len(outcome) < 2:
            return
        self.log_weight *= H.tuning_forgets**weight
        right = CANDIDATES.right_at(ability)
        likelihood = (outcome[:, None] * right + (1 - outcome[:, None]) * (1 - right)).prod(axis=1)
        # One product after the other: of all of them together the last bit would be another.
        self.log_weight += weight * np.log([each @ WEIGHTS for each in likelihood])[CANDIDATES.rho_of]

    def joint(self) -> JointModel:
        """The weighted mean of the candidates."""
        log_weight = self.log_weight - H.rho_prior * np.array([rho for rho, _, _ in H.joint_grid])
        w = np.exp(log_weight - log_weight.max())
        return JointModel(*(float(v) for v in (w / w.sum()) @ np.array(H.joint_grid)))
