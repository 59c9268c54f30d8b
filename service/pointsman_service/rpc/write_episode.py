"""Decisions, steps and episodes as messages."""

from __future__ import annotations

from pointsman import v1
from pointsman_learner.words import Decision, Step, Verdict

from pointsman_service.ports import StoredEpisode
from pointsman_service.rpc.write_feedback import recorded_feedback
from pointsman_service.rpc.write_time import timestamp

_STRATEGIES = {
    "taxonomy": v1.Strategy.STRATEGY_TAXONOMY,
    "learned": v1.Strategy.STRATEGY_LEARNED,
    "fused": v1.Strategy.STRATEGY_FUSED,
    "control": v1.Strategy.STRATEGY_CONTROL,
    "sticky": v1.Strategy.STRATEGY_STICKY,
    "static": v1.Strategy.STRATEGY_STATIC,
}
_STOPS = {
    "utility": v1.StopReason.STOP_REASON_UTILITY,
    "deadline": v1.StopReason.STOP_REASON_DEADLINE,
    "cost_ceiling": v1.StopReason.STOP_REASON_COST_CEILING,
    "max_steps": v1.StopReason.STOP_REASON_MAX_STEPS,
    "route_only": v1.StopReason.STOP_REASON_ROUTE_ONLY,
    "failed": v1.StopReason.STOP_REASON_FAILED,
}


def stop_reason(stop: str) -> v1.StopReason:
    """Unspecified for one that the contract does not name yet."""
    return _STOPS.get(stop, v1.StopReason.STOP_REASON_UNSPECIFIED)


def decision_message(decision: Decision) -> v1.Decision:
    """With every prediction."""
    return v1.Decision(
        model=decision.model,
        propensity=decision.propensity,
        predictions=[
            v1.ModelPrediction(
                model=p.model,
                quality=p.quality,
                quality_sd=p.quality_sd,
                cost_usd=p.cost_usd,
                latency_ms=p.latency_ms,
                propensity=p.propensity,
            )
            for p in decision.predictions
        ],
        plan=decision.plan,
        strategy=_STRATEGIES.get(decision.strategy, v1.Strategy.STRATEGY_UNSPECIFIED),
        node_path=decision.node_path,
        familiarity=decision.familiarity,
        cost_weight=decision.cost_weight,
        snapshot_version=decision.snapshot_version,
        feature_version=decision.feature_version,
        policy=decision.policy,
    )


def verdict_message(verdict: Verdict) -> v1.Verdict:
    """None stays absent."""
    return v1.Verdict(
        judge=verdict.judge,
        score=verdict.score,
        cost_usd=verdict.cost_usd,
        latency_ms=verdict.latency_ms,
        key=verdict.key,
        error=verdict.error,
    )


def step_message(step: Step, answer_text: str | None = None) -> v1.Step:
    """With its verdicts; answer_text where it was stored."""
    return v1.Step(
        model=step.model,
        propensity=step.propensity,
        input_tokens=step.input_tokens,
        output_tokens=step.output_tokens,
        cost_usd=step.cost_usd,
        latency_ms=step.latency_ms,
        verdicts=[verdict_message(v) for v in step.verdicts],
        error=step.error,
        answer_text=answer_text,
    )


def episode_message(stored: StoredEpisode) -> v1.Episode:
    """All that the log has of it."""
    episode = stored.episode
    texts = (*stored.answer_texts, *[None] * len(episode.steps))
    return v1.Episode(
        episode_id=episode.episode_id,
        tenant=episode.tenant,
        created_at=timestamp(episode.at),
        request_id=episode.request_id,
        session_id=episode.session_id,
        prompt=stored.prompt,
        decision=decision_message(episode.decision),
        steps=[step_message(step, text) for step, text in zip(episode.steps, texts, strict=False)],
        answer_step=episode.answer,
        stop=stop_reason(episode.stop),
        believed_quality=episode.believed,
        cost_usd=episode.cost_usd,
        feedback=[recorded_feedback(f) for f in stored.feedback],
        log_position=stored.position,
    )
