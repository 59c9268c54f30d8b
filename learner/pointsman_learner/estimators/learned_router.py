"""The learned router: online estimators of ability from the context, without the taxonomy.

What every model finds hard is learnt once, by a common estimator; each model's own says how it differs. They are
Bayesian linear regressions (Bishop 2006, 3.3), learnt by recursive least squares: what an observation teaches is its
surprise, the residual, so that no target is needed. All of them are two arrays, of which one decision over all models
is a few matrix products. (River's estimator, which learnt here before, takes an observation as a dict of features and
keeps an inverse twice: eight times the time.) Residuals are from the model's overall ability, so that an estimator
without evidence says that ability, with the prior's variance.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointsman_learner.hyperparameters import H
from pointsman_learner.types import Context, FloatArray

CONSTANT, CLUSTER, LINEAR = H.router_scales
"""What a constant, the clusters of the traffic and the features are multiplied with: by how much each may matter."""


def features(contexts: Sequence[Context]) -> FloatArray:
    """(B, F) what the estimators read, before it is standardised: the surface, then the embedding's head at length 1.

    Contexts of one size.

    >>> c = Context("v", np.ones(4, np.float32) / 2, np.ones(2, np.float32), 3)
    >>> features([c]).round(2).tolist()
    [[1.0, 1.0, 0.5, 0.5, 0.5, 0.5]]
    """
    surface, head = len(contexts[0].surface), len(contexts[0].embedding[: H.embedding_dimensions])
    found = np.empty((len(contexts), surface + head))
    for b, context in enumerate(contexts):
        found[b, :surface], found[b, surface:] = context.surface, context.embedding[:head]
    embedded = found[:, surface:]
    norm = np.sqrt(np.einsum("bf,bf->b", embedded, embedded))[:, None]
    np.divide(embedded, norm, out=embedded, where=norm > 0.0)
    return found


@dataclass(slots=True)
class LearnedRouter:
    """A common estimator and one per model, the common one first.

    mean: (1 + M, F), cov: (1 + M, F, F) of the weights; another feature size starts new ones.
    """

    mean: FloatArray = field(default_factory=lambda: np.zeros((1, 0)))
    cov: FloatArray = field(default_factory=lambda: np.zeros((1, 0, 0)))

    def resize(self, models: int) -> None:
        """Make room for new models."""
        had, width = self.mean.shape
        added = range(had, models + 1)
        self.mean = np.concatenate([self.mean, np.zeros((len(added), width))])
        self.cov = np.concatenate([self.cov, *(_prior_cov(e, width)[None] for e in added)])

    def reset(self, model: int) -> None:
        """Start anew for one model, after an alarm."""
        self.mean[model + 1], self.cov[model + 1] = 0.0, _prior_cov(model + 1, self.mean.shape[1])

    def widen_on(self, clusters: FloatArray, model: int, share: float) -> None:
        """Doubt a model on these clusters (clusters,): the variance there goes by `share` of the way to the prior's."""
        width = self.mean.shape[1]
        if not width:
            return
        on = np.zeros(width)
        on[1 : 1 + len(clusters)] = CLUSTER * clusters
        length = float(on @ on)
        lacks = max(H.router_own_sd**2 * length - float(on @ self.cov[model + 1] @ on), 0.0)
        self.cov[model + 1] += np.multiply.outer(on, on) * (share * lacks / length**2)

    def learn(self, x: FloatArray, model: int, residual: float, precision: float = 0.5) -> None:
        """One observation of ability, `residual` above what is predicted, of this precision.

        The common estimator and the model's own take it as if the other's part were noise.
        """
        self.learn_all(x, [(model, residual, precision)])

    def learn_all(
        self, x: FloatArray, observed: Sequence[tuple[int, float, float]], gains: Mapping[int, FloatArray] | None = None
    ) -> None:
        """Observations on one query, (model, residual, precision) each, as `learn` takes them one after the other.

        What an update leaves of a covariance's product with x is in proportion to what it was: so scalars carry from
        one to the next, and each estimator is updated once. Equal but for rounding. gains: those products, where a
        prediction found them and nothing was learnt since.
        """
        count, width = self.mean.shape
        if width != len(x):
            self.mean, self.cov = np.zeros((count, len(x))), np.stack([_prior_cov(e, len(x)) for e in range(count)])
        touched = [0, *dict.fromkeys(model + 1 for model, _, _ in observed)]
        known = gains or {}
        gains = {e: known[e] if e in known else self.cov[e] @ x for e in touched}
        var = {e: float(x @ gain) for e, gain in gains.items()}
        left, moved, told = dict.fromkeys(touched, 1.0), dict.fromkeys(touched, 0.0), dict.fromkeys(touched, 0.0)
        for model, residual, precision in observed:
            pair = (0, model + 1)
            spread = 1.0 / precision + sum(left[e] * var[e] for e in pair)
            for e in pair:
                moved[e] += left[e] * residual / spread
                told[e] += left[e] * left[e] / spread
                left[e] *= 1.0 - left[e] * var[e] / spread
        for e, gain in gains.items():
            self.mean[e] += gain * moved[e]
            self.cov[e] -= np.multiply.outer(gain, gain * told[e])

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """As `CompiledRouter.predict`, from the live estimators."""
        return _predicted(self.mean, self.cov, X)

    def among(self, models: Iterable[int]) -> RouterAmong:
        """What it says of these models alone."""
        return RouterAmong(self, dict.fromkeys([0, *(m + 1 for m in models)]))

    def compiled(self) -> CompiledRouter:
        """Arrays for decisions."""
        return CompiledRouter(self.mean.astype(np.float32), self.cov.astype(np.float32))


