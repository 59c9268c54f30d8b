"""What each kind of query tells of each model: hierarchical effects, shrunk toward the parent's.

The ability of model m on a query, the probit of its chance to be right, is a sum of effects along its place in the
taxonomy,

    mu_m = level + sum_j r_j (shared_j + own_jm + results_jm),

where r_j is how much the query belongs to node j, shared_j how much easier node j is for every model, and own_jm what
is particular to model m there, and results_jm what public results of it foretell (see `public_results`), where there
are any. Each effect is normal with a prior that narrows with depth: a node without evidence
says what its parent says, and one that every model finds hard is hard for a model never tried there. Learning is the
Kalman update with effects taken as independent, so that a query costs the few nodes it touches.

Cost and latency are kept as shrunk means of a ratio to what prices predict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from pointsman_learner.estimators.public_results import PublicResults, results_left
from pointsman_learner.estimators.taxonomy import ROOT_PLACE, Place, Places, Taxonomy
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray, Model


@dataclass(slots=True)
class Effects:
    """Effects of nodes on abilities: shared (J,), own (J, M), with their variances and prior variances."""

    shared: FloatArray = field(default_factory=lambda: np.zeros(0))
    shared_var: FloatArray = field(default_factory=lambda: np.zeros(0))
    shared_prior: FloatArray = field(default_factory=lambda: np.zeros(0))
    own: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    own_var: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    own_prior: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    evidence: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    ratio_sum: FloatArray = field(default_factory=lambda: np.zeros((2, 0, 0)))
    ratio_n: FloatArray = field(default_factory=lambda: np.zeros((2, 0, 0)))
    results: PublicResults = field(default_factory=PublicResults)

    def resize(self, taxonomy: Taxonomy, models: int) -> None:
        """Make room for new nodes and models, at their priors."""
        J0, M0 = self.own.shape
        J, M = len(taxonomy), models
        if (J, M) == (J0, M0):
            return
        self.results.resize(parents_of(taxonomy), M)
        depth = [min(taxonomy.depth(j), len(H.shared_sd) - 1) for j in range(J)]
        shared = np.array([H.shared_sd[d] ** 2 for d in depth])
        own = np.repeat(np.array([H.own_sd[d] ** 2 for d in depth])[:, None], M, axis=1)
        if J0:
            own[:, :M0] *= self.own_prior[0] / H.own_sd[0] ** 2  # what results have left to be learnt of each
        self.shared = _grown(self.shared, np.zeros(J))
        self.shared_var = _grown(self.shared_var, shared.copy())
        self.shared_prior = _grown(self.shared_prior, shared)
        self.own = _grown(self.own, np.zeros((J, M)))
        self.own_var = _grown(self.own_var, own.copy())
        self.own_prior = _grown(self.own_prior, own)
        self.evidence = _grown(self.evidence, np.zeros((J, M)))
        self.ratio_sum = _grown(self.ratio_sum, np.zeros((2, J, M)))
        self.ratio_n = _grown(self.ratio_n, np.zeros((2, J, M)))

    def predict(self, place: Place) -> tuple[FloatArray, FloatArray]:
        """(M,) mean ability and (M,) its variance, at a place."""
        j, r = place.nodes, place.weights
        square = r * r
        mean = H.level + r @ self.shared[j] + r @ self.own.take(j, axis=0)
        var = square @ self.shared_var[j] + square @ self.own_var.take(j, axis=0)
        if self.results:
            foretold, foretold_var = self.results.predict(place)
            return mean + foretold, var + foretold_var
        return mean, var

    def opinion(self, places: Places) -> tuple[FloatArray, FloatArray]:
        """(B, M) mean ability, (B, M) its variance, at places."""
        mean, var = zip(*(self.predict(places.of(b)) for b in range(len(places.paths))), strict=True)
        return np.array(mean), np.array(var)

    def ratios(self, places: Places) -> FloatArray:
        """(B, 2, M) expected ratios of cost and latency to what is listed, at places."""
        return np.array([self.predict_ratios(places.of(b)) for b in range(len(places.paths))])

    def overall(self) -> tuple[FloatArray, FloatArray]:
        """(M,) mean ability and (M,) its variance at the root."""
        if self.results:
            return self.predict(ROOT_PLACE)
        return H.level + self.shared[0] + self.own[0], self.shared_var[0] + self.own_var[0]

    def learn(self, place: Place, model: int, residual: float, precision: float = 0.5) -> None:
        """One observation of `model`'s ability, `residual` above what is predicted for it, of this precision."""
        j, r = place.nodes, place.weights
        own, own_var = self.own[:, model], self.own_var[:, model]  # views: one index is quicker than two
        shared_v, own_v = self.shared_var[j], own_var[j]
        total = float((r * r) @ (shared_v + own_v)) + 1.0 / precision
        total += self.results.variance(place, model)
        gain_shared, gain_own = r * shared_v / total, r * own_v / total
        self.shared[j] += gain_shared * residual
        own[j] += gain_own * residual
        self.shared_var[j] = shared_v * (1 - gain_shared * r)
        own_var[j] = own_v * (1 - gain_own * r)
        self.results.learn(place, model, residual, total)

    def tell_results(self, taxonomy: Taxonomy, model: int, known: Model, *, before: Model | None, lived: bool) -> None:
        """What public results are told of a model, instead of those before (None: it is new).

        What was learnt of it stays as it is; of what was not, the results speak. lived: a query has come, so that the
        pool's mean stays.
        """
        had = before or Model(known.name)
        if (known.results, known.results_worth) == (had.results, had.results_worth):
            return
        mean, _ = self.results.tables() if self.results else (np.zeros(self.own.shape), None)
        self.results.tell_model(model, dict(known.results), parents_of(taxonomy), self.own.shape[1], centered=not lived)
        if before is not None and self.results:
            moved = self.results.tables()[0][:, model] - mean[:, model]
            self.own[:, model] -= moved * (1 - self.own_var[:, model] / self.own_prior[:, model])
        left = results_left(known.results_worth or 0.0) / results_left(had.results_worth or 0.0)
        learnt = 1 / self.own_var[:, model] - 1 / self.own_prior[:, model]
        self.own_prior[:, model] *= left
        self.own_var[:, model] = 1 / (1 / self.own_prior[:, model] + np.maximum(learnt, 0.0))

    def tell_nearness(self, taxonomy: Taxonomy, node: int, nearness: Mapping[str, float]) -> None:
        """How near a node is to the categories of public results."""
        if self.results or nearness:
            self.results.tell_node(node, nearness, parents_of(taxonomy), self.own.shape[1])

    def count(self, place: Place, model: int, weight: float) -> None:
        """So much of an outcome was learnt from at a place."""
        self.evidence[:, model][place.nodes] += place.weights * weight

    def forget(self, keep: float) -> None:
        """Every effect drifts a little back to not being known: variance moves toward its prior by 1 - keep."""
        self.shared_var += (1 - keep) * (self.shared_prior - self.shared_var)
        self.own_var += (1 - keep) * (self.own_prior - self.own_var)
        self.results.forget(keep)
        self.evidence *= keep
        self.ratio_sum *= keep
        self.ratio_n *= keep

    def widen(self, model: int, share: float) -> None:
        """Doubt a model after an alarm: its variances move toward the prior by `share`. Cost and latency stay."""
        self.own_var[:, model] += share * (self.own_prior[:, model] - self.own_var[:, model])
        self.evidence[:, model] *= 1 - share

    def widen_at(self, place: Place, model: int, share: float) -> None:
        """The same below the root, by how much queries of one place are of each node."""
        below = place.nodes != 0
        nodes, by = place.nodes[below], share * place.weights[below]
        self.own_var[nodes, model] += by * (self.own_prior[nodes, model] - self.own_var[nodes, model])
        self.evidence[nodes, model] *= 1 - by

    def learn_ratio(self, which: int, place: Place, model: int, ratio: float, weight: float = 1.0) -> None:
        """A call's cost (which = 0) or latency (1) over what was listed for it; weight: calls that it counts for."""
        ratio = min(max(ratio, 0.0), H.wildest_ratio)  # a caller's typing error must not decide for everybody
        j, r = place.nodes, place.weights
        counted = weight * r
        self.ratio_sum[which, :, model][j] += counted * ratio
        self.ratio_n[which, :, model][j] += counted

    def relearn_cost(self, model: int) -> None:
        """A price changed: what was measured at the old one counts as little as one call."""
        scale = 1.0 / np.maximum(1.0, self.ratio_n[0, :, model])
        self.ratio_sum[0, :, model] *= scale
        self.ratio_n[0, :, model] *= scale

    def predict_ratios(self, place: Place) -> FloatArray:
        """(2, M) expected ratios, of cost and latency: the mean of each node shrunk to that of the node above."""
        s, n, prior = self.ratio_sum, self.ratio_n, H.cost_prior
        typical = (s[:, :1].sum(axis=2) + prior) / (n[:, :1].sum(axis=2) + prior)
        root = (s[:, 0] + prior * typical) / (n[:, 0] + prior)
        j, r = place.nodes[1:], place.weights[1:]
        if not len(j):
            return np.asarray(root, dtype=float)
        n = n[:, j]
        local = (s[:, j] + prior * root[:, None]) / (n + prior)
        precision = r[:, None] * (n + H.empty_node_weight)
        return np.asarray((precision * local).sum(axis=1) / precision.sum(axis=1), dtype=float)


def parents_of(taxonomy: Taxonomy) -> list[int]:
    """(J,) index of every node's parent, its own at the root."""
    return [0 if n.parent is None else taxonomy.index(n.parent) for n in taxonomy.nodes]


def _grown(old: FloatArray, new: FloatArray) -> FloatArray:
    """`new` with `old` in its corner."""
    new[tuple(slice(0, n) for n in old.shape)] = old
    return new
