"""The learned router: per model, an online estimator of quality from the context, without the taxonomy.

River's BayesianLinearRegression learns (mean and variance, Sherman-Morrison updates); a snapshot compiles its arrays so
that one decision over all models is a few matrix products. Targets are residuals from the model's overall mean, so that
an estimator without evidence says that mean, with the prior's variance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pointsman_learner.words import Context, FloatArray

if TYPE_CHECKING:
    from river.linear_model import BayesianLinearRegression

EMBEDDING_SHARE = 64
"""Leading dimensions of the embedding that are used: WordLlama is trained so that these stand alone."""
PRIOR_SD = 0.20
"""Prior standard deviation of the quality at one query around the model's mean."""
NOISE = 0.18


def features(context: Context) -> FloatArray:
    """(F,) what the estimators read: a constant, the surface, the head of the embedding; each block of unit scale.

    >>> c = Context("v", np.ones(4, np.float32) / 2, np.ones(2, np.float32), 3)
    >>> features(c).round(2).tolist()
    [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    """
    head = context.embedding[:EMBEDDING_SHARE].astype(float)
    norm = float(np.linalg.norm(head))
    surface = context.surface.astype(float) / np.sqrt(4.0 * max(1, len(context.surface)) / 2.0)
    return np.concatenate([[0.5], surface, head / norm if norm else head])


@dataclass(slots=True)
class LearnedRouter:
    """One estimator per model; `width` remembers the feature size, since a change of it starts new ones.

    An estimator is None until its first outcome.
    """

    estimators: list[BayesianLinearRegression | None] = field(default_factory=list)
    counts: list[float] = field(default_factory=list)
    width: int = 0

    def resize(self, models: int) -> None:
        """Make room for new models."""
        while len(self.estimators) < models:
            self.estimators.append(None)
            self.counts.append(0.0)

    def reset(self, model: int) -> None:
        """Start anew for one model, after an alarm."""
        self.estimators[model] = None
        self.counts[model] = 0.0

    def learn(self, x: FloatArray, model: int, residual: float, weight: float = 1.0) -> None:
        """One outcome, `residual` above the model's overall mean; weight scales its precision."""
        if self.width != len(x):
            self.width = len(x)
            for m in range(len(self.estimators)):
                self.reset(m)
        w = float(np.sqrt(weight))
        estimator: Any = self.estimators[model] or _fresh()
        self.estimators[model] = estimator
        estimator.learn_one(dict(enumerate((w * x).tolist())), w * residual)
        self.counts[model] += weight

    def predict(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """As `CompiledRouter.predict`, from the live estimators."""
        mean, var = np.zeros(len(self.estimators)), np.full(len(self.estimators), PRIOR_SD**2 * float(x @ x))
        for m in range(len(self.estimators)):
            arrays = self._arrays(m)
            if arrays is not None and self.width == len(x):
                mean[m], var[m] = arrays[0] @ x, x @ arrays[1] @ x
        return (mean, var) if self.width == len(x) else (mean, np.full(len(mean), PRIOR_SD**2))

    def compiled(self) -> CompiledRouter:
        """Arrays for decisions."""
        M, F = len(self.estimators), self.width
        mean, cov = np.zeros((M, F), np.float32), np.zeros((M, F, F), np.float32)
        for m in range(M):
            arrays = self._arrays(m)
            mean[m], cov[m] = arrays or (0.0, np.eye(F) * PRIOR_SD**2)
        return CompiledRouter(mean, cov)

    def _arrays(self, model: int) -> tuple[FloatArray, FloatArray] | None:
        """(F,) mean and (F, F) covariance of a model's weights, None before its first outcome."""
        e, F = self.estimators[model], self.width
        if e is None or self.counts[model] <= 0:
            return None
        e._ensure_m()  # noqa: SLF001 - River has no public access to its arrays
        return e._m_arr[:F], e._ss_inv_arr[:F, :F]  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class CompiledRouter:
    """mean: (M, F), cov: (M, F, F) of the weights, in single precision: a decision reads all of them."""

    mean: NDArray[np.float32]
    cov: NDArray[np.float32]

    def predict(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(M,) residual from each model's mean and (M,) its variance."""
        M, F = self.mean.shape
        if len(x) != F:
            return np.zeros(M), np.full(M, PRIOR_SD**2)
        short = x.astype(np.float32)
        spread = (self.cov.reshape(M * F, F) @ short).reshape(M, F)
        return (self.mean @ short).astype(float), (spread @ short).astype(float)


def _fresh() -> BayesianLinearRegression:
    # Here and not above: routers import this module for its arrays, and River with scipy would cost them two seconds.
    from river.linear_model import BayesianLinearRegression  # noqa: PLC0415

    return BayesianLinearRegression(alpha=1.0 / PRIOR_SD**2, beta=1.0 / NOISE)
