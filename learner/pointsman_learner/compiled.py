"""What a snapshot holds ready for every query: all of an expectation that does not depend on the query.

The living learner predicts from its parts directly, since they change with every event; `compiled` says the same, in
fewer and larger array operations. A test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pointsman_learner.node_statistics import COST_PRIOR, LEVEL, Effects
from pointsman_learner.taxonomy import Place
from pointsman_learner.words import FloatArray, Model

TYPICAL_OUTPUT_TOKENS = 300.0
UNKNOWN_COST = 1e-3


@dataclass(frozen=True, slots=True)
class PriceList:
    """List prices as arrays: per_token, fixed: (M,) dollars a prompt token, and a typical answer."""

    per_token: FloatArray
    fixed: FloatArray

    @classmethod
    def of(cls, models: Sequence[Model]) -> PriceList:
        """Where there is no price, the dearest of the others': what might be dear is not preferred for being cheap."""
        known = [(m.input_usd_per_million, m.output_usd_per_million) for m in models]
        each = [None if i is None or o is None else (i / 1e6, o * TYPICAL_OUTPUT_TOKENS / 1e6) for i, o in known]
        priced = [prices for prices in each if prices is not None]
        dearest = (max(i for i, _ in priced), max(o for _, o in priced)) if priced else (0.0, UNKNOWN_COST)
        filled = [dearest if prices is None else prices for prices in each]
        return cls(np.array([i for i, _ in filled]), np.array([o for _, o in filled]))

    def cost(self, input_tokens: int) -> FloatArray:
        """(M,) dollars for a prompt of so many tokens and a typical answer."""
        return np.maximum(1e-9, self.per_token * input_tokens + self.fixed)


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
    def of(cls, effects: Effects, root: Place) -> NodeTables:
        """The tables of these effects."""
        mean, variance = effects.predict(root)
        root_ratio = np.stack([effects.predict_ratio(which, root) for which in (0, 1)])
        local = (effects.ratio_sum + COST_PRIOR * root_ratio[:, None]) / (effects.ratio_n + COST_PRIOR)
        precision = effects.ratio_n + 0.1
        ratios = np.stack([precision * local, precision], axis=1)  # (2, 2, J, M): of which, which part
        ratios[:, :, 0] = 0.0  # what is known at the root is in every node's own
        by_node = ratios.transpose(2, 0, 1, 3).reshape(len(effects.shared), -1)
        return cls(
            linear=np.hstack([effects.shared[:, None] + effects.own, by_node]),
            variance=effects.shared_var[:, None] + effects.own_var,
            root_mean=mean,
            root_variance=variance,
            root_ratio=root_ratio,
        )

    def predict(self, place: Place) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(M,) mean ability, (M,) its variance, (2, M) expected ratios of cost and latency, at a place."""
        j, r = place.nodes, place.weights
        if len(j) == 1:
            return self.root_mean, self.root_variance, self.root_ratio
        M = len(self.root_mean)
        found = r @ self.linear[j]
        ratios = found[M:].reshape(2, 2, M)
        return LEVEL + found[:M], (r * r) @ self.variance[j], ratios[:, 0] / ratios[:, 1]


@dataclass(frozen=True, slots=True)
class Compiled:
    """All of it. names: (M,) in order; index: the row of each; enabled: (M,) bool."""

    names: tuple[str, ...]
    index: Mapping[str, int]
    enabled: np.ndarray
    prices: PriceList
    nodes: NodeTables

    @classmethod
    def of(cls, models: Sequence[Model], effects: Effects, root: Place) -> Compiled:
        """Of a state that will not change any more."""
        names = tuple(m.name for m in models)
        index = {name: i for i, name in reversed(list(enumerate(names)))}
        enabled = np.array([m.enabled for m in models], dtype=bool)
        return cls(names, index, enabled, PriceList.of(models), NodeTables.of(effects, root))
