"""Clusters of the traffic: queries that are like each other, found without any label.

A linear model of an embedding can tell easy queries from hard ones only across a plane; how near a query is to each of
a few centers tells kinds apart that no plane does, and a handful of outcomes a cluster is enough to learn from. The
centers are found by k-means among the first queries, once more when there are four times as many, and follow the
traffic after.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray

CLUSTERS = H.clusters
FIRST, SECOND = H.clusters_found
"""Queries among which the centers are found, and found again."""
SWEEPS = 10  # Lloyd's: by then hardly a query changes its cluster


@dataclass(slots=True)
class TrafficClusters:
    """centers: (CLUSTERS, F) raw features; counts: (CLUSTERS,) queries behind each; waiting: features of the first."""

    centers: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    counts: FloatArray = field(default_factory=lambda: np.zeros(0))
    waiting: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))

    def learn(self, raw: FloatArray, scale: FloatArray) -> None:
        """One query's features (F,), and what to multiply them with; another number of them starts anew."""
        if self.waiting.shape[1] != len(raw) and self.centers.shape[1] != len(raw):
            self.centers, self.counts, self.waiting = np.zeros((0, 0)), np.zeros(0), np.zeros((0, len(raw)))
        if len(self.counts):
            k = int(self._distance(raw, scale).argmin())
            self.counts[k] = min(self.counts[k] + 1.0, H.cluster_memory)
            self.centers[k] += (raw - self.centers[k]) / self.counts[k]
        if self.waiting.shape[1]:
            self.waiting = np.vstack([self.waiting, raw])
            if len(self.waiting) in {FIRST, SECOND}:
                self._find(scale)

    def memberships(self, raw: FloatArray, scale: FloatArray) -> FloatArray:
        """(..., CLUSTERS) how much queries (..., F) are of each cluster, summing to 1; zeros before there are any."""
        if not len(self.counts) or self.centers.shape[1] != raw.shape[-1]:
            return np.zeros((*raw.shape[:-1], CLUSTERS))
        d = self._distance(raw, scale)
        weight = np.exp(-H.cluster_sharpness * (d - d.min(axis=-1, keepdims=True)))
        return np.asarray(weight / weight.sum(axis=-1, keepdims=True), dtype=float)

    def _distance(self, raw: FloatArray, scale: FloatArray) -> FloatArray:
        off = (self.centers - raw[..., None, :]) * scale
        return np.asarray(np.einsum("...kf,...kf->...k", off, off), dtype=float)

    def _find(self, scale: FloatArray) -> None:
        """Lloyd's k-means over what waits: from the centers there are, or else drawn apart (Arthur & Vassilvitskii)."""
        X = self.waiting * scale
        if len(self.counts):
            C = self.centers * scale
        else:
            rng = np.random.default_rng(0)
            C = X[:1]
            while len(C) < CLUSTERS:
                d = _squares(X, C).min(axis=1)
                p = d / d.sum() if d.sum() > 0 else np.full(len(X), 1 / len(X))
                C = np.vstack([C, X[rng.choice(len(X), p=p)]])
        for _ in range(SWEEPS):
            near = _squares(X, C).argmin(axis=1)
            C = np.array([X[near == k].mean(axis=0) if (near == k).any() else C[k] for k in range(CLUSTERS)])
        self.centers = C / scale
        self.counts = np.maximum(np.bincount(near, minlength=CLUSTERS), 1).astype(float)
        if len(self.waiting) >= SECOND:
            self.waiting = np.zeros((0, 0))


def _squares(X: FloatArray, C: FloatArray) -> FloatArray:
    return np.asarray((X**2).sum(axis=1)[:, None] - 2 * X @ C.T + (C**2).sum(axis=1), dtype=float).clip(0.0)
