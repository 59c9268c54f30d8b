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
from pointsman_learner.estimators.expectation import Expectation, Expectations
from pointsman_learner.estimators.fusion import fuse
from pointsman_learner.estimators.learned_router import CLUSTER, CONSTANT, LINEAR, features
from pointsman_learner.estimators.prices import PriceList
from pointsman_learner.estimators.taxonomy import ROOT, Places, Taxonomy
from pointsman_learner.hyperparameters import H
from pointsman_learner.parts import Parts
from pointsman_learner.types import Context, FloatArray

UNTAUGHT = 90.0
"""Variance of the ability by a learned router that is switched off."""


class NodeOpinions(Protocol):
    """What the taxonomy's statistics say of each model."""

    def opinion(self, places: Places) -> tuple[FloatArray, FloatArray]:
        """(B, M) mean ability, (B, M) its variance."""

    def ratios(self, places: Places) -> FloatArray:
        """(B, 2, M) expected ratios of cost and latency to what is listed."""

    def overall(self) -> tuple[FloatArray, FloatArray]:
        """(M,) mean ability and (M,) its variance on all queries together."""


class ContextOpinions(Protocol):
    """What the learned router says of each model."""

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(B, M) residual from each model's overall ability and (B, M) its variance."""


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
        return self.expect_all([context]).of(0)

    def abilities(
        self, context: Context, raw: FloatArray | None = None, scale: FloatArray | None = None
    ) -> Expectation:
        """The same of abilities alone: cost and latency, which teach nobody, are empty.

        raw: (1, F), its `features`; scale: (F,), as `scale_of` has it; where they were worked out before.
        """
        if scale is not None:
            self._scales[len(context.surface)] = scale
        return self.expect_all([context], raw, priced=False).of(0)

    def expect_all(
        self, contexts: Sequence[Context], raw: FloatArray | None = None, *, priced: bool = True
    ) -> Expectations:
        """The same of several queries, whose contexts have one size: each as if it were alone, to the bit.

        raw: (B, F) their `features`, where they were worked out before; priced: with cost and latency.
        """
        raw, surface = features(contexts) if raw is None else raw, len(contexts[0].surface)
        scale = self._scale(surface)
        clusters = self._memberships(raw, scale)
        X = self._x(raw, surface, scale, clusters)
        learned = self._by_context(len(contexts), X)
        return self._blended(contexts, raw[:, surface:], X, clusters, learned, priced=priced)

    def by_opinion(self, contexts: Sequence[Context], found: Expectations) -> Expectations:
        """What this one expects of queries of which `found` is expected with none of its parts left out, to the bit.

        So that what both have is computed once.
        """
        learned = found.learned if self.parts.learned else self._by_context(len(contexts), found.x)
        return self._blended(contexts, found.embedding, found.x, found.clusters, learned)

    def _by_context(self, queries: int, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(B, M) mean ability and its variance as the learned router has them."""
        shape = (queries, len(self.prices.fixed))
        overall, overall_var = self.nodes.overall()
        residual, var = self.router.predict(X) if self.parts.learned else (np.zeros(shape), np.full(shape, UNTAUGHT))
        return overall + residual, overall_var + var

    def _blended(
        self, contexts: Sequence[Context], embedding: FloatArray, X: FloatArray, clusters: FloatArray,
        learned: tuple[FloatArray, FloatArray], *, priced: bool = True,
    ) -> Expectations:  # fmt: skip
        parts, shape = self.parts, (len(contexts), len(self.prices.fixed))
        places = self.taxonomy.places(contexts) if parts.taxonomy else self._at_root(len(contexts))
        mean_t, var_t = self.nodes.opinion(places)
        mean_l, var_l = learned
        if parts.taxonomy or not parts.learned:
            mean, var, share = fuse((mean_t, var_t), (mean_l, var_l), self.doubt)
        else:
            mean, var, share = mean_l, var_l, np.zeros(shape)
        ability = ability_of(mean, var)
        cost = latency = np.zeros((len(contexts), 0))
        if priced:
            ratios, tokens = self.nodes.ratios(places), np.array([[c.input_tokens] for c in contexts])
            cost, latency = self.prices.cost(tokens) * ratios[:, 0], H.typical_latency_ms * ratios[:, 1]
        return Expectations(
            embedding, X, clusters, ability, *quality_at(ability, var), cost, latency, share, mean, var,
            (mean_t, var_t), learned, places,
        )  # fmt: skip

    def _at_root(self, queries: int) -> Places:
        at_root = np.arange(len(self.taxonomy)) == 0
        return Places(np.tile(at_root.astype(float), (queries, 1)), [(ROOT,)] * queries, [0.0] * queries)

    def _scale(self, surface: int) -> FloatArray:
        if surface not in self._scales:
            self._scales[surface] = scale_of(self.moments, surface, self.parts)
        return self._scales[surface]

    def _memberships(self, raw: FloatArray, scale: FloatArray) -> FloatArray:
        if not self.parts.clusters or raw.shape[1] != len(self.moments.mean):
            return np.zeros((len(raw), CLUSTERS))
        return self.clusters.memberships(raw, scale)

    def _x(self, raw: FloatArray, surface: int, scale: FloatArray, clusters: FloatArray) -> FloatArray:
        """What the learned router reads: a constant, how much the query is of each cluster, and its features."""
        x = self.moments.standardised(raw, surface, scale) if self.parts.standardisation else raw
        X = np.empty((len(x), 1 + CLUSTERS + x.shape[1]))
        X[:, 0] = CONSTANT
        np.multiply(clusters, CLUSTER, out=X[:, 1 : 1 + CLUSTERS])
        np.multiply(x, LINEAR, out=X[:, 1 + CLUSTERS :])
        return X


def scale_of(moments: Moments, surface: int, parts: Parts) -> FloatArray:
    """(F,) what features are multiplied with before distances between them are taken."""
    return moments.scale(surface) if parts.standardisation else np.ones(len(moments.mean))
