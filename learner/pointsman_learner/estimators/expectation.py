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
