"""What another lambda or policy would have brought, estimated from the log alone.

Each logged episode has the propensity of the model that was called first. The new policy's probability of that same
model, over it, says how much the episode counts. Costs and rewards are of whole episodes, so what a cascade did after
its first call is taken as part of that choice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pointsman_learner import off_policy
from pointsman_learner.events import EpisodeRecorded, FeedbackRecorded
from pointsman_learner.reward import reward
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.words import Constraints, FloatArray, NoModelFits

from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.domain.operations import EpisodeQuery, Estimate, WhatIf, WhatIfQuery
from pointsman_service.errors import InvalidRequest
from pointsman_service.ports import EventLog, Logged

PAGE = 1000
MOST_EPISODES = 20_000  # the newest; more would add little to the interval
ALWAYS = "always:"


@dataclass(frozen=True, slots=True)
class Rewarded:
    """An episode with its reward, mean feedback in [0, 1]."""

    episode: EpisodeRecorded
    reward: float


class WhatIfEstimator:
    """Reads the log and asks the learner's estimators. rng: for decisions that are only looked at."""

    def __init__(self, log: EventLog, models: ModelRegistry, rng: np.random.Generator) -> None:
        self._log = log
        self._models = models
        self._rng = rng

    async def estimate(self, query: WhatIfQuery, snapshot: Snapshot) -> WhatIf:
        """See `rpc.application.Admin.what_if`."""
        target_of = self._target(query, snapshot)
        return await asyncio.to_thread(self._estimate, query, target_of)

    def _estimate(self, query: WhatIfQuery, target_of: Callable[[EpisodeRecorded], FloatArray]) -> WhatIf:
        rewarded = rewarded_episodes(self._events(), query)
        if not rewarded:
            return WhatIf(0, 0.0, ())
        target = [target_of(r.episode) for r in rewarded]
        return estimates(rewarded, target, query)

    def _events(self) -> Iterable[Logged]:
        after = 0
        while page := self._log.read(after, PAGE):
            yield from page
            after = page[-1].position

    def _target(self, query: WhatIfQuery, snapshot: Snapshot) -> Callable[[EpisodeRecorded], FloatArray]:
        """The new policy as P(model | context) over the episode's predictions. Raises InvalidRequest, UnknownModel."""
        if query.policy is None or query.policy == "current":
            return lambda e: self._decided(e, snapshot, query.cost_weight)
        if not query.policy.startswith(ALWAYS):
            raise InvalidRequest([("policy", f'no policy {query.policy!r}; known: "current", "always:MODEL"')])
        name = self._models[query.policy.removeprefix(ALWAYS)].name
        return lambda e: np.array([float(p.model == name) for p in e.decision.predictions])

    def _decided(self, e: EpisodeRecorded, snapshot: Snapshot, cost_weight: float | None) -> FloatArray:
        names = [p.model for p in e.decision.predictions]
        try:
            constraints = Constraints(
                tuple(names),
                cost_weight=cost_weight,
                tenant=e.tenant,
                availability=e.constraints.availability,
                failure_ms=e.constraints.failure_ms,
            )
            decision = snapshot.decide(e.context, constraints, self._rng)
        except NoModelFits:
            return np.zeros(len(names))
        now = {p.model: p.propensity for p in decision.predictions}
        return np.array([now.get(name, 0.0) for name in names])


def rewarded_episodes(events: Iterable[Logged], query: WhatIfQuery) -> Sequence[Rewarded]:
    """The selected episodes that have feedback on their answer, newest `MOST_EPISODES`, oldest first."""
    feedback: dict[str, list[tuple[float, float]]] = {}
    episodes: dict[str, EpisodeRecorded] = {}
    for logged in events:
        event = logged.event
        if (
            isinstance(event, FeedbackRecorded)
            and logged.episode is not None
            and _selected(logged.episode, query.episodes)
        ):
            episodes[event.episode_id] = logged.episode
            feedback.setdefault(event.episode_id, []).append((event.value, event.weight))
    chosen = list(episodes.values())[-MOST_EPISODES:]
    return [Rewarded(e, reward(feedback[e.episode_id], e.believed, 0.0)) for e in chosen]


