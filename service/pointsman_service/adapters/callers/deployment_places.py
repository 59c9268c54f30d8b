"""The deployments of models as one process sees them: which to call first, and what came of each call."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pointsman_service.adapters.callers.deployment_failures import HELD_AGAINST_IT
from pointsman_service.adapters.callers.deployment_record import Counted, DeploymentRecord
from pointsman_service.chat.answers import estimate_tokens
from pointsman_service.domain import Deployment, ModelAnswer, ModelConfig, Question
from pointsman_service.domain.breaker import Breaker, State
from pointsman_service.domain.pace import Mean
from pointsman_service.domain.success_rate import MEMORY_S, SuccessRate
from pointsman_service.errors import ModelCallError
from pointsman_service.ports import ModelReach

FORGOTTEN_S = 10.0 * MEMORY_S
"""Seconds without a call after which a record says nothing more: what it knew weighs e^-10 of one call."""


SINGLE = Deployment("")
"""The place of a model that has no deployments: its own."""
MAY_ANSWER = 0.5
"""P(a probe succeeds): as of a deployment whose last call failed, whatever came before."""
FAIR_SHARE = 1.5
"""Times its usual latency that a call must have had before a time limit of ours that cut it off is held against it."""

FAIR_MS = 500.0
"""And at the least: a machine that is busy is late by as much itself."""

Changed = Callable[[str, str | None, bool, str], None]
"""Told of each change of a breaker: model, deployment (None for its one place), whether it is open now, why."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One call of a deployment. A call that its caller leaves counts neither for the deployment nor against it.

    probe: it finds out whether an open breaker may close. time_s: what it may take.
    """

    place: str
    record: DeploymentRecord
    counted: Counted
    probe: bool
    time_s: float

    @property
    def deployment(self) -> str | None:
        """As it is logged: None for a model's one place."""
        return self.place or None

    def succeeded(self, now: float, answer: ModelAnswer) -> None:
        """The whole answer came."""
        if self.probe:  # whatever was before, it answers again
            self.record.rate = SuccessRate()
        self.record.rate.observe(now, succeeded=True)
        self.record.breaker.succeeded(now=now, probe=self.probe)
        self.record.pace.answer.observe(now, self._taken_ms(now))
        self.record.minute.correct(self.counted, answer.input_tokens + answer.output_tokens)

    def failed(self, now: float, error: ModelCallError) -> None:
        """It failed; or the failure is another's: the question's, or our own impatience.

        A probe that was refused for the question proves nothing, and the next one comes later.
        """
        held = error.kind in HELD_AGAINST_IT and not self._is_impatience(now, error)
        if held:
            self.record.rate.observe(now, succeeded=False)
            self.record.pace.failure.observe(now, self._taken_ms(now))
            if self._was_cut_off(now, error):
                longest = max(self._taken_ms(now), self.record.pace.cut_off.at(now) or 0.0)
                self.record.pace.cut_off = Mean(longest, now)
        if self._is_impatience(now, error):
            self.record.breaker.put_off(now, probe=self.probe)
        elif held or self.probe:
            self.record.breaker.failed(now, error.kind, error.retry_after_s, probe=self.probe)

    def left(self) -> None:
        """Who asked went away."""
        self.record.breaker.left(probe=self.probe)

    def _taken_ms(self, now: float) -> float:
        return (now - self.counted.began_at) * 1e3

    def _is_impatience(self, now: float, error: ModelCallError) -> bool:
        """Whether a time limit cut it off that it would not have kept on a good day, either."""
        usual_ms = self.record.pace.answer.at(now)
        short = usual_ms is not None and self._taken_ms(now) < max(FAIR_SHARE * usual_ms, FAIR_MS)
        return short and self._was_cut_off(now, error)

    def _was_cut_off(self, now: float, error: ModelCallError) -> bool:
        """By our time limit, rather than by a gateway's or for want of a connection."""
        return error.kind == "timeout" and self._taken_ms(now) >= 0.9e3 * self.time_s


@dataclass(frozen=True, slots=True)
class Place:
    """A deployment, the model as it is called there, and what is known of it."""

    deployment: Deployment
    model: ModelConfig
    record: DeploymentRecord

    def begin(self, question: Question, now: float, time_s: float) -> Visit:
        """A call begins. Until it has ended, it counts for the tokens of its prompt, estimated."""
        tokens = sum(estimate_tokens(m.content) for m in question.messages)
        self.record.used_at = now
        counted = self.record.minute.begin(now, tokens)
        return Visit(self.deployment.name, self.record, counted, self.record.breaker.begin(), time_s)

    def has_room(self, now: float) -> bool:
        """Whether its configured limits allow one more call."""
        return self.record.minute.room(now, self.deployment) > 0.0

    def chance(self, now: float) -> float:
        """P(a call that began now would succeed), 0 while it is left alone or full."""
        state = self.record.breaker.state(now)
        if state == "open" or not self.has_room(now):
            return 0.0
        return MAY_ANSWER if state == "half_open" else self.record.rate.at(now)

    def rank(self, now: float) -> tuple[float, int]:
        """Smallest for the best: by availability times the free share of its limits, then by requests in this minute.

        Two that differ by less than a tenth are alike, which is what some tens of calls can tell; so alike ones share
        the traffic, and one that failed once is not left for good.
        """
        promise = self.record.rate.at(now) * self.record.minute.room(now, self.deployment)
        return -round(promise, 1), self.record.minute.requests(now)


