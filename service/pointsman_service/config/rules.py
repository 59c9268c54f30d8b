"""The configuration's rules, as the application asks for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pointsman_learner.events import Event

from pointsman_service.config.declared import Configured
from pointsman_service.config.in_force import in_force
from pointsman_service.config.placed_nodes import Placement
from pointsman_service.config.priors.known import KnownBeforehand, descriptions
from pointsman_service.config.priors.table import read_results
from pointsman_service.config.shown import shown
from pointsman_service.domain.configuration import InForce, Key, Layers
from pointsman_service.domain.operations import ConfigValue
from pointsman_service.ports import Embedder, ModelFacts


class Rules:
    """Implements `ports.ConfigurationRules`. embedder: asked for when the first node is placed."""

    def __init__(self, facts: ModelFacts, embedder: Callable[[], Embedder]) -> None:
        self._facts = facts
        self._tables: dict[str | None, KnownBeforehand] = {}
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
        """The part that the learner is told of. Raises ConfigurationError for a table of public results that is wrong.

        What public results foretell is told as it is now: another table changes nothing of what was told before.
        """
        beforehand = self._beforehand(now.layers)
        models = [m.as_learner_model() for m in now.models.values()]
        if beforehand is not None:
            models = beforehand.all_told(models, [m.provider_model for m in now.models.values()])
        return Configured(
            models=models,
            budgets={name: t.usd_per_thousand for name, t in now.tenants.items() if t.usd_per_thousand is not None},
            nodes=self._placement.placed(
                list(now.nodes.values()), descriptions(beforehand.table if beforehand else None)
            ),
        )

    def _beforehand(self, layers: Layers) -> KnownBeforehand | None:
        """What public results foretell, None where the file does without."""
        said = {field: layers.declared.get(Key("learner", "", field)) for field in ("public_priors", "public_results")}
        switch, path = said["public_priors"], said["public_results"]
        if switch is None or switch.value is not True:
            return None
        file = None if path is None else path.value
        if file not in self._tables:
            self._tables[file] = KnownBeforehand(read_results(None if file is None else Path(file)))
        return self._tables[file]
