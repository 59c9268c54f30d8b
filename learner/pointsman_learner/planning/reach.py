"""What a call is worth that may fail. Availability stands beside quality: an outage is not bad quality.

A call that fails is followed by the best of the other models, later and a little dearer; so a model that answers now
and then is still worth trying where it is much better than the rest, and one that cannot answer is not. Where every
model has answered lately, nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from pointsman_learner.hyperparameters import H
from pointsman_learner.planning.two_call_plans import NEVER
from pointsman_learner.types import Constraints, FloatArray


@dataclass(frozen=True, slots=True)
class Reach:
    """chance: (M,) P(a call succeeds now); loss: (M,) utility that a failed call of each costs."""

    chance: FloatArray
    loss: FloatArray

    @classmethod
    def of(cls, constraints: Constraints, names: Sequence[str]) -> Self | None:
        """Of these models, in their order; None where all of them are sure to answer.

        A failed call takes its share of the deadline, and of what the whole time until it is worth; with a price on
        seconds (`latency_weight`), it costs those, too.
        """
        if not constraints.availability:
            return None
        chance = np.array([constraints.availability.get(name, 1.0) for name in names])
        if (chance >= 1.0).all():
            return None
        taken_ms = np.array([constraints.failure_ms.get(name, 0.0) for name in names])
        loss = H.failed_call + (constraints.latency_weight or 0.0) * taken_ms / 1e3
        if constraints.deadline_ms is not None:
            loss = loss + np.minimum(taken_ms / max(constraints.deadline_ms, 1.0), 1.0)
        return cls(chance, loss)

    def worth(self, values: FloatArray, otherwise: float | None = None) -> FloatArray:
        """(M,) utility of calling each, values (M,) being what it is worth where it answers; NEVER stays.

        otherwise: what there is without it, None for the best of the other models.

        >>> reach = Reach(np.array([0.5, 1.0]), np.array([0.02, 0.02]))
        >>> reach.worth(np.array([0.9, 0.8])).round(3).tolist(), reach.worth(np.array([0.8, 0.8])).round(3).tolist()
        ([0.84, 0.8], [0.79, 0.8])
        """
        may = values > NEVER / 2
        fallback = self._others(np.where(may, self.chance * values, 0.0)) if otherwise is None else otherwise
        expected = self.chance * values + (1 - self.chance) * (fallback - self.loss)
        return np.asarray(np.where(may, expected, values), dtype=float)

    @staticmethod
    def _others(values: FloatArray) -> FloatArray:
        """(M,) the best of all but each; 0 where it is alone."""
        if len(values) < 2:
            return np.zeros(len(values))
        second, first = np.partition(values, len(values) - 2)[-2:]
        best = int(values.argmax())
        return np.asarray(np.where(np.arange(len(values)) == best, second, first), dtype=float)


def per_ms(constraints: Constraints) -> float:
    """Utility that a millisecond costs; 0 where nobody set a price on it."""
    return (constraints.latency_weight or 0.0) / 1e3


def wait_ms(constraints: Constraints, latency_ms: FloatArray) -> FloatArray:
    """(..., M) milliseconds until each model's answer is there, and the verdicts of the free judges, asked together.

    >>> from pointsman_learner.types import Judge
    >>> wait_ms(Constraints(judges=(Judge("format", latency_ms=5.0),)), np.array([500.0, 2000.0])).tolist()
    [505.0, 2005.0]
    """
    return latency_ms + max((j.latency_ms for j in constraints.judges if j.free), default=0.0)


def seconds_price(constraints: Constraints, latency_ms: FloatArray) -> FloatArray:
    """(M,) utility that this costs.

    >>> seconds_price(Constraints(latency_weight=0.1), np.array([500.0, 2000.0])).tolist()
    [0.05, 0.2]
    """
    return wait_ms(constraints, latency_ms) * per_ms(constraints)
