"""Effects of nodes as tables: what a snapshot makes of them once, so that a decision is fewer and larger operations.

What goes on learning predicts from `Effects`, which change with every event. A test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pointsman_learner.estimators.node_effects import Effects
from pointsman_learner.estimators.taxonomy import ROOT_PLACE, Places
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class NodeTables:
    """Effects by node, ready to be weighed by where a query falls.

    linear: (J, 5 M) ability, then numerator and denominator of the cost's and the latency's ratio; variance: (J, M);
    root_*: the same at the root alone, (M,) each, ratios (2, M).
    """

    linear: FloatArray
    variance: FloatArray
    root_mean: FloatArray
    root_variance: FloatArray
    root_ratio: FloatArray

    @classmethod
    def of(cls, effects: Effects) -> NodeTables:
        """The tables of these effects."""
        mean, variance = effects.predict(ROOT_PLACE)
        root_ratio = effects.predict_ratios(ROOT_PLACE)
        local = (effects.ratio_sum + H.cost_prior * root_ratio[:, None]) / (effects.ratio_n + H.cost_prior)
        precision = effects.ratio_n + H.empty_node_weight
        ratios = np.stack([precision * local, precision], axis=1)  # (2, 2, J, M): of which, which part
        ratios[:, :, 0] = 0.0  # what is known at the root is in every node's own
        by_node = ratios.transpose(2, 0, 1, 3).reshape(len(effects.shared), -1)
        ability, ability_var = effects.shared[:, None] + effects.own, effects.shared_var[:, None] + effects.own_var
        if effects.results:
            foretold, foretold_var = effects.results.tables()
            ability, ability_var = ability + foretold, ability_var + foretold_var
        return cls(
            linear=np.hstack([ability, by_node]),
            variance=ability_var,
            root_mean=mean,
            root_variance=variance,
            root_ratio=root_ratio,
        )

    def opinion(self, places: Places) -> tuple[FloatArray, FloatArray]:
        """(B, M) mean ability, (B, M) its variance, at places."""
        M, r = len(self.root_mean), places.weights[:, None, :]
        return H.level + (r @ self.linear[:, :M])[:, 0], ((r * r) @ self.variance)[:, 0]

    def ratios(self, places: Places) -> FloatArray:
        """(B, 2, M) expected ratios of cost and latency to what is listed, at places."""
        M, r = len(self.root_mean), places.weights[:, None, :]
        ratios = (r @ self.linear[:, M:])[:, 0].reshape(len(r), 2, 2, M)
        below = ratios[:, :, 1] > 0.0  # at the root alone nothing is
        return np.where(below, ratios[:, :, 0] / np.where(below, ratios[:, :, 1], 1.0), self.root_ratio)

    def overall(self) -> tuple[FloatArray, FloatArray]:
        """(M,) mean ability and (M,) its variance at the root."""
        return self.root_mean, self.root_variance
