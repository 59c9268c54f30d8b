"""What one model and nothing else would have brought, from a log in which it seldom answered alone.

How good a model's answer is does not depend on what was called before it. So any policy that ends with this model's
answer has the quality of calling it alone, and of all of them the one is taken that is closest to the log's:

    P_target(a | s) ~ P_log(a | s) h(s, a),   h(s, a) = P(the log's policy ends with this model's answer | s, a)

which is the log's policy given that it ends so (Doob's h-transform). Any h gives a valid target; a good one gives
weights near 1 / h of the first state, which is the least there can be. It is a logistic regression on the other folds.
What the model costs is known wherever it was called, so there it is the policy closest to the log's that calls it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pointsman_learner.evaluation.choices import Choice, Key
from pointsman_learner.evaluation.logistic import logistic_regression
from pointsman_learner.evaluation.per_decision import FOLDS, Terms, terms_of
from pointsman_learner.evaluation.table import Told, table_of
from pointsman_learner.types import FloatArray

LEAST_CHANCE = 0.005
"""Of ending with the model, that any action is taken to have: h only shapes the target, and zeros would be final."""
_F = 7
"""Features of an action, for each kind of it."""


def terms_of_model(told: Sequence[Told], choices: Sequence[Sequence[Choice]], model: str) -> Terms:
    """As `per_decision.terms_of`: quality and unsupported from answers of the model, cost from all of its calls."""
    answered = _estimate(told, [_until_failed(c, model) for c in choices], _Ends(model))
    called = _estimate(told, [_until_called(c, model) for c in choices], _Called(model))
    return Terms(answered.quality, called.cost, answered.unsupported, answered.weight)


@dataclass(frozen=True, slots=True)
class _Ends:
    """The episode ends with the model's answer, or with its failure."""

    model: str

    def holds(self, choices: Sequence[Choice]) -> bool:
        """Whether it did."""
        last = choices[-1]
        if last.taken[0] == "accept":
            return self._is_of_model(last, last.taken)
        return last.taken == ("call", self.model, None)

    def excludes(self, choice: Choice, key: Key) -> bool:
        """Whether it cannot any more after this action."""
        if key[0] == "call":
            return choice.whole and key[1] != self.model
        return key[0] == "accept" and not self._is_of_model(choice, key)

    def _is_of_model(self, choice: Choice, key: Key) -> bool:
        return key[2] is not None and choice.steps[key[2]].model == self.model


@dataclass(frozen=True, slots=True)
class _Called:
    """The model is called at some time."""

    model: str

    def holds(self, choices: Sequence[Choice]) -> bool:
        """Whether it was."""
        return choices[-1].taken == ("call", self.model, None)

    def excludes(self, choice: Choice, key: Key) -> bool:
        """Whether it cannot any more after this action."""
        return key[0] == "accept" or (choice.whole and key[1] != self.model)


def _until_failed(choices: Sequence[Choice], model: str) -> Sequence[Choice]:
    """Without what followed a failed call of the model: alone, it would have left the query without an answer."""
    for n, choice in enumerate(choices[1:], 1):
        if choice.steps and choice.steps[-1].model == model and choice.steps[-1].failed:
            return choices[:n]
    return choices


def _until_called(choices: Sequence[Choice], model: str) -> Sequence[Choice]:
    """Up to the first call of the model, whose dollars are the only ones that count."""
    found = []
    for choice in choices:
        is_it = choice.taken == ("call", model, None)
        found.append(choice if is_it else replace(choice, cost_usd=0.0))
        if is_it:
            break
    return found


def _estimate(told: Sequence[Told], choices: Sequence[Sequence[Choice]], event: _Ends | _Called) -> Terms:
    """Fold by fold: h from the others, the target that it gives, and the estimates."""
    x = [[_features(t, c, c.taken, event.model) for c in of] for t, of in zip(told, choices, strict=True)]
    held = np.arange(len(told)) % FOLDS
    holds = np.array([event.holds(c) for c in choices])
    counts = np.array([len(of) for of in choices])
    of_fold = np.repeat(held, counts)
    rows, y = np.concatenate([np.array(of) for of in x]), np.repeat(holds, counts).astype(float)
    targets: list[Sequence[Mapping[Key, float]]] = [()] * len(told)
    for k in range(FOLDS):
        theta = logistic_regression(rows[of_fold != k], y[of_fold != k], ridge=1.0)
        for n in np.flatnonzero(held == k).tolist():
            targets[n] = [_target(told[n], choice, event, theta) for choice in choices[n]]
    return terms_of(table_of(told, choices, targets))


def _target(told: Told, choice: Choice, event: _Ends | _Called, theta: FloatArray) -> Mapping[Key, float]:
    keys = [k for k, p in choice.chances.items() if p > 0.0 and not event.excludes(choice, k)]
    if not keys:  # it would have called the model here, which the log's policy could not
        return {("call", event.model, None): 1.0}
    z = np.array([_features(told, choice, k, event.model) for k in keys]) @ theta
    h = np.maximum(1.0 / (1.0 + np.exp(-z)), LEAST_CHANCE)
    q = h * np.array([choice.chances[k] for k in keys])
    return dict(zip(keys, (q / q.sum()).tolist(), strict=True))


def _features(told: Told, choice: Choice, key: Key, model: str) -> FloatArray:
    """Of an action: what may tell whether the episode will end with the model's answer."""
    kinds = ("call", "ask", "accept")
    believed = {s.model: b for s, b in zip(choice.steps, choice.believed, strict=False) if b is not None}
    of_model, others = believed.get(model), max((b for m, b in believed.items() if m != model), default=0.0)
    expected = next((p.quality for p in told.episode.decision.predictions if p.model == model), 0.5)
    is_it = key[1] == model if key[0] == "call" else key[2] is not None and choice.steps[key[2]].model == model
    x = np.zeros(len(kinds) * _F)
    at = kinds.index(key[0]) * _F
    x[at : at + _F] = (
        1.0, float(is_it), float(of_model is not None), (of_model or 0.0) - others if of_model is not None else 0.0,
        others, expected, len(choice.steps),
    )  # fmt: skip
    return x
