"""What the learner has been told of models, budgets and the taxonomy, so that only differences are told again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace
from pointsman_learner.events import BudgetPut, Event, ModelPut, TaxonomyNodePut
from pointsman_learner.types import Model

Put = ModelPut | BudgetPut | TaxonomyNodePut


@dataclass(frozen=True, slots=True)
class Configured:
    """What is in force of interest to the learner: models, budgets by tenant, nodes as their events carry them."""

    models: Sequence[Model] = ()
    budgets: Mapping[str, float | None] = field(default_factory=dict)
    nodes: Sequence[Mapping[str, Any]] = ()

    def since(self, before: Configured, at: float) -> Iterator[Put]:
        """The events that tell of a change. What is there no more is disabled, lifted or retired.

        >>> before = Configured([Model("a"), Model("b")], {"t": 3.0})
        >>> [event.kind for event in Configured([Model("a")]).since(before, 0.0)]
        ['model', 'budget']
        """
        models = {m.name: m for m in self.models}
        gone = [replace(m, enabled=False) for m in before.models if m.name not in models]
        known = {m.name: m for m in before.models}
        yield from (ModelPut(at, m) for m in (*models.values(), *gone) if known.get(m.name) != m)
        for tenant in {**self.budgets, **before.budgets}:
            if self.budgets.get(tenant) != before.budgets.get(tenant):
                yield BudgetPut(at, tenant, self.budgets.get(tenant))
        nodes, placed = {n["id"] for n in self.nodes}, {n["id"]: n for n in before.nodes}
        retired = [{**n, "retired": True} for n in before.nodes if n["id"] not in nodes]
        yield from (TaxonomyNodePut(at, n) for n in (*self.nodes, *retired) if placed.get(n["id"]) != n)


@dataclass(slots=True)
class Declared:
    """models: by name, as last put; budgets: dollars per 1,000 queries by tenant; nodes: digests by id."""

    models: dict[str, Model] = field(default_factory=dict)
    budgets: dict[str, float | None] = field(default_factory=dict)
    nodes: dict[str, str] = field(default_factory=dict)

    def apply_one(self, event: Event) -> None:
        """Remember what a put says; other events say nothing here."""
        if isinstance(event, ModelPut):
            self.models[event.model.name] = event.model
        elif isinstance(event, BudgetPut):
            self.budgets[event.tenant] = event.usd_per_thousand
        elif isinstance(event, TaxonomyNodePut):
            self.nodes[str(event.node["id"])] = digest_of(event.node)

    def differences(self, configured: Configured, at: float) -> Iterator[Put]:
        """The events that make the log say what is configured, where an upgrade has other prices or embeddings.

        A model that is configured no more is disabled, a budget lifted. A node that is there no more was retired when
        it went.

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
            if self.nodes.get(str(node["id"])) != digest_of(node):
                yield TaxonomyNodePut(at, node)

    def copy(self) -> Declared:
        """Independent of this one."""
        return Declared(dict(self.models), dict(self.budgets), dict(self.nodes))


def digest_of(node: Mapping[str, Any]) -> str:
    """Digest of what a node says. Centers are rounded, since the last bits of an embedding differ between machines."""
    said = {**node, "center": [round(float(x), 4) for x in node.get("center", ())]}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