class Places:
    """Records of deployments, each by its model, its name and where it is: another address is another place."""

    def __init__(self, rng: Callable[[], float], changed: Changed) -> None:
        """rng: uniform in [0, 1), for the jitter of breakers."""
        self._rng, self._changed = rng, changed
        self._records: dict[tuple[str | None, ...], DeploymentRecord] = {}
        self._places: dict[str, tuple[ModelConfig, list[Place]]] = {}  # of each model, as it is in force

    def availability(self, model: ModelConfig, now: float) -> dict[str, float]:
        """P(a call succeeds now) by the deployment's name."""
        return {place.deployment.name: place.record.rate.at(now) for place in self._of(model, now) if model.deployments}

    def states(self, model: ModelConfig, now: float) -> dict[str, State]:
        """Of each breaker, by the deployment's name, "" for the one place of a model without any."""
        return {place.deployment.name: place.record.breaker.state(now) for place in self._of(model, now)}

    def reach(self, model: ModelConfig, now: float) -> ModelReach:
        """What is known of calling it now, wherever it is."""
        places = self._of(model, now)
        paces = [place.record.pace for place in places]
        return ModelReach(
            chance=1.0 - math.prod([1.0 - place.chance(now) for place in places]),
            answer_ms=_mean([pace.answer.at(now) for pace in paces]),
            failure_ms=_mean([pace.failure.at(now) for pace in paces]),
            at_least_ms=max([pace.cut_off.at(now) or 0.0 for pace in paces]),
        )

    def blame(self, model: ModelConfig, deployment: str | None, kind: str, now: float) -> None:
        """Hold a failure against a place, as only who asked can tell; against the one called last, if none is named."""
        places = self._of(model, now)
        named = [place for place in places if place.deployment.name == deployment]
        record = max(named or places, key=lambda place: place.record.used_at).record
        record.rate.observe(now, succeeded=False)
        record.breaker.failed(now, kind)

    def in_order(self, model: ModelConfig, now: float) -> Sequence[Place]:
        """The model's deployments that have room and are not left alone, best first; where all are, the next to probe.

        One whose probe is due comes first, or it would never be tried while others answer. Raises
        ModelCallError(rate_limited), which says when there will be room, where all are full.
        """
        places = self._of(model, now)
        free = [p for p in places if p.has_room(now)]
        if not free:
            wait_s = min(p.record.minute.seconds_to_room(now, p.deployment) for p in places)
            raise ModelCallError(
                f"every deployment of {model.name} has had its requests or tokens of this minute",
                kind="rate_limited",
                retryable=True,
                retry_after_s=wait_s,
            )
        states = [place.record.breaker.state(now) for place in free]
        tried = [(place, state) for place, state in zip(free, states, strict=True) if state != "open"]
        if not tried:
            return [min(free, key=lambda place: place.record.breaker.due_in(now))]
        # Stable: among equals, the order of the configuration.
        tried.sort(key=lambda each: (each[1] == "closed", each[0].rank(now)))
        return [place for place, _ in tried]

    def _of(self, model: ModelConfig, now: float) -> Sequence[Place]:
        found = self._places.get(model.name)
        if found is None or found[0] is not model:
            found = (model, [self._place(model, deployment, now) for deployment in model.deployments or (SINGLE,)])
            self._places[model.name] = found
        return found[1]

    def _place(self, model: ModelConfig, deployment: Deployment, now: float) -> Place:
        here = as_called_at(model, deployment)
        key = (model.name, deployment.name, here.provider_model, here.base_url, here.api_key_env)
        record = self._records.get(key)
        if record is None:
            # Changes of the configuration leave records behind.
            self._records = {k: r for k, r in self._records.items() if now - r.used_at < FORGOTTEN_S}
            self._places.clear()
            breaker = Breaker(self._rng, partial(self._changed, model.name, deployment.name or None))
            record = self._records[key] = DeploymentRecord(breaker, used_at=now)
        return Place(deployment, here, record)


def _mean(known: Sequence[float | None]) -> float | None:
    told = [ms for ms in known if ms is not None]
    return sum(told) / len(told) if told else None


def as_called_at(model: ModelConfig, deployment: Deployment) -> ModelConfig:
    """The model with what the deployment says in place of its own."""
    d = deployment
    return replace(
        model,
        provider_model=model.provider_model if d.provider_model is None else d.provider_model,
        base_url=model.base_url if d.base_url is None else d.base_url,
        api_key_env=model.api_key_env if d.api_key_env is None else d.api_key_env,
        deployments=(),
    )
