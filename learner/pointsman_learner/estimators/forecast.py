"""The estimators at one moment, and what they expect of every model on a query.

What learns and what decides predict with this one piece of code, so that what is learnt is the residual of what
decided. They differ in what stands behind it: estimators that go on learning, or arrays compiled of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from pointsman_learner.ability import ability_of, quality_at
from pointsman_learner.context.clusters import CLUSTERS, TrafficClusters
from pointsman_learner.context.standardise import Moments
from pointsman_learner.estimators.expectation import Expectation
from pointsman_learner.estimators.fusion import fuse
from pointsman_learner.estimators.learned_router import CLUSTER, CONSTANT, LINEAR, features
from pointsman_learner.estimators.prices import PriceList
from pointsman_learner.estimators.taxonomy import ROOT_PLACE, Place, Taxonomy
from pointsman_learner.hyperparameters import H
from pointsman_learner.parts import Parts
from pointsman_learner.types import Context, FloatArray

UNTAUGHT = 90.0
"""Variance of the ability by a learned router that is switched off."""


class NodeOpinions(Protocol):
    """What the taxonomy's statistics say of each model."""

    def opinion(self, place: Place) -> tuple[FloatArray, FloatArray, Sequence[FloatArray] | FloatArray]:
        """(M,) mean ability, (M,) its variance, (2, M) expected ratios of cost and latency to what is listed."""

    def overall(self) -> tuple[FloatArray, FloatArray]:
        """(M,) mean ability and (M,) its variance on all queries together."""


class ContextOpinions(Protocol):
    """What the learned router says of each model."""

    def predict(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(M,) residual from each model's overall ability and (M,) its variance."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """doubt: variance (2,) that taxonomy and learned router lack (see `trust`). The rest as in `Estimates`."""

    parts: Parts
    taxonomy: Taxonomy
    nodes: NodeOpinions
    router: ContextOpinions
    moments: Moments
    clusters: TrafficClusters
    doubt: FloatArray
    prices: PriceList
    _scales: dict[int, FloatArray] = field(default_factory=dict)

    def expect(self, context: Context) -> Expectation:
        """What every model, enabled or not, would do on this query."""
        parts, M = self.parts, len(self.prices.fixed)
        place = self.taxonomy.place(context) if parts.taxonomy else ROOT_PLACE
        raw, surface = features(context), len(context.surface)
        scale = self._scale(surface)
        clusters = self._memberships(raw, scale)
        x = self._x(raw, surface, scale, clusters)
        mean_t, var_t, ratios = self.nodes.opinion(place)
        overall, overall_var = self.nodes.overall()
        residual, var_l = self.router.predict(x) if parts.learned else (np.zeros(M), np.full(M, UNTAUGHT))
        mean_l, var_l = overall + residual, overall_var + var_l
        if parts.taxonomy or not parts.learned:
            mean, var, share = fuse((mean_t, var_t), (mean_l, var_l), self.doubt)
        else:
            mean, var, share = mean_l, var_l, np.zeros(M)
        ability = ability_of(mean, var)
        cost, latency = self.prices.cost(context.input_tokens) * ratios[0], H.typical_latency_ms * ratios[1]
        return Expectation(
            place, raw[surface:], x, clusters, ability, *quality_at(ability, var), cost, latency, share, mean, var,
            (mean_t, var_t), (mean_l, var_l),
        )  # fmt: skip

    def _scale(self, surface: int) -> FloatArray:
        if surface not in self._scales:
            self._scales[surface] = scale_of(self.moments, surface, self.parts)
        return self._scales[surface]

    def _memberships(self, raw: FloatArray, scale: FloatArray) -> FloatArray:
        if not self.parts.clusters or len(raw) != len(self.moments.mean):
            return np.zeros(CLUSTERS)
        return self.clusters.memberships(raw, scale)

    def _x(self, raw: FloatArray, surface: int, scale: FloatArray, clusters: FloatArray) -> FloatArray:
        """What the learned router reads: a constant, how much the query is of each cluster, and its features."""
        x = self.moments.standardised(raw, surface, scale) if self.parts.standardisation else raw
        return np.concatenate([[CONSTANT], CLUSTER * clusters, LINEAR * x])


def scale_of(moments: Moments, surface: int, parts: Parts) -> FloatArray:
    """(F,) what features are multiplied with before distances between them are taken."""
    return moments.scale(surface) if parts.standardisation else np.ones(len(moments.mean))
