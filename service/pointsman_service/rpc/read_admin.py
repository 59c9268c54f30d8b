"""Operators' requests, checked and as values. Each reader raises InvalidRequest with every violation."""

from __future__ import annotations

from pointsman import v1
from pointsman_learner.verdicts import AGREEMENT
from pointsman_learner.words import KnownOutcome

from pointsman_service.domain import ModelConfig
from pointsman_service.domain.operations import Budget, KnownQuery, StatsQuery, TaxonomyNode, WhatIfQuery
from pointsman_service.rpc.caller import checked_tenant
from pointsman_service.rpc.read_query import read_hints
from pointsman_service.rpc.validation import DEAREST_USD, MAX_NAME, MOST, Limits, Violations
from pointsman_service.rpc.write_time import seconds

_ADAPTERS = ("openai", "litellm")
_DAY_S = 86_400.0
_MAX_SNAPSHOTS = 1_000
_MAX_BUCKETS_HINT_S = 1.0
_MAX_KNOWN_QUERIES = 100
_PRICES = ("input_usd_per_1m", "output_usd_per_1m")


def read_name(field: str, name: str) -> str:
    """A name or id that the request must give."""
    wrong = Violations()
    wrong.identifier(field, name, MAX_NAME)
    wrong.raise_if_any()
    return name


def read_version(version: int) -> int:
    """A snapshot version."""
    wrong = Violations()
    wrong.between("version", version, 1)
    wrong.raise_if_any()
    return version


def read_limit(request: v1.ListSnapshotsRequest) -> int:
    """How many snapshots to list."""
    limit = request.limit if request.HasField("limit") else 100
    wrong = Violations()
    wrong.between("limit", limit, 1, _MAX_SNAPSHOTS)
    wrong.raise_if_any()
    return limit


def read_model(model: v1.Model, limits: Limits) -> ModelConfig:
    """A model's configuration."""
    wrong = Violations()
    wrong.identifier("model.name", model.name, MAX_NAME)
    if model.adapter not in _ADAPTERS:
        wrong.add("model.adapter", f'must be one of {", ".join(_ADAPTERS)}; it is "{model.adapter[:MAX_NAME]}"')
    for field in _PRICES:
        if model.HasField(field):
            wrong.between(f"model.{field}", getattr(model, field), 0.0)
    params = wrong.json_object("model.params_json", model.params_json, limits.json_chars) if model.params_json else {}
    provider_model, key_env = (
        wrong.optional_identifier(f"model.{field}", getattr(model, field), model.HasField(field), MAX_NAME)
        for field in ("provider_model", "api_key_env")
    )
    read = ModelConfig(
        name=model.name,
        adapter=model.adapter,
        provider_model=provider_model or model.name,
        base_url=_base_url(model, wrong),
        api_key_env=key_env,
        input_usd_per_1m=model.input_usd_per_1m if model.HasField("input_usd_per_1m") else None,
        output_usd_per_1m=model.output_usd_per_1m if model.HasField("output_usd_per_1m") else None,
        enabled=model.enabled if model.HasField("enabled") else True,
        params=params,
    )
    if key_env and not key_env.replace("_", "").isalnum():
        wrong.add("model.api_key_env", "must be the name of an environment variable, never the key itself")
    wrong.raise_if_any()
    return read


def read_node(node: v1.TaxonomyNode, limits: Limits) -> TaxonomyNode:
    """A taxonomy node to put."""
    wrong = Violations()
    wrong.identifier("node.id", node.id, MAX_NAME)
    wrong.identifier("node.title", node.title, MAX_NAME)
    if not node.description and not node.examples:
        wrong.add("node.description", "must say what its queries have in common, unless it has examples")
    wrong.text("node.description", node.description, limits.text_chars)
    wrong.at_most("node.examples", len(node.examples), limits.batch)
    for i, example in enumerate(node.examples):
        wrong.text(f"node.examples[{i}]", example, limits.text_chars)
    parent = wrong.optional_identifier("node.parent_id", node.parent_id, node.HasField("parent_id"), MAX_NAME)
    if parent is not None and parent == node.id:
        wrong.add("node.parent_id", "must be another node")
    wrong.raise_if_any()
    return TaxonomyNode(node.id, parent, node.title, node.description, tuple(node.examples))


def read_stats(request: v1.GetStatsRequest) -> StatsQuery:
    """What to count."""
    wrong = Violations()
    tenant, since, until = _filter(request.filter, wrong)
    bucket_s = request.bucket_s if request.HasField("bucket_s") else None
    if bucket_s is not None:
        wrong.between("bucket_s", bucket_s, _MAX_BUCKETS_HINT_S)
    wrong.raise_if_any()
    return StatsQuery(tenant, since, until, bucket_s)


def read_judge_stats(request: v1.GetJudgeStatsRequest) -> StatsQuery:
    """Which episodes' verdicts to count."""
    wrong = Violations()
    tenant, since, until = _filter(request.filter, wrong)
    wrong.raise_if_any()
    return StatsQuery(tenant, since, until)


