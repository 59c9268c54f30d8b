"""The models there are, in the order of the rows of every array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np

from pointsman_learner.types import Model


@dataclass(frozen=True, slots=True)
class Roster:
    """names: (M,) in order; row: of each name; enabled: (M,) bool.

    >>> Roster.of([Model("small"), Model("large", enabled=False)]).row["large"]
    1
    """

    names: tuple[str, ...]
    row: Mapping[str, int]
    enabled: np.ndarray

    @classmethod
    def of(cls, models: Sequence[Model]) -> Self:
        """Of these; a name that came twice has its first row."""
        names, row, enabled = _roster(tuple(models))
        return cls(names, row, enabled)


@lru_cache(maxsize=64)
def _roster(models: tuple[Model, ...]) -> tuple[tuple[str, ...], Mapping[str, int], np.ndarray]:
    """Looked up for every event, and another one after a change of configuration only."""
    names = tuple(m.name for m in models)
    enabled = np.array([m.enabled for m in models], dtype=bool)
    enabled.setflags(write=False)
    return names, {name: i for i, name in reversed(list(enumerate(names)))}, enabled
