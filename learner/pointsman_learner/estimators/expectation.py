"""What is expected of every model on one query, before any is called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pointsman_learner.ability import ability_of
from pointsman_learner.estimators.taxonomy import Place
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of every model on one query; arrays are (M,), but for its embedding and its features.

    embedding: its leading dimensions, without the surface features, which x has too, standardised; clusters:
    (CLUSTERS,) how much the query is of each cluster of the traffic; quality: P(right), and sd, its standard error;
    mean, var: of the ability behind it; share: of its precision that the taxonomy brought; taxonomy, learned: the two
    opinions, mean and variance of the ability.
    """

    place: Place
    embedding: FloatArray
    x: FloatArray
    clusters: FloatArray
    quality: FloatArray
    sd: FloatArray
    cost: FloatArray
    latency: FloatArray
    share: FloatArray
    mean: FloatArray
    var: FloatArray
    taxonomy: tuple[FloatArray, FloatArray]
    learned: tuple[FloatArray, FloatArray]

    @property
    def ability(self) -> FloatArray:
        """(M,) the probit of quality: the mean ability, drawn in by what is not known of it."""
        return ability_of(self.mean, self.var)

    def optimistic_ability(self, optimism: float) -> FloatArray:
        """(M,) the same, with the mean raised by so many of its standard deviations: an upper confidence bound."""
        return ability_of(self.mean + optimism * np.sqrt(self.var), self.var)