@dataclass(frozen=True, slots=True)
class RouterAmong:
    """The live estimators, of which only some models' variances are worked out: those of the others are NaN.

    A covariance is most of what a prediction reads, and evidence is on a few of many models. estimators: the rows that
    are read; gains: by each, the product of its covariance with the features that were predicted last.
    """

    router: LearnedRouter
    estimators: Collection[int]
    gains: dict[int, FloatArray] = field(default_factory=dict)

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """As `CompiledRouter.predict`, of one query."""
        mean, cov, x = self.router.mean, self.router.cov, X[0]
        if len(x) != mean.shape[1]:
            return self.router.predict(X)
        of_mean, of_var = mean @ x, np.full(len(mean), np.nan)
        for e in self.estimators:
            gain = self.gains[e] = cov[e] @ x
            of_var[e] = x @ gain
        return (of_mean[1:] + of_mean[0])[None], (of_var[1:] + of_var[0])[None]


@dataclass(frozen=True, slots=True)
class CompiledRouter:
    """mean: (1 + M, F), cov: (1 + M, F, F) of the weights, common first; single precision: a decision reads all."""

    mean: NDArray[np.float32]
    cov: NDArray[np.float32]

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(B, M) residual from each model's overall ability and (B, M) its variance, of features (B, F)."""
        return _predicted(self.mean, self.cov, X.astype(np.float32))


def _predicted(mean: NDArray[Any], cov: NDArray[Any], X: NDArray[Any]) -> tuple[FloatArray, FloatArray]:
    """The model's own beside the common, in double precision.

    A product a query: the same bits alone and among others.
    """
    (E, F), B, x = mean.shape, len(X), X[:, :, None]
    if X.shape[1] != F:
        return np.zeros((B, E - 1)), np.full((B, E - 1), H.router_common_sd**2 + H.router_own_sd**2)
    of_mean = (mean @ x).astype(float)[:, :, 0]
    of_var = ((cov.reshape(E * F, F) @ x).reshape(B, E, F) @ x).astype(float)[:, :, 0]
    return of_mean[:, 1:] + of_mean[:, :1], of_var[:, 1:] + of_var[:, :1]


def _prior_cov(e: int, width: int) -> FloatArray:
    sd = H.router_own_sd if e else H.router_common_sd
    return np.asarray(np.eye(width) * sd**2)
