"""The joint model's three numbers tune themselves: a grid of them, weighted by how well each foretold the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from pointsman_learner.belief import JointModel, believe
from pointsman_learner.words import FloatArray

GRID = tuple(product((1.0, 2.0, 3.5), (0.1, 0.2, 0.35), (0.02, 0.08, 0.25)))
"""(rho, collides, differs): from models that fail alone to models that fail together, from keys that say all to keys
that say little."""
FORGET = 0.999


@dataclass(slots=True)
class JointTuning:
    """log_weight: (grid,) discounted log evidence of each candidate."""

    log_weight: FloatArray = field(default_factory=lambda: np.zeros(len(GRID)))

    def learn(self, quality: FloatArray, keys: Sequence[str | None], right: int | None, outcome: float) -> None:
        """Answers by models of these marginals had these keys; answer `right` turned out as `outcome`, None unknown."""
        if len(keys) < 2 or any(k is None for k in keys):
            return
        self.log_weight *= FORGET
        for g, theta in enumerate(GRID):
            joint = JointModel(*theta)
            belief = believe(joint, joint.given_difficulty(quality), keys)
            evidence = belief.log_evidence
            if right is not None:
                p = float(np.clip(belief.quality[right], 0.01, 0.99))
                evidence += outcome * np.log(p) + (1 - outcome) * np.log(1 - p)
            self.log_weight[g] += evidence

    def joint(self) -> JointModel:
        """The weighted mean of the candidates."""
        w = np.exp(self.log_weight - self.log_weight.max())
        return JointModel(*(float(v) for v in (w / w.sum()) @ np.array(GRID)))
