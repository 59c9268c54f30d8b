"""Models, tenants, taxonomy nodes and keys as messages; what is None stays absent."""

from __future__ import annotations

from pointsman import v1

from pointsman_service.domain import Capabilities, Deployment
from pointsman_service.domain.configured import ROUTE
from pointsman_service.domain.operations import (
    GuaranteeState,
    KeyState,
    ModelAtNode,
    ModelState,
    NodeState,
    TenantState,
)
from pointsman_service.domain.preference import Preference
from pointsman_service.domain.strict_json import dumps
from pointsman_service.rpc.enums import (
    ACCESS_ROLES,
    ADAPTERS,
    BREAKER_STATES,
    COST_SOURCES,
    MODALITIES,
    NODE_ORIGINS,
    TENANT_MODES,
)
from pointsman_service.rpc.write_time import optional_timestamp


def model_message(state: ModelState) -> v1.Model:
    """Its whole configuration."""
    model = state.config
    return v1.Model(
        model=model.name,
        adapter=ADAPTERS.value(model.adapter),
        provider_model=model.provider_model,
        base_url=model.base_url,
        api_key_env=model.api_key_env,
        input_usd_per_million=model.input_usd_per_million,
        output_usd_per_million=model.output_usd_per_million,
        enabled=model.enabled,
        params_json=dumps(model.params) if model.params else None,
        cost_source=COST_SOURCES.value(model.cost_source),
        capabilities=_capabilities(model.capabilities),
        context_window=model.context_window,
        tags=model.tags,
        deployments=[_deployment(d, state) for d in model.deployments],
        etag=state.etag,
        without_params=model.without_params,
        connect_timeout_s=model.connect_timeout_s,
        first_token_timeout_s=model.first_token_timeout_s,
        answer_timeout_s=model.answer_timeout_s,
        availability=state.chance,
        breaker=BREAKER_STATES.value(state.breakers.get("")),
        unpriced=model.unpriced or None,
        cached_input_usd_per_million=model.cached_input_usd_per_million,
        max_output_tokens=model.max_output_tokens,
        expected_quality=model.expected_quality,
    )


def tenant_message(state: TenantState) -> v1.Tenant:
    """Its whole configuration, and what it has spent."""
    tenant = state.config
    return v1.Tenant(
        tenant=tenant.name,
        enabled=tenant.enabled,
        usd_per_thousand=tenant.usd_per_thousand,
        ceiling_usd=tenant.ceiling_usd,
        period_s=tenant.period_s,
        preference=_preference(tenant.preference),
        models=tenant.models,
        require_tags=tenant.require_tags,
        baseline=tenant.baseline,
        hedge=tenant.hedge,
        alpha=tenant.alpha,
        mode=TENANT_MODES.value(tenant.mode or ROUTE),
        requests_per_second=tenant.limits.requests_per_second,
        concurrency=tenant.limits.concurrency,
        feedback_per_minute=tenant.limits.feedback_per_minute,
        etag=state.etag,
        spent_usd=state.spent_usd,
        period_end_time=optional_timestamp(state.period_ends_at),
        paced_cost_weight=state.paced_cost_weight,
        guarantee=_guarantee(state.guarantee),
    )


def _guarantee(state: GuaranteeState | None) -> v1.Guarantee | None:
    if state is None:
        return None
    return v1.Guarantee(credit=state.credit, decisions=state.decisions, departed=state.departed)


def node_message(node: NodeState) -> v1.TaxonomyNode:
    """With its statistics per model, where the node has them."""
    return v1.TaxonomyNode(
        node_id=node.id,
        parent_id=node.parent,
        title=node.title,
        description=node.description,
        examples=node.examples,
        enabled=node.enabled,
        etag=node.etag,
        origin=NODE_ORIGINS.value(node.origin),
        child_ids=node.child_ids,
        evidence=node.evidence,
        models=[_at_node(m) for m in node.models],
    )


def key_message(state: KeyState) -> v1.ApiKey:
    """What it is for; not what it is made of."""
    key = state.config
    return v1.ApiKey(
        name=key.name,
        key_id=key.id,
        tenant=key.tenant,
        roles=[ACCESS_ROLES.value(role) for role in key.roles],
        acts_for=key.acts_for,
        requests_per_second=key.limits.requests_per_second,
        concurrency=key.limits.concurrency,
        feedback_per_minute=key.limits.feedback_per_minute,
        expire_time=optional_timestamp(key.expires_at),
        create_time=optional_timestamp(key.created_at),
        rotate_time=optional_timestamp(key.rotated_at),
        previous_end_time=optional_timestamp(key.previous_until),
        etag=state.etag,
    )


def _capabilities(capabilities: Capabilities) -> v1.Capabilities | None:
    if capabilities == Capabilities():
        return None
    return v1.Capabilities(
        input_modalities=[MODALITIES.value(word) for word in capabilities.input_modalities or ()],
        tools=capabilities.tools,
        json_schema=capabilities.json_schema,
        reasoning=capabilities.reasoning,
        streaming=capabilities.streaming,
    )


def _deployment(deployment: Deployment, state: ModelState) -> v1.Deployment:
    return v1.Deployment(
        deployment=deployment.name,
        provider_model=deployment.provider_model,
        base_url=deployment.base_url,
        api_key_env=deployment.api_key_env,
        region=deployment.region,
        requests_per_minute=deployment.requests_per_minute,
        tokens_per_minute=deployment.tokens_per_minute,
        availability=state.availability.get(deployment.name),
        breaker=BREAKER_STATES.value(state.breakers.get(deployment.name)),
    )


def _preference(preference: Preference) -> v1.Preference | None:
    if preference == Preference():
        return None
    return v1.Preference(
        dial=preference.dial,
        cost_weight=preference.cost_weight,
        latency_weight=preference.latency_weight,
        max_cost_usd=preference.max_cost_usd,
        max_latency_ms=preference.max_latency_ms,
        min_quality=preference.min_quality,
    )


def _at_node(model: ModelAtNode) -> v1.ModelAtNode:
    return v1.ModelAtNode(
        model=model.model,
        quality=model.quality,
        quality_sd=model.quality_sd,
        cost_usd=model.cost_usd,
        latency_ms=model.latency_ms,
        evidence=model.evidence,
    )
