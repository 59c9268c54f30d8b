"""Episodes as messages: whole, explained, and in a line of a list."""

from __future__ import annotations

from pointsman import v1
from pointsman_learner.events import OutcomeReported

from pointsman_service.domain import Usage
from pointsman_service.domain.operations import EpisodeSummary
from pointsman_service.ports import Explanation, StoredEpisode
from pointsman_service.rpc.enums import STOP_REASONS, STRATEGIES
from pointsman_service.rpc.episode_costs import cost_of, costs_by_model
from pointsman_service.rpc.write_chat import usage_message
from pointsman_service.rpc.write_decision import action_message, constraints_message, decision_message
from pointsman_service.rpc.write_feedback import recorded_feedback
from pointsman_service.rpc.write_steps import failure_message, step_message, verdict_message
from pointsman_service.rpc.write_time import timestamp


def episode_message(stored: StoredEpisode, *, whole: bool = False) -> v1.Episode:
    """All that the log has of it. whole: with the operator's words, as to one with the role admin."""
    episode = stored.episode
    texts = (*stored.answer_texts, *[None] * len(episode.steps))
    return v1.Episode(
        episode_id=episode.episode_id,
        tenant=episode.tenant,
        create_time=timestamp(episode.at),
        request_id=episode.request_id,
        session_id=episode.session_id,
        end_user_id=stored.end_user_id,
        prompt=stored.prompt,
        labels=stored.labels,
        decision=decision_message(episode.decision, predictions=True),
        constraints=constraints_message(episode.constraints, episode.require_tags),
        steps=[step_message(step, text, whole=whole) for step, text in zip(episode.steps, texts, strict=False)],
        actions=[action_message(action) for action in episode.actions],
        answer_step=episode.answer,
        stop_reason=STOP_REASONS.value(episode.stop),
        believed_quality=episode.believed,
        cost_usd=cost_of(stored),
        latency_ms=episode.latency_ms,
        costs=[v1.ModelCost(model=c.model, call_count=c.calls, cost_usd=c.cost_usd) for c in costs_by_model(stored)],
        outcomes=[_outcome(outcome) for outcome in stored.outcomes],
        feedback=[recorded_feedback(f) for f in stored.feedback],
        log_position=stored.position,
        client=episode.client,
    )


def explanation_response(explanation: Explanation, *, whole: bool = False) -> v1.ExplainEpisodeResponse:
    """The episode, and why. whole: as in `episode_message`."""
    return v1.ExplainEpisodeResponse(
        episode=episode_message(explanation.stored, whole=whole),
        summary=explanation.summary,
        moves=[
            v1.BeliefMove(step_index=move.index, judge=move.judge, quality_before=move.before, quality_after=move.after)
            for move in explanation.moves
        ],
        moves_snapshot_version=explanation.moves_snapshot_version,
    )


def summary_message(summary: EpisodeSummary) -> v1.EpisodeSummary:
    """None stays absent."""
    return v1.EpisodeSummary(
        episode_id=summary.episode_id,
        tenant=summary.tenant,
        create_time=timestamp(summary.at),
        model=summary.model,
        models_called=summary.models_called,
        node_id=summary.node,
        strategy=STRATEGIES.value(summary.strategy),
        stop_reason=STOP_REASONS.value(summary.stop),
        believed_quality=summary.believed,
        cost_usd=summary.cost_usd,
        latency_ms=summary.latency_ms,
        feedback=summary.feedback,
        request_id=summary.request_id,
        session_id=summary.session_id,
        prompt=summary.prompt,
        comment=summary.comment,
    )


def _outcome(outcome: OutcomeReported) -> v1.ReportedOutcome:
    usage = Usage(outcome.input_tokens, outcome.cached_input_tokens, outcome.output_tokens, outcome.reasoning_tokens)
    return v1.ReportedOutcome(
        request_id=outcome.request_id or "",
        model=outcome.model,
        usage=usage_message(usage),
        cost_usd=outcome.cost_usd,
        latency_ms=outcome.latency_ms,
        verdicts=[verdict_message(v, whole=True) for v in outcome.verdicts],  # callers' own words
        failure=failure_message(outcome.failure_kind, outcome.error, whole=True),
        record_time=timestamp(outcome.at),
        client=outcome.client,
    )
