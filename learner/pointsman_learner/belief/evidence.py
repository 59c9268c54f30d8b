"""The log evidence of one episode under many assumptions at once: joint models, or abilities of those that answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pointsman_learner.belief.joint_model import JointModel, Weighed, judged, weigh
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class Candidates:
    """Joint models side by side. collides, differs: (G,); rhos: those that there are; rho_of: (G,) whose is which."""

    collides: FloatArray
    differs: FloatArray
    rhos: tuple[float, ...]
    rho_of: np.ndarray

    @classmethod
    def of(cls, grid: Sequence[tuple[float, float, float]]) -> Candidates:
        """From (rho, collides, differs) of each."""
        rho, collides, differs = np.array(grid).T
        rhos, rho_of = np.unique(rho, return_inverse=True)
        return cls(collides, differs, tuple(float(r) for r in rhos), rho_of)

    def right_at(self, ability: FloatArray) -> FloatArray:
        """(rhos, answers, Z) P(right | z) of these abilities, which rho alone decides."""
        return np.array([JointModel(rho).right_at(ability) for rho in self.rhos])

    def log_evidence(
        self, ability: FloatArray, keys: Sequence[str | None], odds: Sequence[float] = (),
        told: tuple[int, float] | None = None,
    ) -> FloatArray:  # fmt: skip
        """(G,) of each joint model, what `joint_model.log_evidence` says of these observations.

        >>> from pointsman_learner.belief.joint_model import log_evidence
        >>> grid, ability = [(0.3, 0.1, 0.02), (2.0, 0.1, 0.02)], np.array([0.5, 0.2])
        >>> both = Candidates.of(grid).log_evidence(ability, ["a", "b"], told=(0, 1.0))
        >>> np.allclose(both, [log_evidence(JointModel(*theta), ability, ["a", "b"], told=(0, 1.0)) for theta in grid])
        True
        """
        right = self.right_at(ability)[self.rho_of]
        return _log_evidence(weigh(right, keys, self.collides[:, None], self.differs[:, None]), odds, told)


def log_evidence_by_ability(
    joint: JointModel, abilities: FloatArray, keys: Sequence[str | None], odds: Sequence[float] = (),
    told: tuple[int, float] | None = None,
) -> FloatArray:  # fmt: skip
    """(G,) of each of these abilities, (G, answers), what `joint_model.log_evidence` says of the observations.

    >>> from pointsman_learner.belief.joint_model import log_evidence
    >>> abilities = np.array([[0.5, 0.2], [1.0, -1.0]])
    >>> both = log_evidence_by_ability(JointModel(), abilities, ["a", "b"], [0.3, 0.0])
    >>> np.allclose(both, [log_evidence(JointModel(), ability, ["a", "b"], [0.3, 0.0]) for ability in abilities])
    True
    """
    collides, differs = np.array([joint.collides]), np.array([joint.differs])
    return _log_evidence(weigh(joint.right_at(abilities), keys, collides, differs), odds, told)


def _log_evidence(seen: Weighed, odds: Sequence[float], told: tuple[int, float] | None) -> FloatArray:
    """(G,) of what was observed; see `joint_model.log_evidence`."""
    of_hypothesis = seen.weights.sum(axis=-1)
    if any(odds):
        of_hypothesis = of_hypothesis * judged(seen.right, seen.unit_of, odds)
    total = of_hypothesis.sum(axis=-1)
    log_evidence = np.log(total)
    if told is None:
        return np.asarray(log_evidence, dtype=float)
    answer, said = told
    p = (of_hypothesis @ seen.right[:, seen.unit_of[answer]].astype(float)) / total
    p = np.clip(p, H.word_bound, 1 - H.word_bound)
    return np.asarray(log_evidence + said * np.log(p) + (1 - said) * np.log(1 - p), dtype=float)
