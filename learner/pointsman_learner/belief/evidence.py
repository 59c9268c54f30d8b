"""The log evidence of one episode under many assumptions at once: joint models, or abilities of those that answered.

What was observed parts the hypotheses in the same way whatever is assumed; their weights alone differ. So an axis of
assumptions is carried along instead of going through `joint_model` with each. What comes out is what `log_evidence`
there says of each, to the bit, so that a log that was folded by it folds to the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pointsman_learner.belief.joint_model import JointModel, share_of_wrong, with_one_more
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import WEIGHTS
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
        >>> both.tolist() == [log_evidence(JointModel(*theta), ability, ["a", "b"], told=(0, 1.0)) for theta in grid]
        True
        """
        right = self.right_at(ability)[self.rho_of]
        return _Beliefs(right, self.collides, self.differs).log_evidence_of(keys, odds, told)


def log_evidence_by_ability(
    joint: JointModel, abilities: FloatArray, keys: Sequence[str | None], odds: Sequence[float] = (),
    told: tuple[int, float] | None = None,
) -> FloatArray:  # fmt: skip
    """(G,) of each of these abilities, (G, answers), what `joint_model.log_evidence` says of the observations.

    >>> from pointsman_learner.belief.joint_model import log_evidence
    >>> abilities = np.array([[0.5, 0.2], [1.0, -1.0]])
    >>> both = log_evidence_by_ability(JointModel(), abilities, ["a", "b"], [0.3, 0.0])
    >>> both.tolist() == [log_evidence(JointModel(), ability, ["a", "b"], [0.3, 0.0]) for ability in abilities]
    True
    """
    collides, differs = (np.full(len(abilities), each) for each in (joint.collides, joint.differs))
    return _Beliefs(joint.right_at(abilities), collides, differs).log_evidence_of(keys, odds, told)


@dataclass(slots=True)
class _Beliefs:
    """As `Belief`, of each assumption. given_z: (G, answers, Z) P(right | z); weights: (G, H, Z); right: (H, U)."""

    given_z: FloatArray
    collides: FloatArray
    differs: FloatArray
    right: np.ndarray = field(default_factory=lambda: np.zeros((1, 0), dtype=bool))
    sizes: list[int] = field(default_factory=list)
    unit_of: list[int] = field(default_factory=list)
    weights: FloatArray = field(init=False)
    log_evidence: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        G = len(self.given_z)
        self.weights, self.log_evidence = np.tile(WEIGHTS, (G, 1, 1)), np.zeros(G)

    def log_evidence_of(
        self, keys: Sequence[str | None], odds: Sequence[float], told: tuple[int, float] | None
    ) -> FloatArray:
        """(G,) of what was observed; see `joint_model.log_evidence`."""
        exclusive, units = all(k is not None for k in keys), dict[str, int]()
        for i, key in enumerate(keys):
            label = f"\0{i}" if key is None else key
            if label in units:
                self._joins(self.given_z[:, i], units[label])
            else:
                units[label] = len(units)
                self._differs(self.given_z[:, i], exclusive=exclusive)
        for unit, log_odds in zip(self.unit_of, odds, strict=False):
            if log_odds:
                self._take(self.weights * np.where(self.right[:, unit], np.exp(log_odds), 1.0)[:, None])
        if told is None:
            return self.log_evidence
        p = np.clip(self._quality_of(told[0]), H.word_bound, 1 - H.word_bound)
        return np.asarray(self.log_evidence + (told[1] * np.log(p) + (1 - told[1]) * np.log(1 - p)), dtype=float)

    def _joins(self, p: FloatArray, unit: int) -> None:
        """One more answer agrees with `unit`; p: (G, Z) P(it is right | z)."""
        collides = self.collides[:, None] * share_of_wrong(self.right, self.sizes, unit)
        if_right, if_wrong = p * (1 - self.differs[:, None]), (1 - p)[:, None] * collides[:, :, None]
        self._take(self.weights * np.where(self.right[:, [unit]], if_right[:, None], if_wrong))
        self.sizes[unit] += 1
        self.unit_of.append(unit)

    def _differs(self, p: FloatArray, *, exclusive: bool) -> None:
        """One more answer agrees with none; p: (G, Z) P(it is right | z)."""
        p, reworded = p[:, None], (p * self.differs[:, None])[:, None]
        if exclusive:
            some_right, some_wrong = (np.asarray(each.any(axis=1)) for each in (self.right, ~self.right))
            alone = np.where(some_wrong[:, None], (1 - self.collides)[:, None, None], 1.0)
            old = self.weights * ((1 - p) * alone + np.where(some_right[:, None], reworded, 0.0))
            new, add = (self.weights * p)[:, ~some_right], self.right[~some_right]
        else:
            old, new, add = self.weights * (1 - p), self.weights * p, self.right
        self.right = with_one_more(self.right, add)
        self.unit_of.append(len(self.sizes))
        self.sizes.append(1)
        self._take(np.concatenate([old, new], axis=1))

    def _quality_of(self, answer: int) -> FloatArray:
        """(G,) P(answer right)."""
        unit = self.unit_of[answer]
        # One product after the other: of all of them together the last bit would be another.
        return np.array([(weights.sum(axis=1) @ self.right)[unit] for weights in self.weights])

    def _take(self, weights: FloatArray) -> None:
        total = weights.reshape(len(weights), -1).sum(axis=1)
        self.weights = weights / total[:, None, None]
        self.log_evidence = self.log_evidence + np.log(total)
