"""What a table of public results foretells of configured models, and of kinds of query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from pointsman_learner.types import FloatArray, Model

from pointsman_service.config.priors.matching import Match, Names
from pointsman_service.config.priors.table import ResultsTable

OUTCOMES = 40.0
"""Outcomes that results of a model itself are worth: it foretold the tables of FINDINGS 24 so well."""
RELATIVE_OUTCOMES = 20.0
"""Outcomes that a relative's are worth: between sizes and versions scores spread by .2 to .3, beside what is fitted."""
DOUBLING = 0.23
"""Standard deviations that twice the parameters bring, within a version: seven families of the table that ships."""
SHARPNESS = 12.0
"""Inverse temperature of a node's nearness to categories, over cosines: the nearest of the default taxonomy's leaves
are .1 to .2 nearer than the next."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one model. match: None where nothing is; scores: by category; outcomes: that they are worth."""

    match: Match | None
    scores: Mapping[str, float]
    outcomes: float


class KnownBeforehand:
    """A table, and the models that it knows."""

    def __init__(self, table: ResultsTable) -> None:
        self.table = table

    @cached_property
    def _names(self) -> Names:
        return Names(self.table.scores)

    def of(self, name: str) -> Known:
        """Of a model, by the name that its provider has for it."""
        match = self._names.match(name)
        if match is None:
            return Known(None, {}, 0.0)
        larger = DOUBLING * match.doublings
        row, names = self.table.scores[match.row], [c.id for c in self.table.categories]
        rest = sum(row.values()) / len(row) if row else 0.0
        scores = {c: round(row.get(c, rest) + larger, 3) for c in names}  # one it lacks: as its others
        return Known(match, scores, RELATIVE_OUTCOMES if match.is_relative else OUTCOMES)

    def named(self, provider_model: str, name: str) -> Known:
        """Of a model by the name that its provider has for it, which says more, else by its own."""
        known = self.of(provider_model)
        return self.of(name) if known.match is None and name != provider_model else known

    def all_told(self, models: Sequence[Model], provider_models: Sequence[str]) -> list[Model]:
        """Models, in configured order, with what is known of each, and with the nearest relative before each."""
        told: list[Model] = []
        for i, (model, name) in enumerate(zip(models, provider_models, strict=True)):
            match = Names(provider_models[:i]).match(name)
            relative = None if match is None else models[provider_models.index(match.row)].name
            told.append(replace(self.told(model, name), relative=relative))
        return told

    def told(self, model: Model, name: str) -> Model:
        """The learner's model with what is known of it. name: that its provider has for it."""
        known = self.named(name, model.name)
        return (
            model
            if known.match is None
            else replace(model, results=tuple(known.scores.items()), results_worth=known.outcomes)
        )


def nearness(center: FloatArray, categories: Mapping[str, NDArray[np.float32]]) -> dict[str, float]:
    """How near a node's center is to each category's description, summing to 1.

    >>> nearness(np.array([1.0, 0.0]), {"code": np.array([1.0, 0.0]), "prose": np.array([0.8, 0.6])})
    {'code': 0.917, 'prose': 0.083}
    """
    cosines = np.array(
        [float(vector @ center) / max(float(np.linalg.norm(vector)), 1e-9) for vector in categories.values()]
    )
    weights = np.exp(SHARPNESS * (cosines - cosines.max()))
    return dict(zip(categories, (weights / weights.sum()).round(3).tolist(), strict=True))


def descriptions(table: ResultsTable | None) -> Sequence[tuple[str, str]]:
    """(id, description) of each category, none without a table."""
    return [] if table is None else [(c.id, c.description) for c in table.categories]
