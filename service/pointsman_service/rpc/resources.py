"""The kinds of resources that operators change: for each, its fields and how they are read."""

from __future__ import annotations

from pointsman_service.rpc import read_fields as fields
from pointsman_service.rpc.changes import Changeable
from pointsman_service.rpc.validation import Violations

MODEL = Changeable(
    name="model",
    identity="model",
    check_name=Violations.name,
    fields={
        "adapter": fields.read_adapter,
        "provider_model": fields.read_identifier,
        "base_url": fields.read_base_url,
        "api_key_env": fields.read_identifier,
        "input_usd_per_million": fields.read_amount,
        "output_usd_per_million": fields.read_amount,
        "enabled": fields.read_flag,
        "params_json": fields.read_params,
        "cost_source": fields.read_cost_source,
        "capabilities.input_modalities": fields.read_modalities,
        "capabilities.tools": fields.read_flag,
        "capabilities.json_schema": fields.read_flag,
        "capabilities.reasoning": fields.read_flag,
        "capabilities.streaming": fields.read_flag,
        "context_window": fields.read_count,
        "tags": fields.read_tags,
        "deployments": fields.read_deployments,
        "without_params": fields.read_names,
        "connect_timeout_s": fields.read_above_zero,
        "first_token_timeout_s": fields.read_above_zero,
        "answer_timeout_s": fields.read_above_zero,
        "unpriced": fields.read_flag,
        "cached_input_usd_per_million": fields.read_amount,
        "max_output_tokens": fields.read_count,
        "expected_quality": fields.read_share,
    },
    keys={"params_json": "params"},
    shown=frozenset({"etag", "availability", "breaker", "deployments.availability", "deployments.breaker"}),
)
TENANT = Changeable(
    name="tenant",
    identity="tenant",
    check_name=Violations.tenant,
    fields={
        "enabled": fields.read_flag,
        "usd_per_thousand": fields.read_above_zero,
        "ceiling_usd": fields.read_amount,
        "period_s": fields.read_above_zero,
        "preference.dial": fields.read_share,
        "preference.cost_weight": fields.read_amount,
        "preference.latency_weight": fields.read_amount,
        "preference.max_cost_usd": fields.read_above_zero,
        "preference.max_latency_ms": fields.read_above_zero,
        "preference.min_quality": fields.read_share,
        "models": fields.read_names,
        "require_tags": fields.read_tags,
        "baseline": fields.read_identifier,
        "hedge": fields.read_flag,
        "alpha": fields.read_share,
        "mode": fields.read_tenant_mode,
        "requests_per_second": fields.read_above_zero,
        "concurrency": fields.read_count,
        "feedback_per_minute": fields.read_above_zero,
    },
    shown=frozenset({"etag", "spent_usd", "period_end_time", "paced_cost_weight", "guarantee"}),
    rivals={
        "preference.dial": "preference.cost_weight",
        "preference.cost_weight": "preference.dial",
    },
)
NODE = Changeable(
    name="node",
    identity="node_id",
    check_name=Violations.node_id,
    fields={
        "parent_id": fields.read_identifier,
        "title": fields.read_text,
        "description": fields.read_text,
        "examples": fields.read_texts,
        "enabled": fields.read_flag,
    },
    keys={"parent_id": "parent"},
    shown=frozenset({"etag", "origin", "child_ids", "evidence", "models"}),
)
API_KEY = Changeable(
    name="api_key",
    identity="name",
    check_name=Violations.name,
    fields={
        "tenant": fields.read_identifier,
        "roles": fields.read_roles,
        "acts_for": fields.read_names,
        "requests_per_second": fields.read_above_zero,
        "concurrency": fields.read_count,
        "feedback_per_minute": fields.read_above_zero,
        "expire_time": fields.read_time,
    },
    keys={"expire_time": "expires"},
    shown=frozenset({"etag", "key_id", "create_time", "rotate_time", "previous_end_time"}),
)
