"""Decisions, what bounded them and what was done, as messages."""

from __future__ import annotations

from collections.abc import Sequence

from pointsman import v1
from pointsman_learner.actions import ActionTaken, Alternative
from pointsman_learner.types import Constraints, Decision, ModelPrediction

from pointsman_service.rpc.enums import ACTION_KINDS, STOP_REASONS, STRATEGIES


def decision_message(decision: Decision, *, predictions: bool) -> v1.Decision:
    """predictions: whether it tells what was expected of each model."""
    return v1.Decision(
        model=decision.model,
        propensity=decision.propensity,
        predictions=[_prediction(p) for p in decision.predictions] if predictions else None,
        plan=decision.plan,
        strategy=STRATEGIES.value(decision.strategy),
        node_path=decision.node_path,
        familiarity=decision.familiarity,
        cost_weight=decision.cost_weight,
        snapshot_version=decision.snapshot_version,
        feature_version=decision.feature_version,
        policy=decision.policy,
        would=decision.would,
    )


def constraints_message(constraints: Constraints, require_tags: Sequence[str]) -> v1.Constraints:
    """None stays absent."""
    return v1.Constraints(
        models=constraints.models,
        excluded=constraints.excluded,
        cost_weight=constraints.cost_weight,
        latency_weight=constraints.latency_weight,
        max_cost_usd=constraints.max_cost_usd,
        max_latency_ms=constraints.max_latency_ms,
        min_quality=constraints.min_quality,
        deadline_ms=constraints.deadline_ms,
        judges=[judge.name for judge in constraints.judges],
        sticky_model=constraints.sticky_model,
        max_steps=constraints.max_steps,
        require_tags=require_tags,
        availability=constraints.availability,
    )


def action_message(action: ActionTaken) -> v1.ActionTaken:
    """With its alternatives; none where time or money left no choice."""
    return v1.ActionTaken(
        taken=_alternative(action),
        alternatives=[_alternative(other) for other in action.alternatives] if action.forced is None else None,
        beliefs=[v1.Belief(step_index=i, quality=p) for i, p in enumerate(action.believed) if p is not None],
        forced_by=STOP_REASONS.value(action.forced),
    )


def _alternative(one: ActionTaken | Alternative) -> v1.Alternative:
    return v1.Alternative(
        kind=ACTION_KINDS.value(one.kind),
        model=one.model,
        judge=one.judge,
        step_index=one.step,
        probability=one.probability,
    )


def _prediction(prediction: ModelPrediction) -> v1.ModelPrediction:
    return v1.ModelPrediction(
        model=prediction.model,
        quality=prediction.quality,
        quality_sd=prediction.quality_sd,
        cost_usd=prediction.cost_usd,
        latency_ms=prediction.latency_ms,
        propensity=prediction.propensity,
    )
