"""Judges: what a combination of them must be able to say, and where their scores stand in a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from pointsman_learner.types import Step

AGREEMENT = "agreement"
"""The judge whose opinion enters through the answers' keys, not as a score."""


class JudgeCombination(Protocol):
    """How several judges' scores become one opinion: a dataclass, of `names` and of arrays that a snapshot holds.

    scores: by judge, in [0, 1]; model: the row of the model that answered.
    """

    names: list[str]

    def see(self, scores: Mapping[str, float], model: int | None = None, weight: float = 1.0) -> None:
        """Count scores among their judges' scores. No label is needed."""

    def learn(self, scores: Mapping[str, float], outcome: float, weight: float = 1.0, model: int | None = None) -> None:
        """These scores were of an answer that turned out right with `outcome` in [0, 1]."""

    def log_odds(self, scores: Mapping[str, float], model: int | None = None) -> float:
        """How much the scores speak for the answer being right; 0 where no judge said anything."""

    def separation(self, judges: Sequence[str]) -> float:
        """D' of these judges' combined opinion: by how many standard deviations right answers stand above wrong."""


def scores_of(step: Step) -> dict[str, float]:
    """The scores that a step's judges gave, without agreement, which speaks through keys."""
    return {v.judge: v.score for v in step.verdicts if v.score is not None and v.judge != AGREEMENT}
