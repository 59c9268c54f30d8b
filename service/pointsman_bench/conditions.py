"""What a replay grants a policy, and what it keeps of it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray
from pointsman_learner.types import Constraints, FloatArray

from pointsman_bench.jobs import GROWTH, Schedule, schedule_of

TENANT = "bench"
STRANGER = "stranger"
"""The tenant of a caller that means harm."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a policy is granted.

    budget_usd: dollars per query; feedback_rate: share of answers that get feedback, `feedback_delay` queries later;
    flip: share of it that says the opposite; malice: answers of its own that a caller of another tenant thumbs down
    just before query `malice_at`, of which a learner alone hears; refresh: queries between snapshots; together: queries
    that come at once, which the learner decides as one batch, as far as they are of one snapshot; jobs: the learner's
    scheduled jobs. baseline: the model that the team used before, None where nothing is guaranteed; alpha: share of its
    utility that may be lost; latency_weight: mu, utility per second, None for none.
    """

    budget_usd: float
    seed: int = 0
    feedback_rate: float = 0.2
    feedback_delay: int = 50
    refresh: int = 10
    together: int = 1
    flip: float = 0.0
    malice: int = 0
    malice_at: int = 0
    jobs: Schedule = field(default_factory=lambda: schedule_of((GROWTH,)))
    baseline: str | None = None
    alpha: float = Constraints().alpha
    latency_weight: float | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """What came of it, per query.

    quality in [0, 1], cost in dollars, judges included; answered: model index; judge_cost, judge_calls; believed:
    P(right) at the end; cost_weight: lambda; steps: model calls; depth: calls in sequence, and seconds: until the
    answer, NaN where unknown (see `timing`); jobs_changed: which jobs changed the state before it,
    bit k for the k-th of the learner's JOBS.
    """

    quality: FloatArray
    cost: FloatArray
    answered: NDArray[np.int64]
    judge_cost: FloatArray
    judge_calls: NDArray[np.int64]
    believed: FloatArray
    cost_weight: FloatArray
    steps: NDArray[np.int64]
    depth: NDArray[np.int64]
    seconds: FloatArray
    jobs_changed: NDArray[np.int64]

    @classmethod
    def empty(cls, n: int) -> Trace:
        """Of n queries that are still to come."""
        whole = {"answered", "judge_calls", "steps", "depth", "jobs_changed"}
        return cls(**{f.name: np.zeros(n, np.int64 if f.name in whole else float) for f in fields(cls)})

    def __len__(self) -> int:
        return len(self.quality)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """By name, to be stored."""
        return {f.name: getattr(self, f.name) for f in fields(self)}
