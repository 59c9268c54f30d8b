"""What is expected of every model on one query, before any is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np

from pointsman_learner.ability import ability_of
from pointsman_learner.estimators.taxonomy import Place, Places
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class Columns:
    """What is expected of every model on a query; arrays are (M,), but for its embedding and its features.

    embedding: its leading dimensions, without the surface features, which x has too, standardised; clusters:
    (CLUSTERS,) how much the query is of each cluster of the traffic; ability: the probit of quality, P(right): the mean
    ability, drawn in by what is not known of it; sd: the standard error of quality; mean, var: of the ability; share:
    of its precision that the taxonomy brought; taxonomy, learned: the two opinions, mean and variance of the ability.
    """

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
class Expectation(Columns):
    """Of one query, which falls at `place`; with what was found out of it, by whatever that depends on."""

    place: Place
    found: dict[tuple[Any, ...], Any] = field(default_factory=dict, compare=False, repr=False)

    def optimistic_ability(self, optimism: float) -> FloatArray:
        """As of several queries; a cascade asks after every step."""
        if ("able", optimism) not in self.found:
            self.found["able", optimism] = Columns.optimistic_ability(self, optimism)
        able: FloatArray = self.found["able", optimism]
        return able


@dataclass(frozen=True, slots=True)
class Expectations(Columns):
    """Of several queries at once: every array has one axis more, the query's, before the others."""

    places: Places

    @classmethod
    def joined(cls, several: Sequence[Self]) -> Self:
        """One after the other."""
        columns: list[Any] = []
        for name in (f.name for f in fields(Columns)):
            parts = [getattr(e, name) for e in several]
            is_opinion = isinstance(parts[0], tuple)
            columns.append(
                tuple(map(np.concatenate, zip(*parts, strict=True))) if is_opinion else np.concatenate(parts)
            )
        return cls(*[*columns, Places.joined([e.places for e in several])])

    def rows(self, rows: Sequence[int]) -> Self:
        """Of these of them."""
        of = list(rows)
        return type(self)(*self._at(of, self.places.rows(of)))

    def of(self, b: int) -> Expectation:
        """Of one of them."""
        return Expectation(*self._at(b, self.places.of(b)))

    def _at(self, of: int | list[int], where: Place | Places) -> tuple[Any, ...]:
        """All fields, in their order, of one or of some; where: they fall."""
        (mean_t, var_t), (mean_l, var_l) = self.taxonomy, self.learned
        return (
            self.embedding[of], self.x[of], self.clusters[of], self.ability[of], self.quality[of], self.sd[of],
            self.cost[of], self.latency[of], self.share[of], self.mean[of], self.var[of],
            (mean_t[of], var_t[of]), (mean_l[of], var_l[of]), where,
        )  # fmt: skip
