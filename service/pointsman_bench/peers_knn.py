"""k nearest neighbours on the embedding, online: the field's simple baseline, from the feedback that it received."""

from __future__ import annotations

import numpy as np
from pointsman_learner.events import ModelPut
from pointsman_learner.planning.pacing import Pacer
from pointsman_learner.types import FloatArray

from pointsman_bench.conditions import Conditions
from pointsman_bench.players import Answered
from pointsman_bench.stream import Stream

NEIGHBOURS = 20
SHRINKAGE = 5.0
"""Neighbours' worth of evidence that the model's overall mean counts for."""
TRIED = 0.05
"""Share of queries that try any model."""


class NearestPlayer:
    """A model's utility: mean outcome of its nearest rated answers, shrunk to its overall mean, less its cost."""

    def __init__(self, stream: Stream, conditions: Conditions, absent: frozenset[str]) -> None:
        self._stream = stream
        self._rng = np.random.default_rng((conditions.seed, 80))
        self._pacer = Pacer(conditions.budget_usd)
        self._x = np.stack([c.embedding for c in stream.contexts]).astype(float)
        n, m = stream.table.scores.shape
        self._there = np.array([name not in absent for name in stream.table.model_names])
        self._rated = [np.zeros((n, self._x.shape[1])) for _ in range(m)]
        self._values = [np.zeros(n) for _ in range(m)]
        self._count = np.zeros(m, dtype=int)
        self._spent, self._calls = np.zeros(m), np.zeros(m)

    def play(self, t: int) -> Answered:
        """The best by its neighbours; now and then, and where nothing is known yet, any."""
        lam = self._pacer.cost_weight
        untried = self._there & (self._calls == 0)
        if untried.any():
            model = int(np.flatnonzero(untried)[0])
        elif self._rng.random() < TRIED:
            model = int(self._rng.choice(np.flatnonzero(self._there)))
        else:
            utility = self._quality(self._x[t]) - lam * self._spent / np.maximum(self._calls, 1)
            model = int(np.argmax(np.where(self._there, utility, -np.inf)))
        cost = float(self._stream.table.costs_usd[t, model])
        self._spent[model] += cost
        self._calls[model] += 1
        self._pacer.learn_one(cost)
        return Answered(model, cost, cost_weight=lam)

    def feedback(self, t: int, about: int, answered: Answered, value: float) -> None:
        """One more rated answer."""
        del t
        m, k = answered.model, self._count[answered.model]
        self._rated[m][k], self._values[m][k] = self._x[about], value
        self._count[m] += 1

    def change(self, t: int, event: ModelPut) -> None:
        """A model comes or goes."""
        del t
        self._there[self._stream.table.model_names.index(event.model.name)] = event.model.enabled

    def _quality(self, x: FloatArray) -> FloatArray:
        found = np.full(len(self._count), 0.7)
        for m, k in enumerate(self._count.tolist()):
            values = self._values[m][:k]
            overall = (values.sum() + 0.7 * SHRINKAGE) / (k + SHRINKAGE)
            near = values
            if k > NEIGHBOURS:
                near = values[np.argpartition(-(self._rated[m][:k] @ x), NEIGHBOURS)[:NEIGHBOURS]]
            found[m] = (near.sum() + SHRINKAGE * overall) / (len(near) + SHRINKAGE)
        return found
