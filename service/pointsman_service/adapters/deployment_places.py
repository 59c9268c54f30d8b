"""The deployments of models as one process sees them: which to call first, and what came of each call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pointsman_service.adapters.deployment_record import MEMORY_S, Counted, DeploymentRecord
from pointsman_service.chat.answers import estimate_tokens
from pointsman_service.domain import Deployment, ModelAnswer, ModelConfig, Question
from pointsman_service.errors import ModelCallError

FORGOTTEN_S = 10.0 * MEMORY_S
"""Seconds without a call after which a record says nothing more: what it knew weighs e^-10 of one call."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One call of a deployment. A call that its caller leaves counts neither for the deployment nor against it."""

    deployment: str
    record: DeploymentRecord
    counted: Counted

    def succeeded(self, now: float, answer: ModelAnswer) -> None:
        """The whole answer came."""
        self.record.rate.observe(now, succeeded=True)
        self.record.minute.correct(self.counted, answer.input_tokens + answer.output_tokens)

    def failed(self, now: float, *, held_against_it: bool) -> None:
        """It failed; or it did its part, where the failure is another's."""
        self.record.rate.observe(now, succeeded=not held_against_it)


@dataclass(frozen=True, slots=True)
class Place:
    """A deployment, the model as it is called there, and what is known of it."""

    deployment: Deployment
    model: ModelConfig
    record: DeploymentRecord

    def begin(self, question: Question, now: float) -> Visit:
        """A call begins. Until it has ended, it counts for the tokens of its prompt, estimated."""
        tokens = sum(estimate_tokens(m.content) for m in question.messages)
        self.record.used_at = now
        return Visit(self.deployment.name, self.record, self.record.minute.begin(now, tokens))

    def has_room(self, now: float) -> bool:
        """Whether its configured limits allow one more call."""
        return self.record.minute.room(now, self.deployment) > 0.0

    def rank(self, now: float) -> tuple[float, int]:
        """Smallest for the best: by availability times the free share of its limits, then by requests in this minute.

        Two that differ by less than a tenth are alike, which is what some tens of calls can tell; so alike ones share
        the traffic, and one that failed once is not left for good.
        """
        promise = self.record.rate.at(now) * self.record.minute.room(now, self.deployment)
        return -round(promise, 1), self.record.minute.requests(now)


class Places:
    """Records of deployments, each by its model, its name and where it is: another address is another place."""

    def __init__(self) -> None:
        self._records: dict[tuple[str | None, ...], DeploymentRecord] = {}

    def availability(self, model: ModelConfig, now: float) -> dict[str, float]:
        """P(a call succeeds now) by the deployment's name."""
        return {place.deployment.name: place.record.rate.at(now) for place in self._of(model, now)}

    def with_room(self, model: ModelConfig, now: float) -> Sequence[Place]:
        """The model's deployments that have room, best first, at least one.

        Raises ModelCallError(rate_limited), which says when there will be room, where all are full.
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
        # Stable: among equals, the order of the configuration.
        return sorted(free, key=lambda place: place.rank(now))

    def _of(self, model: ModelConfig, now: float) -> list[Place]:
        return [self._place(model, deployment, now) for deployment in model.deployments]

    def _place(self, model: ModelConfig, deployment: Deployment, now: float) -> Place:
        here = as_called_at(model, deployment)
        key = (model.name, deployment.name, here.provider_model, here.base_url, here.api_key_env)
        record = self._records.get(key)
        if record is None:
            # Changes of the configuration leave records behind.
            self._records = {k: r for k, r in self._records.items() if now - r.used_at < FORGOTTEN_S}
            record = self._records[key] = DeploymentRecord(used_at=now)
        return Place(deployment, here, record)


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
