"""What public results foretell of each model: a regression that the models share, by taxonomy node.

The ability of a model on a query has one more term, sum_j r_j beta_j . x_m: x_m are the model's public results by
category (mathematics, coding, ...), standardised, from the pool's mean; beta_j what such a result is worth at node j.
Before any evidence a node weighs the categories by how near they are to it. Every outcome of any model moves the
weights, by the Kalman update of `node_effects`: a category that foretells what is seen here gains, one that does not
fades. Nobody's results are needed: a model without is taken to be as the mean of those with.

Bayesian linear regression with an informative prior: Bishop (2006), 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from pointsman_learner.estimators.taxonomy import Place
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray


@dataclass(slots=True)
class PublicResults:
    """What is known of models and nodes, and what it is believed to be worth.

    categories: (C,) names, as they were first told; scores: (M, C) as told, NaN where none are; center: (C,) mean of
    those that were there when the first query came; x: (M, C) from that, 0 of a model without; nearness: (J, C) weights
    of the categories by node, NaN where a node's parent speaks for it; prior: (J, C) of beta, mean: (J, C) and cov:
    (J, C, C) of what is believed of it now.
    """

    categories: list[str] = field(default_factory=list)
    scores: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    center: FloatArray = field(default_factory=lambda: np.zeros(0))
    x: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    nearness: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    prior: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    mean: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    cov: FloatArray = field(default_factory=lambda: np.zeros((0, 0, 0)))

    def __bool__(self) -> bool:
        """Whether any were ever told."""
        return bool(self.categories)

    def copy(self) -> Self:
        """Independent of this one."""
        arrays = (self.scores, self.center, self.x, self.nearness, self.prior, self.mean, self.cov)
        return type(self)(list(self.categories), *(a.copy() for a in arrays))

    __copy__ = copy

    def resize(self, parents: Sequence[int], models: int) -> None:
        """Make room for new nodes and models. parents: (J,) index of each node's parent, its own at the root."""
        J, M, C = len(parents), models, len(self.categories)
        if not C or (self.scores.shape, self.mean.shape) == ((M, C), (J, C)):
            return
        self.scores = _grown(self.scores, np.full((M, C), np.nan))
        self.center = _grown(self.center, np.zeros(C))
        self.x = _grown(self.x, np.zeros((M, C)))
        self.nearness = _grown(self.nearness, np.full((J, C), np.nan))
        self.prior = _grown(self.prior, np.zeros((J, C)))
        self.mean = _grown(self.mean, np.zeros((J, C)))
        had, cov = self.cov.shape[1], np.stack([_prior_cov(j, C) for j in range(J)])
        self.cov = _grown(self.cov, cov) if had == C else cov
        self._weigh(parents)

    def tell_model(
        self, model: int, results: Mapping[str, float], parents: Sequence[int], models: int, *, centered: bool
    ) -> None:
        """The results of a model; none at all takes them back. centered: the pool's mean moves with it."""
        self._know(results, parents, models)
        if not self.categories:
            return
        known = list(results.values())
        mean = float(np.mean(known)) if known else np.nan
        self.scores[model] = [results.get(c, mean) for c in self.categories]  # a category it lacks: as its others
        told = self.scores[~np.isnan(self.scores[:, 0])]
        if centered:
            self.center = told.mean(axis=0) if len(told) else np.zeros(len(self.categories))
        self.x = np.nan_to_num(self.scores - self.center)

    def tell_node(self, node: int, nearness: Mapping[str, float], parents: Sequence[int], models: int) -> None:
        """How near a node is to each category, summing to 1; empty where nothing is known of it."""
        self._know(nearness, parents, models)
        if self.categories:
            self.nearness[node] = [nearness.get(c, 0.0) for c in self.categories] if nearness else np.nan
            self._weigh(parents)

    def tables(self) -> tuple[FloatArray, FloatArray]:
        """(J, M) mean and (J, M) variance of what they add to abilities at each node."""
        x = self.x
        return self.mean @ x.T, np.einsum("mc,jcd,md->jm", x, self.cov, x)

    def predict(self, place: Place) -> tuple[FloatArray, FloatArray]:
        """(M,) mean and (M,) variance of what they add to abilities at a place."""
        j, r, x = place.nodes, place.weights, self.x
        return (r @ self.mean[j]) @ x.T, np.einsum("j,mc,jcd,md->m", r**2, x, self.cov[j], x)

    def variance(self, place: Place, model: int) -> float:
        """Of what they add to one model's ability at a place."""
        if not self.categories:
            return 0.0
        x = self.x[model]
        return float(place.weights**2 @ np.einsum("c,jcd,d->j", x, self.cov[place.nodes], x))

    def learn(self, place: Place, model: int, residual: float, total: float) -> None:
        """One observation of a model's ability, `residual` above what is predicted; total: its whole variance."""
        if not self.categories:
            return
        x = self.x[model]
        for j, r in zip(place.nodes, place.weights, strict=True):
            gain = r * (self.cov[j] @ x)
            self.mean[j] += gain * (residual / total)
            self.cov[j] -= np.multiply.outer(gain, gain / total)

    def forget(self, keep: float) -> None:
        """What results are worth drifts a little back to not being known."""
        if self.categories:
            C = len(self.categories)
            prior = np.stack([_prior_cov(j, C) for j in range(len(self.cov))])
            self.cov += (1 - keep) * (prior - self.cov)

    def _know(self, named: Mapping[str, float], parents: Sequence[int], models: int) -> None:
        new = [name for name in named if name not in self.categories]
        if new:
            self.categories += new
            self.resize(parents, models)

    def _weigh(self, parents: Sequence[int]) -> None:
        """Bring the prior's means in line with the nodes' nearness; what evidence has moved stays moved."""
        C = len(self.categories)
        whole = np.full((len(parents), C), 1.0 / C)
        for j, parent in sorted(enumerate(parents), key=lambda one: _depth(one[0], parents)):
            near = self.nearness[j]
            said = not np.isnan(near).any()
            whole[j] = (1 - H.results_near) / C + H.results_near * near if said else whole[parent] if j else whole[j]
        prior = H.results_slope * (whole - np.where(np.arange(len(parents))[:, None] > 0, whole[list(parents)], 0.0))
        self.mean += prior - self.prior
        self.prior = prior


def results_left(outcomes: float) -> float:
    """Share of the variance of a model's own effects that is left where its results are worth so many outcomes.

    >>> results_left(0.0), round(results_left(40.0), 2)
    (1.0, 0.11)
    """
    return 1.0 / (1.0 + outcomes * H.outcome_information * H.own_sd[0] ** 2)


def _depth(node: int, parents: Sequence[int]) -> int:
    depth = 0
    while parents[node] != node:
        node, depth = parents[node], depth + 1
    return depth


def _prior_cov(node: int, categories: int) -> FloatArray:
    """Of beta: all categories together by the slope's spread, and each against the others."""
    slope, each = H.results_sd if node == 0 else tuple(sd * H.results_below for sd in H.results_sd)
    common = np.full((categories, categories), 1.0 / categories**2)
    cov: FloatArray = slope**2 * common + each**2 * (np.eye(categories) - categories * common)
    return cov


def _grown(old: FloatArray, new: FloatArray) -> FloatArray:
    """`new` with `old` in its corner."""
    new[tuple(slice(0, n) for n in old.shape)] = old
    return new
