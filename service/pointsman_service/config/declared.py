"""What the log has been told of models, budgets and the taxonomy, so that only differences are told again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace
from pointsman_learner.events import BudgetPut, Event, ModelPut, TaxonomyNodePut
from pointsman_learner.words import Model


@dataclass(frozen=True, slots=True)
class Configured:
    """What the configuration declares: models, budgets by tenant, taxonomy nodes as their events carry them."""

    models: Sequence[Model]
    budgets: Mapping[str, float | None]
    nodes: Sequence[Mapping[str, Any]] = ()


@dataclass(slots=True)
class Declared:
    """models: by name, as last put; budgets: dollars per 1,000 queries by tenant; nodes: digest and origin by id."""

    models: dict[str, Model] = field(default_factory=dict)
    budgets: dict[str, float | None] = field(default_factory=dict)
    nodes: dict[str, tuple[str, str]] = field(default_factory=dict)

    def apply_one(self, event: Event) -> None:
        """Remember what a put says; other events say nothing here."""
        if isinstance(event, ModelPut):
            self.models[event.model.name] = event.model
        elif isinstance(event, BudgetPut):
            self.budgets[event.tenant] = event.usd_per_1k
        elif isinstance(event, TaxonomyNodePut):
            self.nodes[str(event.node["id"])] = (digest_of(event.node), str(event.node.get("origin", "file")))

    def differences(self, configured: Configured, at: float) -> Iterator[ModelPut | BudgetPut | TaxonomyNodePut]:
        """The events that make the log say what is configured.

        A model that is configured no more is disabled, a budget lifted; a node that an operator changed stays his.

        >>> [type(e).__name__ for e in Declared().differences(Configured([Model("a")], {"t": 3.0}), 0.0)]
        ['ModelPut', 'BudgetPut']
        """
        budgets = configured.budgets
        wanted = {m.name: m for m in configured.models}
        gone = [replace(model, enabled=False) for name, model in self.models.items() if name not in wanted]
        for model in (*wanted.values(), *gone):
            if self.models.get(model.name) != model:
                yield ModelPut(at, model)
        for tenant in {**budgets, **self.budgets}:
            if self.budgets.get(tenant) != budgets.get(tenant):
                yield BudgetPut(at, tenant, budgets.get(tenant))
        for node in configured.nodes:
            digest, origin = self.nodes.get(str(node["id"]), ("", "file"))
            if origin == "file" and digest != digest_of(node):
                yield TaxonomyNodePut(at, node)

    def copy(self) -> Declared:
        """Independent of this one."""
        return Declared(dict(self.models), dict(self.budgets), dict(self.nodes))


def digest_of(node: Mapping[str, Any]) -> str:
    """Digest of what a node says. Centers are rounded, since the last bits of an embedding differ between machines."""
    said = {**node, "center": [round(float(x), 4) for x in node.get("center", ())]}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
