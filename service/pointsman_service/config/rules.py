"""The configuration's rules, as the application asks for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pointsman_learner.events import Event

from pointsman_service.config.declared import Configured
from pointsman_service.config.in_force import in_force
from pointsman_service.config.placed_nodes import Placement
from pointsman_service.config.shown import shown
from pointsman_service.domain.configuration import InForce, Layers
from pointsman_service.domain.operations import ConfigValue
from pointsman_service.ports import Embedder, ModelFacts


class Rules:
    """Implements `ports.ConfigurationRules`. embedder: asked for when the first node is placed."""

    def __init__(self, facts: ModelFacts, embedder: Callable[[], Embedder]) -> None:
        self._facts = facts
        self._placement = Placement(embedder)

    def in_force(self, layers: Layers) -> InForce:
        """See the port."""
        return in_force(layers, self._facts)

    def taught(self, before: InForce, after: InForce, at: float) -> Sequence[Event]:
        """See the port."""
        return list(self.configured(after).since(self.configured(before), at))

    def shown(self, now: InForce) -> Sequence[ConfigValue]:
        """See the port."""
        return shown(now, self._facts)

    def configured(self, now: InForce) -> Configured:
        """The part that the learner is told of."""
        return Configured(
            models=[m.as_learner_model() for m in now.models.values()],
            budgets={name: t.usd_per_thousand for name, t in now.tenants.items() if t.usd_per_thousand is not None},
            nodes=self._placement.placed(list(now.nodes.values())),
        )