def estimates(rewarded: Sequence[Rewarded], target: Sequence[FloatArray], query: WhatIfQuery) -> WhatIf:
    """Quality, cost and utility under the target, by each estimator, and as they were logged."""
    decisions = [r.episode.decision for r in rewarded]
    chosen = [next(i for i, p in enumerate(d.predictions) if p.model == d.model) for d in decisions]
    propensities = np.array([d.propensity for d in decisions])
    on_target = np.array([t[k] for t, k in zip(target, chosen, strict=True)])
    weights = on_target / propensities
    quality = np.array([r.reward for r in rewarded])
    cost = np.array([r.episode.cost_usd for r in rewarded])
    lam = np.array([d.cost_weight if query.cost_weight is None else query.cost_weight for d in decisions])
    predicted_quality = [np.array([p.quality for p in d.predictions]) for d in decisions]
    predicted_cost = [np.array([p.cost_usd for p in d.predictions]) for d in decisions]
    found: list[Estimate] = []
    columns: tuple[tuple[Literal["quality", "cost_usd", "utility"], FloatArray, list[FloatArray]], ...] = (
        ("quality", quality, predicted_quality),
        ("cost_usd", cost, predicted_cost),
        (
            "utility",
            quality - lam * cost,
            [q - w * c for q, w, c in zip(predicted_quality, lam, predicted_cost, strict=True)],
        ),
    )
    for quantity, values, predicted in columns:
        model_chosen = np.array([v[k] for v, k in zip(predicted, chosen, strict=True)])
        model_target = np.array([float(v @ t) for v, t in zip(predicted, target, strict=True)])
        of_each = _by_estimator(values, propensities, on_target, (model_chosen, model_target), query.confidence)
        found += [Estimate(quantity, name, *bounds) for name, bounds in of_each.items()]
    effective = float(weights.sum() ** 2 / np.square(weights).sum()) if weights.any() else 0.0
    return WhatIf(len(rewarded), effective, tuple(found))


def _selected(episode: EpisodeRecorded, query: EpisodeQuery) -> bool:
    has_choice = any(p.model == episode.decision.model for p in episode.decision.predictions)
    return has_choice and query.has_feedback is not False and all(_held(episode, query))


def _held(episode: EpisodeRecorded, query: EpisodeQuery) -> Iterator[bool]:
    """Each condition, where there is one."""
    decision, path = episode.decision, episode.decision.node_path
    yield query.tenant in {None, episode.tenant}
    yield query.start is None or episode.at >= query.start
    yield query.end is None or episode.at < query.end
    yield query.model_called is None or any(s.model == query.model_called for s in episode.steps)
    yield query.model_answered in {None, answered_by(episode)}
    yield query.node is None or query.node in path
    yield query.strategy in {None, decision.strategy}
    yield query.stop in {None, episode.stop}
    yield query.request_id in {None, episode.request_id}
    yield query.session_id in {None, episode.session_id}


def answered_by(episode: EpisodeRecorded) -> str | None:
    """The model whose answer was accepted or, for a routed query, the one that was decided for."""
    if episode.answer is not None:
        return episode.steps[episode.answer].model
    return None if episode.steps else episode.decision.model


def _by_estimator(
    values: FloatArray,
    propensities: FloatArray,
    target: FloatArray,
    predicted: tuple[FloatArray, FloatArray],
    confidence: float,
) -> Mapping[str, tuple[float, float, float]]:
    """(mean, low, high) by estimator. predicted: what was expected of the logged models, and of the target's mix."""
    ones = np.ones_like(values)
    found = {
        "logged": off_policy.ips(values, ones, ones, confidence=confidence),
        "ips": off_policy.ips(values, propensities, target, confidence=confidence),
        "snips": off_policy.snips(values, propensities, target, confidence=confidence),
        "dr": off_policy.doubly_robust(values, propensities, target, *predicted, confidence=confidence),
    }
    # SNIPS has no mean where the target never chooses what was logged.
    return {name: (e.mean, e.low, e.high) for name, e in found.items() if np.isfinite(e.mean)}
