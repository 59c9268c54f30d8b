"""ParetoBandit (PyPI `paretobandit`): disjoint LinUCB with forgetting and a budget pacer, as its package has it.

Cold start, adaptive pacer and no further cost penalty, as its own paced experiments; its published forgetting. It
observes the true cost of every call, and rewards of the answers that get feedback.
"""

from __future__ import annotations

from typing import Any

from pareto_bandit import BanditRouter, EphemeralContextStore, FeatureService
from pareto_bandit.budget_pacer import BudgetPacer, PacingMode
from pointsman_learner.events import ModelPut
from pointsman_learner.types import FloatArray

from pointsman_bench.conditions import Conditions
from pointsman_bench.peer_features import compressed, listed_prices
from pointsman_bench.players import Answered
from pointsman_bench.stream import Stream

ALPHA = 0.1
"""Its published cold-start value, 0.05, never tries its middle model on our features; this did best on its own data."""


class ParetoBanditPlayer:
    """Routes with the package's router; learns by its policy's update, and paces by its pacer."""

    def __init__(self, stream: Stream, conditions: Conditions, absent: frozenset[str]) -> None:
        self._stream = stream
        self._x: FloatArray = compressed(stream)
        self._names = stream.table.model_names
        self._prices = dict(zip(self._names, listed_prices(stream), strict=True))
        self._pacer = BudgetPacer(target_avg_spend_usd=conditions.budget_usd, mode=PacingMode.ADAPTIVE)
        self._router: Any = BanditRouter.create(
            model_registry={m: _registered(*self._prices[m]) for m in self._names if m not in absent},
            feature_service=FeatureService.for_precomputed(self._x.shape[1]),
            context_store=EphemeralContextStore(),
            priors="none",
            alpha=ALPHA,
            cost_penalty=0.0,
            budget_pacer=self._pacer,
            bandit_seed=conditions.seed,
        )

    def play(self, t: int) -> Answered:
        """Route, call, and tell the pacer what it cost."""
        name, _ = self._router.route(self._x[t])
        model = self._names.index(name)
        cost = float(self._stream.table.costs_usd[t, model])
        self._pacer.observe(cost)
        return Answered(model, cost, cost_weight=self._pacer.lambda_t)

    def feedback(self, t: int, about: int, answered: Answered, value: float) -> None:
        """An update without moving its clock, as its process_feedback does; the pacer was told at the call."""
        del t
        self._router.update(self._names[answered.model], self._x[about], value, advance_time=False)

    def change(self, t: int, event: ModelPut) -> None:
        """Register, reprice or drop a model by the package's own means."""
        del t
        name = event.model.name
        prices = (event.model.input_usd_per_million, event.model.output_usd_per_million)
        known = self._prices[name] if prices[0] is None or prices[1] is None else (prices[0], prices[1])
        if not event.model.enabled:
            self._router.registry.pop(name, None)
        elif name in self._router.registry:
            self._router.update_model_pricing(name, **_registered(*known))
        else:
            self._router.register_model(name, speed="balanced", **_registered(*known))


def _registered(input_usd_per_million: float, output_usd_per_million: float) -> dict[str, float]:
    return {"input_cost_per_m": input_usd_per_million, "output_cost_per_m": output_usd_per_million}
