"""What is expected of every model on one query, before any is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from pointsman_learner.ability import ability_of
from pointsman_learner.estimators.taxonomy import Place, Places
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of every model on one query; arrays are (M,), but for its embedding and its features.

    embedding: its leading dimensions, without the surface features, which x has too, standardised; clusters:
    (CLUSTERS,) how much the query is of each cluster of the traffic; ability: the probit of quality, P(right): the mean
    ability, drawn in by what is not known of it; sd: the standard error of quality; mean, var: of the ability; share:
    of its precision that the taxonomy brought; taxonomy, learned: the two opinions, mean and variance of the ability.
    """

    place: Place
    embedding: FloatArray
    x: FloatArray
    clusters: FloatArray
    ability: FloatArray
    quality: FloatArray
    sd: FloatArray
    cost: FloatArray
    latency: FloatArray
    share: FloatArray
    mean: FloatArray
    var: FloatArray
    taxonomy: tuple[FloatArray, FloatArray]
    learned: tuple[FloatArray, FloatArray]

    def optimistic_ability(self, optimism: float) -> FloatArray:
        """(M,) ability with the mean raised by so many of its standard deviations: an upper confidence bound."""
        if not optimism:
            return self.ability
        return ability_of(self.mean + optimism * np.sqrt(self.var), self.var)


@dataclass(frozen=True, slots=True)
class Expectations:
    """The same of several queries at once: every array has one axis more, the query's, before the others."""

    places: Places
    embedding: FloatArray
    x: FloatArray
    clusters: FloatArray
    ability: FloatArray
    quality: FloatArray
    sd: FloatArray
    cost: FloatArray
    latency: FloatArray
    share: FloatArray
    mean: FloatArray
    var: FloatArray
    taxonomy: tuple[FloatArray, FloatArray]
    learned: tuple[FloatArray, FloatArray]

    def optimistic_ability(self, optimism: float) -> FloatArray:
        """As of one."""
        return self.ability if not optimism else ability_of(self.mean + optimism * np.sqrt(self.var), self.var)

    def rows(self, rows: Sequence[int]) -> Self:
        """Of these of them."""
        of = list(rows)
        (mean_t, var_t), (mean_l, var_l) = self.taxonomy, self.learned
        return type(self)(
            self.places.rows(of), self.embedding[of], self.x[of], self.clusters[of], self.ability[of], self.quality[of],
            self.sd[of], self.cost[of], self.latency[of], self.share[of], self.mean[of], self.var[of],
            (mean_t[of], var_t[of]), (mean_l[of], var_l[of]),
        )  # fmt: skip

    def of(self, b: int) -> Expectation:
        """Of one of them."""
        (mean_t, var_t), (mean_l, var_l) = self.taxonomy, self.learned
        return Expectation(
            self.places.of(b), self.embedding[b], self.x[b], self.clusters[b], self.ability[b], self.quality[b],
            self.sd[b], self.cost[b], self.latency[b], self.share[b], self.mean[b], self.var[b],
            (mean_t[b], var_t[b]), (mean_l[b], var_l[b]),
        )  # fmt: skip
