"""Recent observations that scheduled jobs look at, bounded in number, newest last."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from pointsman_learner.estimators.expectation import Expectation
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray


@dataclass(slots=True)
class RecentResiduals:
    """What growth looks at. rows: (leaf id, embedding head, model index, residual, weight)."""

    rows: deque[tuple[str, FloatArray, int, float, float]] = field(
        default_factory=lambda: deque(maxlen=H.recent_residuals)
    )

    def add(self, expected: Expectation, model: int, residual: float, weight: float) -> None:
        """By how much a model did better or worse than expected on a query, where that weighs enough."""
        if weight >= H.residual_weight and len(expected.embedding):
            head = np.asarray(expected.embedding[: H.residual_dimensions], dtype=np.float32).astype(float)
            self.rows.append((expected.place.leaf, head, model, residual, weight))

    def to_bytes(self) -> bytes:
        """For the digest."""
        return b"".join(
            leaf.encode() + head.tobytes() + np.array([m, r, w], dtype=float).tobytes()
            for leaf, head, m, r, w in self.rows
        )


@dataclass(slots=True)
class RecentOutcomes:
    """What recalibration looks at: (offset, x ..., outcome) by calibration.

    odds: of what judges said; recalibration: of what was believed. P(right) = sigmoid(offset + b + c x) is fitted.
    """

    odds: deque[tuple[float, ...]] = field(default_factory=lambda: deque(maxlen=H.recent_outcomes))
    recalibration: deque[tuple[float, ...]] = field(default_factory=lambda: deque(maxlen=H.recent_outcomes))
