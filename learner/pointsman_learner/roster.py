"""The models there are, in the order of the rows of every array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
        names = tuple(m.name for m in models)
        row = {name: i for i, name in reversed(list(enumerate(names)))}
        return cls(names, row, np.array([m.enabled for m in models], dtype=bool))
