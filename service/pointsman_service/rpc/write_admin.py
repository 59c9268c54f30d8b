"""What operators look at, as messages."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pointsman import v1

from pointsman_service.domain import ModelConfig
from pointsman_service.domain.operations import (
    Budget,
    Estimate,
    JobInfo,
    JudgeStats,
    JudgeTally,
    Stats,
    Tally,
    TaxonomyNode,
    WhatIf,
)
from pointsman_service.ports import SnapshotRecord
from pointsman_service.rpc.write_time import optional_timestamp, timestamp

_OUTCOMES = {
    "changed": v1.JobOutcome.JOB_OUTCOME_CHANGED,
    "unchanged": v1.JobOutcome.JOB_OUTCOME_UNCHANGED,
    "failed": v1.JobOutcome.JOB_OUTCOME_FAILED,
}
_QUANTITIES = {
    "quality": v1.Quantity.QUANTITY_QUALITY,
    "cost_usd": v1.Quantity.QUANTITY_COST_USD,
    "utility": v1.Quantity.QUANTITY_UTILITY,
}


def model_message(model: ModelConfig) -> v1.Model:
    """Its whole configuration."""
    return v1.Model(
        name=model.name,
        adapter=model.adapter,
        provider_model=model.provider_model,
        base_url=model.base_url,
        api_key_env=model.api_key_env,
        input_usd_per_1m=model.input_usd_per_1m,
        output_usd_per_1m=model.output_usd_per_1m,
        enabled=model.enabled,
        params_json=json.dumps(dict(model.params)) if model.params else None,
    )


def tree_messages(nodes: Sequence[TaxonomyNode]) -> list[v1.TaxonomyNode]:
    """Every node with the ids of its children, in the order given."""
    children: dict[str, list[str]] = {}
    for node in nodes:
        if node.parent is not None:
            children.setdefault(node.parent, []).append(node.id)
    return [node_message(node, children.get(node.id, ())) for node in nodes]


def node_message(node: TaxonomyNode, child_ids: Sequence[str] = ()) -> v1.TaxonomyNode:
    """With its statistics per model, where the node has them."""
    return v1.TaxonomyNode(
        id=node.id,
        parent_id=node.parent,
        title=node.title,
        description=node.description,
        examples=node.examples,
        child_ids=child_ids,
        evidence=node.evidence,
        origin=node.origin,
        models=[
            v1.ModelAtNode(
                model=m.model,
                quality=m.quality,
                quality_sd=m.quality_sd,
                cost_usd=m.cost_usd,
                latency_ms=m.latency_ms,
                evidence=m.evidence,
            )
            for m in node.models
        ],
    )


def snapshot_message(record: SnapshotRecord) -> v1.Snapshot:
    """What is known of it, not its bytes."""
    return v1.Snapshot(
        version=record.version,
        log_position=record.position,
        created_at=timestamp(record.created_at),
        checksum=record.checksum,
        size_bytes=record.size_bytes,
        active=record.active,
        note=record.note,
    )


def job_message(job: JobInfo) -> v1.Job:
    """With its last run, if any."""
    return v1.Job(
        name=job.name,
        interval_s=job.interval_s,
        next_run_at=optional_timestamp(job.next_run_at),
        started_at=optional_timestamp(job.started_at),
        ended_at=optional_timestamp(job.ended_at),
        outcome=_OUTCOMES.get(job.outcome or "", v1.JobOutcome.JOB_OUTCOME_UNSPECIFIED),
        detail_json=json.dumps(dict(job.detail)),
    )


def stats_response(stats: Stats, snapshot_version: int) -> v1.GetStatsResponse:
    """All tallies."""
    return v1.GetStatsResponse(
        total=_tally(stats.total, key="total"),
        per_model=[_tally(t) for t in stats.per_model],
        per_node=[_tally(t) for t in stats.per_node],
        over_time=[_tally(t, key=timestamp(float(t.key)).ToJsonString()) for t in stats.over_time],
        snapshot_version=snapshot_version,
    )


def judge_stats_response(stats: JudgeStats, snapshot_version: int) -> v1.GetJudgeStatsResponse:
    """All judges."""
    return v1.GetJudgeStatsResponse(
        total=[_judge(t) for t in stats.total],
        per_node=[_judge(t) for t in stats.per_node],
        snapshot_version=snapshot_version,
    )


def what_if_response(what_if: WhatIf, snapshot_version: int) -> v1.WhatIfResponse:
    """All estimates."""
    return v1.WhatIfResponse(
        episodes=what_if.episodes,
        effective_episodes=what_if.effective_episodes,
        estimates=[_estimate(e) for e in what_if.estimates],
        snapshot_version=snapshot_version,
    )


def budget_message(budget: Budget) -> v1.Budget:
    """Limits and what is spent."""
    return v1.Budget(
        tenant=budget.tenant,
        usd_per_1k=budget.usd_per_1k,
        ceiling_usd=budget.ceiling_usd,
        period_s=budget.period_s,
        spent_usd=budget.spent_usd,
        cost_weight=budget.cost_weight,
    )


def _tally(tally: Tally, key: str | None = None) -> v1.Tally:
    return v1.Tally(
        key=key or tally.key,
        episodes=tally.episodes,
        share=tally.share,
        rewarded=tally.rewarded,
        quality=tally.quality,
        cost_usd=tally.cost_usd,
        latency_ms=tally.latency_ms,
        errors=tally.errors,
        escalated=tally.escalated,
    )


def _judge(tally: JudgeTally) -> v1.JudgeTally:
    return v1.JudgeTally(
        judge=tally.judge,
        node_id=tally.node,
        verdicts=tally.verdicts,
        scored=tally.scored,
        mean_score=tally.mean_score,
        cost_usd=tally.cost_usd,
        compared=tally.compared,
        agreement=tally.agreement,
        error=tally.error,
        calibration_error=tally.calibration_error,
        correlation=tally.correlation,
    )


def _estimate(estimate: Estimate) -> v1.Estimate:
    return v1.Estimate(
        quantity=_QUANTITIES[estimate.quantity],
        estimator=estimate.estimator,
        mean=estimate.mean,
        low=estimate.low,
        high=estimate.high,
    )
