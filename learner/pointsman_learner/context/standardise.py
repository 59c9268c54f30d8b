"""Features on the scale of the traffic: centred and divided by their spread, by running moments.

One team's queries share a template and an instruction, which fill most of an embedding; what tells them apart is what
is left once that is taken away. The moments move with every query, slowly, and the estimators follow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray


@dataclass(slots=True)
class Moments:
    """n: queries seen; mean, square: (F,) running mean and sum of squared deviations."""

    n: float = 0.0
    mean: FloatArray = field(default_factory=lambda: np.zeros(0))
    square: FloatArray = field(default_factory=lambda: np.zeros(0))

    def learn(self, raw: FloatArray) -> None:
        """One query's features (F,), of which another number starts anew."""
        if len(raw) != len(self.mean):
            self.n, self.mean, self.square = 0.0, np.zeros(len(raw)), np.zeros(len(raw))
        self.n += 1.0
        delta = raw - self.mean
        self.mean = self.mean + delta / self.n
        self.square = self.square + delta * (raw - self.mean)

    def scale(self, surface: int) -> FloatArray:
        """(F,) what to multiply with: each block, `surface` features and then the embedding, comes to length 1."""
        prior, root = _blocks(len(self.mean), surface)
        sd = np.sqrt((prior + self.square) / (H.moments_prior + self.n))
        return np.asarray(1.0 / (np.maximum(sd, H.lowest_sd) * root), dtype=float)

    def standardised(self, raw: FloatArray, surface: int, scale: FloatArray) -> FloatArray:
        """(..., F) the features, centred and scaled, as `scale` has it; zeros before the first query.

        >>> moments = Moments()
        >>> for value in (0.0, 1.0): moments.learn(np.array([value, 1.0]))
        >>> moments.standardised(np.array([1.0, 1.0]), 1, moments.scale(1)).round(2).tolist()
        [1.84, 0.0]
        """
        if not self.n or raw.shape[-1] != len(self.mean):
            return np.zeros_like(raw)
        limit = H.furthest_sd / _blocks(raw.shape[-1], surface)[1]
        return np.minimum(np.maximum((raw - self.mean) * scale, -limit), limit)


@lru_cache(maxsize=16)
def _blocks(F: int, surface: int) -> tuple[FloatArray, FloatArray]:
    """(F,) the prior's sum of squares of each feature, and (F,) the root of how many are in its block."""
    is_surface = np.arange(F) < surface
    prior = np.where(is_surface, H.prior_surface_sd, H.prior_embedding_sd)
    return H.moments_prior * prior**2, np.sqrt(np.where(is_surface, surface, F - surface))
