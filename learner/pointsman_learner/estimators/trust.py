"""How far to trust each of two opinions: of a grid of doubts, the one that foretold the log best.

An opinion's own variance says how well its average is known, not how far single queries lie from it: a taxonomy without
the right nodes is very sure of an average that holds for no query. What it is off by cannot be read from how labelled
answers came out, since users see answers that others agreed with, and those are right wherever they come from. The
evidence of whole episodes can: who agreed with whom, what judges said, and what a user said given both.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray

_DOUBTS: FloatArray = np.array(H.doubts)


@dataclass(slots=True)
class Trust:
    """log_weight: (doubts,) discounted log evidence of each."""

    log_weight: FloatArray = field(default_factory=lambda: np.zeros(len(H.doubts)))

    def learn(self, log_evidence: FloatArray, weight: float = 1.0) -> None:
        """One episode; log_evidence: (doubts,) of what was observed in it, had the opinions been blended with each.

        weight: how much of an episode it is; as much of what was learnt before is forgotten.
        """
        self.log_weight = H.trust_forgets**weight * self.log_weight + log_evidence

    def doubt(self) -> FloatArray:
        """(2,) the doubts that foretold best; none before any episode."""
        return np.array(_DOUBTS[int(self.log_weight.round(6).argmax())])  # rounding is no reason to doubt
