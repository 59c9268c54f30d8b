"""Embeddings of texts."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """Text to a unit vector. feature_version changes whenever the vectors do."""

    feature_version: str
    dimension: int

    def embed(self, text: str) -> NDArray[np.float32]:
        """(dimension,) float32 of unit length (zeros for an empty text). Bounded work, however long the text."""
