"""What operators change: models, prices, budgets, and nodes of the taxonomy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pointsman_learner.estimates import Estimates
from pointsman_learner.estimators.prices import PriceList
from pointsman_learner.events import BudgetPut, ModelPut, TaxonomyNodePut
from pointsman_learner.planning.pacing import Pacer
from pointsman_learner.types import Model


def put(e: Estimates, event: ModelPut | BudgetPut | TaxonomyNodePut) -> None:
    """Add or change what an operator named."""
    match event:
        case ModelPut():
            put_model(e, event.model)
        case BudgetPut():
            put_budget(e, event)
        case TaxonomyNodePut():
            put_node(e, event.node)


def put_model(e: Estimates, model: Model) -> None:
    """Add or change a model. What a price was measured against is learnt anew where it changed."""
    m = e.row(model.name)
    before = PriceList.of(e.models)
    if m is None:
        e.add_model(model)
    else:
        had, e.models[m] = e.models[m], model
        e.tell_beforehand(m, had)
    after = PriceList.of(e.models)
    # Also of those without a price, for which the dearest stands: what was learnt is a ratio to what is listed.
    for j, (of_tokens, fixed) in enumerate(zip(before.per_token, before.fixed, strict=True)):
        if (of_tokens, fixed) != (after.per_token[j], after.fixed[j]):
            e.effects.relearn_cost(j)
    e.make_room()


def put_node(e: Estimates, node: Mapping[str, Any]) -> None:
    """Add or change a node of the taxonomy, with how near it is to the categories of public results."""
    j = e.taxonomy.put_dict(node)
    e.make_room()
    e.effects.tell_nearness(e.taxonomy, j, node.get("nearness") or {})


def put_budget(e: Estimates, event: BudgetPut) -> None:
    """Set a tenant's budget, or lift it. Lambda starts where the last one had arrived, by as much as budgets differ."""
    if event.usd_per_thousand is None:
        e.pacers.pop(event.tenant, None)
        return
    usd_per_query = event.usd_per_thousand / 1000.0
    pacer = e.pacers.get(event.tenant)
    if pacer is None:
        e.pacers[event.tenant] = Pacer(usd_per_query)
    else:
        e.pacers[event.tenant] = Pacer(usd_per_query, pacer.cost_weight * (pacer.usd_per_query / usd_per_query))
