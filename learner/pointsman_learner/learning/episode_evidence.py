"""What the evidence of whole episodes teaches: what answers share, and which opinion of abilities to trust."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pointsman_learner.ability import ability_of
from pointsman_learner.belief.answers import Answers, Observed
from pointsman_learner.belief.evidence import log_evidence_by_ability
from pointsman_learner.estimates import Estimates
from pointsman_learner.estimators.expectation import Expectation
from pointsman_learner.estimators.fusion import fuse
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray

Word = tuple[int, float]
"""An answer, by its place among those of an episode, and what a user said of it, in [0, 1]."""


def tune_joint_model(
    e: Estimates, expected: Expectation, answers: Answers, observed: Observed, word: Word | None = None
) -> None:
    """Let several answers of one query tell what answers share."""
    if not e.settings.parts.joint_tuning or len(answers) < 2:
        return
    e.tuning.learn(expected.ability[[m for m, _ in answers]], *observed, word)
    e.joint = e.tuning.joint()


def weigh_opinions(
    e: Estimates, expected: Expectation, answers: Answers, observed: Observed, word: Word | None = None
) -> None:
    """Let an episode tell how far to trust the taxonomy and the learned router."""
    keys, odds = observed
    if word is None and len(answers) < 2 and not any(odds):
        return

    def evidence(abilities: FloatArray) -> FloatArray:
        return log_evidence_by_ability(e.joint, abilities, keys, odds, word)

    weigh_by(e, expected, [m for m, _ in answers], evidence)


def weigh_by(
    e: Estimates,
    expected: Expectation,
    models: list[int],
    evidence: Callable[[FloatArray], FloatArray],
    weight: float = 1.0,
) -> None:
    """Trust the opinions by the log evidence of what was observed, had these models the abilities they blend to.

    evidence: (doubts, models) of abilities -> (doubts,).
    """
    parts = e.settings.parts
    if not (parts.taxonomy and parts.learned and parts.trust):
        return
    (mean_t, var_t), (mean_l, var_l) = expected.taxonomy, expected.learned
    doubts = np.array(H.doubts).T[:, :, None]
    mean, var, _ = fuse((mean_t[models], var_t[models]), (mean_l[models], var_l[models]), doubts)
    e.trust.learn(evidence(ability_of(mean, var)), weight)