def read_what_if(request: v1.WhatIfRequest) -> WhatIfQuery:
    """What to estimate."""
    wrong = Violations()
    change = request.WhichOneof("change")
    if change is None:
        wrong.add("change", "must be one of cost_weight, policy")
    elif change == "cost_weight":
        wrong.between("cost_weight", request.cost_weight, 0.0)
    else:
        wrong.identifier("policy", request.policy, MAX_NAME)
    confidence = request.confidence if request.HasField("confidence") else 0.95
    if not 0.0 < confidence < 1.0:
        wrong.add("confidence", f"must be between 0 and 1, both excluded; it is {confidence:g}")
    tenant, since, until = _filter(request.filter, wrong)
    wrong.raise_if_any()
    return WhatIfQuery(
        cost_weight=request.cost_weight if change == "cost_weight" else None,
        policy=request.policy if change == "policy" else None,
        tenant=tenant,
        since=since,
        until=until,
        confidence=confidence,
    )


def read_budget(budget: v1.Budget) -> Budget:
    """A budget to set."""
    wrong = Violations()
    if budget.HasField("usd_per_1k"):
        wrong.above_zero("budget.usd_per_1k", budget.usd_per_1k)
    if budget.HasField("ceiling_usd"):
        wrong.between("budget.ceiling_usd", budget.ceiling_usd, 0.0)
    if budget.HasField("period_s"):
        wrong.above_zero("budget.period_s", budget.period_s)
    wrong.raise_if_any()
    return Budget(
        tenant=checked_tenant("budget.tenant", budget.tenant),
        usd_per_1k=budget.usd_per_1k if budget.HasField("usd_per_1k") else None,
        ceiling_usd=budget.ceiling_usd if budget.HasField("ceiling_usd") else None,
        period_s=budget.period_s if budget.HasField("period_s") else _DAY_S,
    )


def read_warm_start(request: v1.WarmStartRequest, limits: Limits) -> tuple[str, tuple[KnownQuery, ...]]:
    """The batch's id, and what is known."""
    wrong = Violations()
    wrong.identifier("batch_id", request.batch_id)
    if not request.queries:
        wrong.add("queries", "must hold at least one query")
    wrong.at_most("queries", len(request.queries), _MAX_KNOWN_QUERIES)
    wrong.raise_if_any()
    queries = tuple(_known_query(f"queries[{i}]", q, limits, wrong) for i, q in enumerate(request.queries))
    wrong.raise_if_any()
    return request.batch_id, queries


def _known_query(path: str, query: v1.KnownQuery, limits: Limits, wrong: Violations) -> KnownQuery:
    if not query.prompt or query.prompt.isspace():
        wrong.add(f"{path}.prompt", "must not be empty")
    wrong.text(f"{path}.prompt", query.prompt, limits.text_chars)
    if not query.outcomes:
        wrong.add(f"{path}.outcomes", "must hold at least one outcome")
    wrong.names(f"{path}.outcomes.model", (o.model for o in query.outcomes), limits.models)
    outcomes = tuple(_known_outcome(f"{path}.outcomes[{i}]", o, limits, wrong) for i, o in enumerate(query.outcomes))
    return KnownQuery(query.prompt, outcomes, read_hints(f"{path}.hints", query.hints, wrong))


def _known_outcome(path: str, outcome: v1.KnownOutcome, limits: Limits, wrong: Violations) -> KnownOutcome:
    if outcome.HasField("quality"):
        wrong.between(f"{path}.quality", outcome.quality, 0.0, 1.0)
    else:
        wrong.add(f"{path}.quality", "must be given")
    wrong.above_zero(f"{path}.weight", outcome.weight, 1.0)
    cost_usd, latency_ms = (
        getattr(outcome, field) if outcome.HasField(field) else None for field in ("cost_usd", "latency_ms")
    )
    if cost_usd is not None:
        wrong.between(f"{path}.cost_usd", cost_usd, 0.0, DEAREST_USD)
    if latency_ms is not None:
        wrong.between(f"{path}.latency_ms", latency_ms, 0.0, MOST)
    wrong.at_most(f"{path}.judge_scores", len(outcome.judge_scores), limits.labels)
    if AGREEMENT in outcome.judge_scores:
        wrong.add(f"{path}.judge_scores", f'must not hold "{AGREEMENT}", which compares answers and has no score')
    for judge, score in outcome.judge_scores.items():
        wrong.identifier(f"{path}.judge_scores key", judge, MAX_NAME)
        wrong.between(f'{path}.judge_scores["{judge[:MAX_NAME]}"]', score, 0.0, 1.0)
    return KnownOutcome(
        outcome.model, outcome.quality, outcome.weight, cost_usd, latency_ms, dict(outcome.judge_scores)
    )


def _base_url(model: v1.Model, wrong: Violations) -> str | None:
    url: str | None = model.base_url if model.HasField("base_url") else None
    if url is not None and not url.startswith(("http://", "https://")):
        wrong.add("model.base_url", 'must begin with "http://" or "https://"')
    if url is None and model.adapter == "openai":
        wrong.add("model.base_url", 'must be given for adapter "openai"')
    return url


def _filter(given: v1.EpisodeFilter, wrong: Violations) -> tuple[str | None, float | None, float | None]:
    tenant = checked_tenant("filter.tenant", given.tenant) if given.HasField("tenant") else None
    since = seconds(given.since) if given.HasField("since") else None
    until = seconds(given.until) if given.HasField("until") else None
    if since is not None and until is not None and since >= until:
        wrong.add("filter.until", "must be later than filter.since")
    return tenant, since, until
