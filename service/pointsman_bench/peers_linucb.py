"""River's LinUCBDisjoint on our features. It knows no cost: its reward is utility, at the lambda of our own pacer."""

from __future__ import annotations

from typing import Any

import numpy as np
from pointsman_learner.events import ModelPut
from pointsman_learner.planning.pacing import Pacer
from river.bandit import LinUCBDisjoint

from pointsman_bench.conditions import Conditions
from pointsman_bench.peer_features import compressed
from pointsman_bench.players import Answered
from pointsman_bench.stream import Stream


class LinUCBPlayer:
    """reward = quality - lambda * cost, with the pacer's lambda when the feedback comes."""

    def __init__(self, stream: Stream, conditions: Conditions, absent: frozenset[str]) -> None:
        self._stream = stream
        self._names = stream.table.model_names
        self._there: list[int | str] = [m for m in self._names if m not in absent]
        self._pacer = Pacer(conditions.budget_usd)
        x = compressed(stream)
        self._x = [dict(enumerate(row)) for row in x.tolist()]
        self._policy: Any = LinUCBDisjoint(alpha=1.0, beta=1.0, seed=conditions.seed)

    def play(self, t: int) -> Answered:
        """Pull an arm."""
        name = self._policy.pull(self._there, context=self._x[t])
        model = self._names.index(name)
        cost = float(self._stream.table.costs_usd[t, model])
        lam = self._pacer.cost_weight
        self._pacer.learn_one(cost)
        return Answered(model, cost, cost_weight=lam)

    def feedback(self, t: int, about: int, answered: Answered, value: float) -> None:
        """Update the arm with the utility of what it answered."""
        del t
        utility = float(np.clip(value - self._pacer.cost_weight * answered.cost_usd, -1.0, 1.0))
        self._policy.update(self._names[answered.model], self._x[about], utility)

    def change(self, t: int, event: ModelPut) -> None:
        """An arm comes or goes; a price is learnt from outcomes."""
        del t
        there = [m for m in self._there if m != event.model.name]
        self._there = [*there, event.model.name] if event.model.enabled else there
