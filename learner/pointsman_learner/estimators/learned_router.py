"""The learned router: online estimators of ability from the context, without the taxonomy.

What every model finds hard is learnt once, by a common estimator; each model's own says how it differs. River's
BayesianLinearRegression learns (mean and variance, Sherman-Morrison updates); a snapshot compiles its arrays so that
one decision over all models is a few matrix products. Targets are residuals from the model's overall ability, so that
an estimator without evidence says that ability, with the prior's variance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pointsman_learner.hyperparameters import H
from pointsman_learner.types import Context, FloatArray

if TYPE_CHECKING:
    from river.linear_model import BayesianLinearRegression

CONSTANT, CLUSTER, LINEAR = H.router_scales
"""What a constant, the clusters of the traffic and the features are multiplied with: by how much each may matter."""


def features(context: Context) -> FloatArray:
    """(F,) what the estimators read, before it is standardised: the surface, then the embedding's head at length 1.

    >>> c = Context("v", np.ones(4, np.float32) / 2, np.ones(2, np.float32), 3)
    >>> features(c).round(2).tolist()
    [1.0, 1.0, 0.5, 0.5, 0.5, 0.5]
    """
    head = context.embedding[: H.embedding_dimensions].astype(float)
    norm = float(np.linalg.norm(head))
    return np.concatenate([context.surface.astype(float), head / norm if norm else head])


@dataclass(slots=True)
class LearnedRouter:
    """A common estimator and one per model; `width` remembers the feature size, since a change starts new ones.

    estimators: the common one first; None until its first outcome.
    """

    estimators: list[BayesianLinearRegression | None] = field(default_factory=lambda: [None])
    width: int = 0

    def resize(self, models: int) -> None:
        """Make room for new models."""
        self.estimators += [None] * (models + 1 - len(self.estimators))

    def reset(self, model: int) -> None:
        """Start anew for one model, after an alarm."""
        self.estimators[model + 1] = None

    def learn(self, x: FloatArray, model: int, residual: float, precision: float = 0.5) -> None:
        """One observation of ability, `residual` above what is predicted, of this precision.

        The common estimator and the model's own take it as if the other's part were noise.
        """
        if self.width != len(x):
            self.width = len(x)
            self.estimators = [None] * len(self.estimators)
        (common, common_var), (own, own_var) = self._predict(0, x), self._predict(model + 1, x)
        self._learn(0, x, common + residual, 1.0 / (1.0 / precision + own_var))
        self._learn(model + 1, x, own + residual, 1.0 / (1.0 / precision + common_var))

    def _learn(self, e: int, x: FloatArray, target: float, precision: float) -> None:
        w = float(np.sqrt(precision))
        estimator: Any = self.estimators[e] or _fresh(e)
        self.estimators[e] = estimator
        estimator.learn_one(dict(enumerate((w * x).tolist())), w * target)

    def predict(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """As `CompiledRouter.predict`, from the live estimators."""
        found = np.array([self._predict(e, x) for e in range(len(self.estimators))])
        return found[1:, 0] + found[0, 0], found[1:, 1] + found[0, 1]

    def _predict(self, e: int, x: FloatArray) -> tuple[float, float]:
        arrays = self._arrays(e)
        if self.width != len(x):
            return 0.0, _prior_sd(e) ** 2
        if arrays is None:
            return 0.0, _prior_sd(e) ** 2 * float(x @ x)
        return float(arrays[0] @ x), float(x @ arrays[1] @ x)

    def compiled(self) -> CompiledRouter:
        """Arrays for decisions."""
        E, F = len(self.estimators), self.width
        mean, cov = np.zeros((E, F), np.float32), np.zeros((E, F, F), np.float32)
        for e in range(E):
            mean[e], cov[e] = self._arrays(e) or (0.0, np.eye(F) * _prior_sd(e) ** 2)
        return CompiledRouter(mean, cov)

    def _arrays(self, e: int) -> tuple[FloatArray, FloatArray] | None:
        """(F,) mean and (F, F) covariance of an estimator's weights, None before its first outcome."""
        estimator, F = self.estimators[e], self.width
        if estimator is None:
            return None
        estimator._ensure_m()  # noqa: SLF001 - River has no public access to its arrays
        return estimator._m_arr[:F], estimator._ss_inv_arr[:F, :F]  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class CompiledRouter:
    """mean: (1 + M, F), cov: (1 + M, F, F) of the weights, common first; single precision: a decision reads all."""

    mean: NDArray[np.float32]
    cov: NDArray[np.float32]

    def predict(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(M,) residual from each model's overall ability and (M,) its variance."""
        E, F = self.mean.shape
        if len(x) != F:
            return np.zeros(E - 1), np.full(E - 1, H.router_common_sd**2 + H.router_own_sd**2)
        short = x.astype(np.float32)
        mean = (self.mean @ short).astype(float)
        var = ((self.cov.reshape(E * F, F) @ short).reshape(E, F) @ short).astype(float)
        return mean[1:] + mean[0], var[1:] + var[0]


def _prior_sd(e: int) -> float:
    return H.router_own_sd if e else H.router_common_sd


def _fresh(e: int) -> BayesianLinearRegression:
    # Here and not above: routers import this module for its arrays alone.
    from pointsman_learner import river_alone  # noqa: PLC0415

    estimator: BayesianLinearRegression = river_alone.BayesianLinearRegression(alpha=1.0 / _prior_sd(e) ** 2, beta=1.0)
    return estimator
