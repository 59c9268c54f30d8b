"""What the router answers, as messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pointsman import v1

from pointsman_service.domain.requests import (
    AnswerAccepted,
    AnswerChunk,
    Completed,
    OutcomeReceipt,
    Routed,
    StepFinished,
    StepStarted,
    StreamItem,
    TraceEvent,
)
from pointsman_service.rpc.write_episode import decision_message, step_message, stop_reason, verdict_message


def route_response(routed: Routed, snapshot_version: int) -> v1.RouteResponse:
    """The decision."""
    return v1.RouteResponse(
        episode_id=routed.episode_id,
        decision=decision_message(routed.decision),
        replayed=routed.replayed,
        snapshot_version=snapshot_version,
    )


def complete_response(done: Completed, snapshot_version: int) -> v1.CompleteResponse:
    """The answer with its trace."""
    return v1.CompleteResponse(
        episode_id=done.episode_id,
        answer=v1.Answer(
            model=done.model,
            text=done.text,
            tool_calls=[_tool_call(call) for call in done.tool_calls],
            finish_reason=done.finish_reason,
        ),
        decision=decision_message(done.decision),
        steps=[step_message(step) for step in done.steps],
        answer_step=done.answer,
        stop=stop_reason(done.stop),
        cut_short=done.cut_short,
        believed_quality=done.believed,
        cost_usd=done.cost_usd,
        latency_ms=done.latency_ms,
        replayed=done.replayed,
        snapshot_version=snapshot_version,
    )


def stream_response(item: StreamItem, snapshot_version: int) -> v1.StreamCompleteResponse:
    """One message of the stream."""
    if isinstance(item, AnswerChunk):
        return v1.StreamCompleteResponse(chunk=v1.AnswerChunk(text=item.text))
    if isinstance(item, Completed):
        return v1.StreamCompleteResponse(summary=complete_response(item, snapshot_version))
    return v1.StreamCompleteResponse(trace=_trace_event(item))


def outcome_response(receipt: OutcomeReceipt, snapshot_version: int) -> v1.ReportOutcomeResponse:
    """That the outcome is in the log."""
    return v1.ReportOutcomeResponse(
        episode_id=receipt.episode_id,
        model=receipt.model,
        cost_usd=receipt.cost_usd,
        log_position=receipt.position,
        snapshot_version=snapshot_version,
    )


def _trace_event(event: TraceEvent) -> v1.TraceEvent:
    if isinstance(event, Routed):
        decided = v1.RouteDecided(episode_id=event.episode_id, decision=decision_message(event.decision))
        return v1.TraceEvent(decided=decided)
    if isinstance(event, StepStarted):
        started = v1.StepStarted(index=event.index, model=event.model, propensity=event.propensity)
        return v1.TraceEvent(step_started=started)
    if isinstance(event, StepFinished):
        return v1.TraceEvent(step_finished=v1.StepFinished(index=event.index, step=step_message(event.step)))
    if isinstance(event, AnswerAccepted):
        accepted = v1.AnswerAccepted(index=event.index, stop=stop_reason(event.stop), believed_quality=event.believed)
        return v1.TraceEvent(answer_accepted=accepted)
    return v1.TraceEvent(verdict_given=v1.VerdictGiven(index=event.index, verdict=verdict_message(event.verdict)))


def _tool_call(call: Mapping[str, Any]) -> v1.ToolCall:
    # Models write these; what is missing stays empty.
    function = call.get("function") or {}
    return v1.ToolCall(
        id=call.get("id") or "",
        name=function.get("name") or "",
        arguments_json=function.get("arguments") or "",
    )
