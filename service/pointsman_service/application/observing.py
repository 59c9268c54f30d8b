"""A tenant that only observes: its own model answers, and the log has what the policy would have done."""

from __future__ import annotations

from dataclasses import replace

from msgspec.structs import replace as changed
from pointsman_learner.types import OBSERVED, Constraints, Decision, NoModelFits

from pointsman_service.domain import TenantConfig
from pointsman_service.domain.requests import Query
from pointsman_service.errors import NoModelLeft


def own_model(query: Query, tenant: TenantConfig) -> str:
    """Whose answer the caller would have without this service: the model that it names, else the tenant's baseline.

    Raises NoModelLeft where nobody has configured a model that may be called.

    >>> from pointsman_service.domain import ChatMessage, Question
    >>> asked, tenant = Query(Question((ChatMessage("user", "hi"),))), TenantConfig("acme", baseline="a")
    >>> [own_model(replace(asked, models=named), tenant) for named in (None, ("b",), ("b", "a"))]
    ['a', 'b', 'a']
    """
    named = query.models
    if named and tenant.baseline not in named:
        return named[0]
    if tenant.baseline is None:
        raise NoModelLeft(
            "no model is left: none is enabled that a tenant which only observes may call", constraint="models"
        )
    return tenant.baseline


def unpinned(query: Query) -> Query:
    """As the policy is asked: one model that is named is the caller's own, and no word on what else may be called."""
    return replace(query, models=None, single_call=False) if query.models and len(query.models) == 1 else query


def unbounded(constraints: Constraints) -> Constraints:
    """Without what a policy would choose another model for: the caller's own is called all the same."""
    return changed(constraints, min_quality=None, max_latency_ms=None)


def observed(own: Decision, would: Decision | NoModelFits) -> Decision:
    """The decision for one's own model, which is certain, with what the policy would have done."""
    if isinstance(would, NoModelFits):
        would = changed(own, predictions=(), plan=())
    others = (changed(p, propensity=0.0) for p in would.predictions if p.model != own.model)
    return changed(
        own,
        predictions=(*(p for p in own.predictions if p.model == own.model), *others),
        plan=(own.model,),
        strategy=OBSERVED,
        would=would.plan,
    )
