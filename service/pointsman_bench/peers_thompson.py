"""Thompson sampling that knows no context: what a plain bandit reaches that starts from prices."""

from __future__ import annotations

import numpy as np
from pointsman_learner.events import ModelPut
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import cdf
from pointsman_learner.planning.pacing import Pacer
from pointsman_learner.types import FloatArray

from pointsman_bench.conditions import Conditions
from pointsman_bench.peer_features import listed_prices
from pointsman_bench.players import Answered
from pointsman_bench.stream import Stream

PRIOR_OUTCOMES = 5.0
"""Outcomes that the price's word on a model's quality counts for."""
PRIOR_CALLS = 3.0
"""Calls that the list price of an answer counts for: as many as the learner's `cost_prior`."""
LISTED_TOKENS = 500
"""Tokens of a prompt, and of an answer, by which a list price is one of a call."""


class ThompsonPlayer:
    """A beta posterior per model, its prior mean rising with the log of the price; the best draw by utility is called.

    An outcome in [0, 1] is that share of a success. Thompson (1933); Chapelle & Li (2011).
    """

    def __init__(self, stream: Stream, conditions: Conditions, absent: frozenset[str]) -> None:
        self._stream = stream
        self._rng = np.random.default_rng((conditions.seed, 87))
        self._pacer = Pacer(conditions.budget_usd)
        self._there = np.array([name not in absent for name in stream.table.model_names])
        prices = np.array([i + o for i, o in listed_prices(stream)])
        mean = prior_means(prices)
        self._right, self._wrong = PRIOR_OUTCOMES * mean, PRIOR_OUTCOMES * (1.0 - mean)
        self._spent = PRIOR_CALLS * prices * LISTED_TOKENS / 1e6
        self._calls = np.full(len(prices), PRIOR_CALLS)

    def play(self, t: int) -> Answered:
        """The model that is best by one draw of all qualities."""
        lam = self._pacer.cost_weight
        utility = self._rng.beta(self._right, self._wrong) - lam * self._spent / self._calls
        model = int(np.argmax(np.where(self._there, utility, -np.inf)))
        cost = float(self._stream.table.costs_usd[t, model])
        self._spent[model] += cost
        self._calls[model] += 1
        self._pacer.learn_one(cost)
        return Answered(model, cost, cost_weight=lam)

    def feedback(self, t: int, about: int, answered: Answered, value: float) -> None:
        """One more outcome of that model."""
        del t, about
        self._right[answered.model] += value
        self._wrong[answered.model] += 1.0 - value

    def change(self, t: int, event: ModelPut) -> None:
        """A model comes or goes; a price is learnt from calls."""
        del t
        self._there[self._stream.table.model_names.index(event.model.name)] = event.model.enabled


def prior_means(prices: FloatArray) -> FloatArray:
    """(m,) P(right) by price alone, as the learner takes ten times the price to buy `price_slope` of ability.

    prices: (m,) dollars per million tokens, in and out.

    >>> prior_means(np.array([0.1, 1.0, 10.0])).round(2).tolist()
    [0.63, 0.7, 0.76]
    """
    logs = np.log10(np.maximum(prices, 1e-3))
    return np.asarray(cdf(H.level + H.price_slope * (logs - logs.mean())))
