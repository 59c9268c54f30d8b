"""Who can be reached now, as this process knows it: bounds of the moment for the policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from msgspec import structs
from pointsman_learner.types import Constraints, Step

from pointsman_service.application.told_reach import ToldReach
from pointsman_service.domain import ModelConfig
from pointsman_service.ports import Blame, ModelReach, ReachLookup

SURE = 0.9995
"""P(a call succeeds) from which on it is not worth logging: the log keeps three digits."""
HANGS = 3.0
"""Times its usual latency after which a call that was overtaken is one that hangs, rather than a slow one."""
HANGS_MS = 500.0
"""Below which nothing hangs: a busy machine is late by as much itself."""
MAY_ANSWER = 0.5
"""P(a call succeeds) up to which a call of a model is a probe: it failed when it was called last."""
OF_THE_QUESTION = frozenset({"invalid", "refused", "empty"})
"""Kinds of failure that are the question's, unless another model answers it: then they are the model's."""


def _unknown(_model: ModelConfig) -> ModelReach:
    return ModelReach()


def _unheard(_model: ModelConfig, _deployment: str | None, _kind: str) -> None:
    """Nobody remembers."""


@dataclass(frozen=True, slots=True)
class Reachability:
    """lookup, blame: the caller's; models: the configurations in force, by name (a live view).

    told: what tenants tell of their own calls, None where nobody is asked.
    """

    models: Mapping[str, ModelConfig] = field(default_factory=dict)
    lookup: ReachLookup = _unknown
    blame: Blame = _unheard
    told: ToldReach | None = None

    def routed_by(self, tenant: str) -> Reachability:
        """For a tenant that calls the models itself: what it told of that counts, too."""
        return self if self.told is None else replace(self, lookup=self.told.seen_by(tenant, self.lookup))

    def of(self, model: str) -> ModelReach:
        """What is known of calling this model now; of one that nobody knows, nothing."""
        config = self.models.get(model)
        return ModelReach() if config is None else self.lookup(config)

    def bounding(self, constraints: Constraints, models: Iterable[str]) -> Constraints:
        """The same constraints, with what is known now of these models where it is less than the best.

        >>> Reachability().bounding(Constraints(), ["small"]) == Constraints()
        True
        """
        availability: dict[str, float] = {}
        failure_ms: dict[str, float] = {}
        for name in models:
            reach = self.of(name)
            if reach.chance >= SURE:
                continue
            availability[name] = round(reach.chance, 3)
            if reach.failure_ms is not None:
                failure_ms[name] = round(reach.failure_ms, 1)
        if not availability and not constraints.availability:
            return constraints
        return structs.replace(constraints, availability=availability, failure_ms=failure_ms)

    def overtaken(self, step: Step) -> None:
        """Another model, called beside it, answered first.

        Held against it where it took far longer than it does, or was called to find out whether it answers again.
        """
        config = self.models.get(step.model)
        if config is None:
            return
        reach = self.lookup(config)
        least_ms = HANGS_MS if reach.answer_ms is None else max(HANGS_MS, HANGS * reach.answer_ms)
        if step.latency_ms > least_ms or reach.chance <= MAY_ANSWER:
            self.blame(config, step.deployment, "timeout")

    def answered(self, steps: Iterable[Step]) -> None:
        """A question was answered: whoever found it wrong, refused it or said nothing to it was wrong."""
        for step in steps:
            config = self.models.get(step.model)
            if config is not None and step.failure_kind in OF_THE_QUESTION:
                self.blame(config, step.deployment, step.failure_kind)
