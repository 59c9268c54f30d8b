"""Statistics and estimates as messages; what nobody can say stays absent."""

from __future__ import annotations

import math

from pointsman import v1

from pointsman_service.domain.operations import (
    Bounds,
    Estimate,
    Foreseen,
    Group,
    JudgeTally,
    Observed,
    Saved,
    Savings,
    ShadowTally,
    Stats,
    Tally,
    WhatIf,
)
from pointsman_service.rpc.enums import ESTIMATORS, QUANTITIES
from pointsman_service.rpc.write_time import timestamp


def stats_response(stats: Stats, group: Group, next_page_token: str) -> v1.GetStatsResponse:
    """The total, and a page of groups. A bucket of time is named by its start (RFC 3339)."""
    groups = [_tally(tally) for tally in stats.groups.items]
    if group == "time":
        for tally in groups:
            tally.key = timestamp(float(tally.key)).ToJsonString()
    observed = None if stats.observed is None else _observed(stats.observed)
    shadows = None if stats.shadows is None else _shadows(stats.shadows)
    return v1.GetStatsResponse(
        total=_tally(stats.total), groups=groups, next_page_token=next_page_token, observed=observed, shadows=shadows
    )


def _shadows(tally: ShadowTally) -> v1.ShadowTally:
    return v1.ShadowTally(call_count=tally.calls, failed_call_count=tally.failed, cost_usd=tally.cost_usd)


def _observed(observed: Observed) -> v1.Observed:
    return v1.Observed(
        episode_count=observed.episodes,
        own=_foreseen(observed.own),
        would=_foreseen(observed.would),
        most_usd=observed.most_usd,
        calls=[v1.ObservedCalls(own_model=o, would_model=w, episode_count=n) for o, w, n in observed.calls],
    )


def _foreseen(foreseen: Foreseen) -> v1.Foreseen:
    return v1.Foreseen(cost_usd=foreseen.cost_usd, quality=foreseen.quality)


def judge_message(tally: JudgeTally) -> v1.JudgeTally:
    """One judge, in all or at a node."""
    return v1.JudgeTally(
        judge=tally.judge,
        node_id=tally.node,
        verdict_count=tally.verdicts,
        scored_count=tally.scored,
        mean_score=tally.mean_score,
        cost_usd=tally.cost_usd,
        compared_count=tally.compared,
        agreement=tally.agreement,
        error=tally.error,
        calibration_error=tally.calibration_error,
        correlation=tally.correlation,
        failures=[v1.JudgeFailure(reason=reason, count=count) for reason, count in tally.failures],
    )


def what_if_response(what_if: WhatIf) -> v1.WhatIfResponse:
    """All estimates."""
    return v1.WhatIfResponse(
        episode_count=what_if.episodes,
        effective_episode_count=what_if.effective_episodes,
        estimates=[_estimate(e) for e in what_if.estimates],
        rated_count=what_if.rated,
        support=what_if.support,
        missing=what_if.why,
    )


def savings_response(savings: Savings) -> v1.GetSavingsResponse:
    """All and the groups."""
    return v1.GetSavingsResponse(
        against=savings.against, total=_saved(savings.total), groups=[_saved(group) for group in savings.groups]
    )


def _saved(saved: Saved) -> v1.Saved:
    return v1.Saved(
        key=saved.key,
        summary=saved.summary,
        episode_count=saved.episodes,
        rated_count=saved.rated,
        spent_usd=saved.spent_usd,
        other_usd=_bounds(saved.other_usd),
        saved_usd=_bounds(saved.saved_usd),
        quality=_bounds(saved.quality),
        other_quality=_bounds(saved.other_quality),
        quality_gain=_bounds(saved.quality_gain),
        support=saved.support,
        missing=saved.why,
    )


def _bounds(bounds: Bounds | None) -> v1.Bounds | None:
    return None if bounds is None else v1.Bounds(mean=bounds.mean, low=bounds.low, high=bounds.high)


def _tally(tally: Tally) -> v1.Tally:
    return v1.Tally(
        key=tally.key,
        episode_count=tally.episodes,
        share=tally.share,
        rewarded_count=tally.rewarded,
        quality=tally.quality,
        call_count=tally.calls,
        failed_call_count=tally.failed_calls,
        cost_usd=tally.cost_usd,
        latency_ms=tally.latency_ms,
        escalated_count=tally.escalated,
    )


def _estimate(estimate: Estimate) -> v1.Estimate:
    return v1.Estimate(
        quantity=QUANTITIES.value(estimate.quantity),
        estimator=ESTIMATORS.value(estimate.estimator),
        mean=estimate.mean,
        low=estimate.low if math.isfinite(estimate.low) else None,
        high=estimate.high if math.isfinite(estimate.high) else None,
    )
