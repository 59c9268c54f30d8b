"""Judges combined by linear discriminant analysis: what their verdicts tell of an answer, with their correlation.

A judge's score is first made a normal score: its rank among that judge's scores, so that only its order matters; half
of that among its scores of the same model. Ranks among all models' answers alone would let a judge that dislikes a
model's manner speak against every answer of it. Ranks within the model alone leave its level to the prior: one that is
too low makes good answers look doubtful, they are not accepted, and no user corrects it.

Then scores are normal given whether the answer is right, with class means that are learnt per judge, and one covariance
of all judges. Two judges that always agree share one vote through the covariance. Fisher (1936).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

import numpy as np

from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import inverse_cdf
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class _Discriminant:
    """Of some judges' normal scores z: log odds are weights @ (z - middle)."""

    weights: FloatArray
    middle: FloatArray


class _Remembering:
    """Room for what is worked out of the labels while they stay: in no checkpoint, copy or snapshot."""

    __slots__ = ("_discriminants",)
    _discriminants: dict[tuple[int, ...], _Discriminant]

    def _known(self) -> dict[tuple[int, ...], _Discriminant]:
        if not hasattr(self, "_discriminants"):  # made anew, copied or read
            self._discriminants = {}
        return self._discriminants


@dataclass(slots=True)
class DiscriminantJudges(_Remembering):
    """What is known of the judges. A `JudgeCombination`.

    names: judges in order of appearance (K); histogram: (1 + M, K, BINS) of scores, row 0 over all models; labels,
    sums: (K, 2) weight and sum of normal scores by class; scatter, pairs: (K, K) residual products and their weights.
    """

    names: list[str] = field(default_factory=list)
    histogram: FloatArray = field(default_factory=lambda: np.zeros((1, 0, H.score_bins)))
    labels: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    sums: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    scatter: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    pairs: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """For a checkpoint: the fields alone."""
        return None, {f.name: getattr(self, f.name) for f in fields(self)}

    def see(self, scores: Mapping[str, float], model: int | None = None, weight: float = 1.0) -> None:
        """Count scores of an answer by `model` (its row) among their judges' scores. No label is needed."""
        rows = [0] if model is None else [0, model + 1]
        for name, score in scores.items():
            k = self._index(name)
            if rows[-1] >= len(self.histogram):
                self.histogram = np.pad(self.histogram, ((0, rows[-1] + 1 - len(self.histogram)), (0, 0), (0, 0)))
            for row in rows:
                self.histogram[row, k, min(H.score_bins - 1, int(score * H.score_bins))] += weight

    def learn(self, scores: Mapping[str, float], outcome: float, weight: float = 1.0, model: int | None = None) -> None:
        """These scores were of an answer by `model` that turned out right with `outcome` in [0, 1]."""
        if not scores:
            return
        index = [self._index(n) for n in scores]
        z = np.array(self._normal(index, list(scores.values()), model))
        means, at, grid = self._means(index), _rows(index), _grid(index)
        self._known().clear()
        for y, share in ((1, outcome), (0, 1.0 - outcome)):
            w = weight * share
            if w <= 0:
                continue
            residual = z - means[y]
            self.scatter[grid] += w * (residual[:, None] * residual)
            self.pairs[grid] += w
            self.labels[at, y] += w
            self.sums[at, y] += w * z

    def log_odds(self, scores: Mapping[str, float], model: int | None = None) -> float:
        """How much the scores speak for the answer being right; 0 where no judge said anything.

        >>> DiscriminantJudges().log_odds({})
        0.0
        """
        index = [self.names.index(n) for n in scores if n in self.names]
        if not index:
            return 0.0
        z = np.array(self._normal(index, [s for n, s in scores.items() if n in self.names], model))
        d = self._discriminant(tuple(index))
        return min(max(float(d.weights @ (z - d.middle)), -H.longest_odds), H.longest_odds)

    def separation(self, judges: Sequence[str]) -> float:
        """D' of these judges' combined score: sqrt of the Mahalanobis distance of the class means."""
        if not judges:
            return 0.0
        known = [self.names.index(n) for n in judges if n in self.names]
        d2 = 0.0
        if known:
            wrong, right = self._means(known)
            gap = np.maximum(right - wrong, 0.0)
            d2 = float(gap @ np.linalg.solve(self._covariance(known), gap))
        unknown = len(judges) - len(known)
        return float(np.sqrt(d2 + unknown * H.prior_separation**2 / (1 + H.prior_correlation * (len(judges) - 1))))

    def _discriminant(self, index: tuple[int, ...]) -> _Discriminant:
        known = self._known()
        if index not in known:
            wrong, right = self._means(index)
            gap, cov = right - wrong, self._covariance(index)
            weights = gap / cov[0] if len(index) == 1 else np.linalg.solve(cov, gap)
            known[index] = _Discriminant(weights, (right + wrong) / 2)
        return known[index]

    def _means(self, index: Sequence[int]) -> FloatArray:
        """(2, k) class means of normal scores, wrong first."""
        at = _rows(index)
        return np.asarray(((self.sums[at] + _PRIOR_SUMS) / (self.labels[at] + H.prior_labels)).T, dtype=float)

    def _covariance(self, index: Sequence[int]) -> FloatArray:
        prior, ridge = _prior_covariance(len(index))
        grid = _grid(index)
        return np.asarray((self.scatter[grid] + prior) / (self.pairs[grid] + 2 * H.prior_labels) + ridge, dtype=float)

    def _normal(self, index: Sequence[int], scores: Sequence[float], model: int | None) -> list[float]:
        """Normal scores: half among this judge's scores of all models' answers, half among those of this model's."""
        row = None if model is None or model + 1 >= len(self.histogram) else model + 1
        return [self._normal_score(k, score, row) for k, score in zip(index, scores, strict=True)]

    def _normal_score(self, k: int, score: float, row: int | None) -> float:
        """Of one judge. A query has a handful of scores: arrays of them would cost more than they save."""
        bin_ = min(H.score_bins - 1, int(score * H.score_bins))
        below, within, total = _counts(self.histogram[0, k], bin_)
        below, within, total = below + bin_ * H.empty_bin, within + H.empty_bin, total + H.score_bins * H.empty_bin
        overall = _normal_score((below + within / 2) / total)
        if row is None:
            return overall
        own_below, own_within, own_total = _counts(self.histogram[row, k], bin_)
        prior = H.model_shrinkage / total
        rank = (own_below + prior * below + (own_within + prior * within) / 2) / (own_total + H.model_shrinkage)
        return (overall + _normal_score(rank)) / 2

    def _index(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
            K = len(self.names)
            self.histogram = np.pad(self.histogram, ((0, 0), (0, 1), (0, 0)))
            self.labels = np.pad(self.labels, ((0, 1), (0, 0)))
            self.sums = np.pad(self.sums, ((0, 1), (0, 0)))
            self.scatter = np.pad(self.scatter, ((0, K - len(self.scatter)),) * 2)
            self.pairs = np.pad(self.pairs, ((0, K - len(self.pairs)),) * 2)
        return self.names.index(name)


_PRIOR_SUMS = H.prior_labels * (np.array([-0.5, 0.5])[None, :] * H.prior_separation)


@lru_cache(maxsize=256)
def _rows_of(index: tuple[int, ...]) -> slice | list[int]:
    first, many = index[0], len(index)
    return slice(first, first + many) if index == tuple(range(first, first + many)) else list(index)


def _rows(index: Sequence[int]) -> slice | list[int]:
    """Of some judges: a slice where they stand in a row, as they mostly do, since no index is quicker."""
    return _rows_of(tuple(index))


def _grid(index: Sequence[int]) -> tuple[Any, ...]:
    """Of each of them with each."""
    rows = _rows(index)
    return (rows, rows) if isinstance(rows, slice) else np.ix_(rows, rows)


@lru_cache(maxsize=64)
def _prior_covariance(judges: int) -> tuple[FloatArray, FloatArray]:
    """Its weighted sum, and what is added so that there is an inverse where two judges always agree."""
    one = np.eye(judges)
    prior = H.prior_class_variance * (H.prior_correlation + (1 - H.prior_correlation) * one)
    return 2 * H.prior_labels * prior, 0.02 * one


def _counts(histogram: FloatArray, bin_: int) -> tuple[float, float, float]:
    """Below a bin, in it, and in all."""
    up_to = np.add.accumulate(histogram).item
    return up_to(bin_ - 1) if bin_ else 0.0, histogram.item(bin_), up_to(-1)


def _normal_score(rank: float) -> float:
    """The quantile of a rank, ties counted half."""
    return inverse_cdf(min(max(rank, 0.005), 0.995))  # the tails of few scores say nothing
