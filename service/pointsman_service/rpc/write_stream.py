"""What a stream tells, item by item, as messages."""

from __future__ import annotations

from pointsman import v1

from pointsman_service.domain.requests import (
    AnswerAccepted,
    AnswerEnded,
    AnswerPiece,
    Completed,
    Progress,
    ReasoningPiece,
    Retraction,
    Routed,
    StepFinished,
    StepStarted,
    StreamBegun,
    StreamItem,
    TextPiece,
    ToolCallPiece,
    TraceEvent,
)
from pointsman_service.rpc.enums import FINISH_REASONS, STOP_REASONS
from pointsman_service.rpc.write_chat import usage_message
from pointsman_service.rpc.write_decision import decision_message
from pointsman_service.rpc.write_router import complete_response
from pointsman_service.rpc.write_steps import step_message, verdict_message

Mark = StreamBegun | AnswerEnded | Retraction | Progress | Completed
_Message = v1.StreamCompleteResponse


def stream_response(item: StreamItem, *, trace: bool, predictions: bool) -> v1.StreamCompleteResponse | None:
    """One message of the stream, None for an event of a trace that nobody asked for."""
    if isinstance(item, TraceEvent):
        return _Message(trace=_event(item, predictions=predictions)) if trace else None
    return _piece(item) if isinstance(item, AnswerPiece) else _mark(item, predictions=predictions)


def _piece(item: AnswerPiece) -> v1.StreamCompleteResponse:
    match item:
        case TextPiece():
            return _Message(text=v1.TextPiece(text=item.text, step_index=item.index))
        case ReasoningPiece():
            return _Message(reasoning=v1.ReasoningPiece(text=item.text, step_index=item.index))
        case ToolCallPiece():
            return _Message(tool_call=_tool_call(item))


def _mark(item: Mark, *, predictions: bool) -> v1.StreamCompleteResponse:
    match item:
        case Progress():
            progress = v1.Progress(elapsed_ms=item.elapsed_ms, step_index=item.index, model=item.model)
            return _Message(progress=progress)
        case Retraction():
            return _Message(retraction=v1.Retraction(step_index=item.index, reason=item.reason))
        case AnswerEnded():
            return _Message(ended=_ended(item))
        case StreamBegun():
            return _Message(begun=v1.StreamBegun(episode_id=item.episode_id, replayed=item.replayed))
        case Completed():
            return _Message(summary=complete_response(item, predictions=predictions))


def _tool_call(piece: ToolCallPiece) -> v1.ToolCallPiece:
    return v1.ToolCallPiece(
        index=piece.call,
        tool_call_id=piece.id,
        function=piece.function,
        arguments_json=piece.arguments,
        step_index=piece.index,
    )


def _ended(item: AnswerEnded) -> v1.AnswerEnded:
    return v1.AnswerEnded(
        step_index=item.index,
        finish_reason=FINISH_REASONS.value(item.finish_reason),
        usage=usage_message(item.usage),
    )


def _event(event: TraceEvent, *, predictions: bool) -> v1.TraceEvent:
    match event:
        case Routed():
            decision = decision_message(event.decision, predictions=predictions)
            return v1.TraceEvent(decided=v1.RouteDecided(decision=decision))
        case StepStarted():
            started = v1.StepStarted(step_index=event.index, model=event.model, propensity=event.propensity)
            return v1.TraceEvent(step_started=started)
        case StepFinished():
            finished = v1.StepFinished(step_index=event.index, step=step_message(event.step))
            return v1.TraceEvent(step_finished=finished)
        case AnswerAccepted():
            return v1.TraceEvent(answer_accepted=_accepted(event))
        case _:
            given = v1.VerdictGiven(step_index=event.index, verdict=verdict_message(event.verdict))
            return v1.TraceEvent(verdict_given=given)


def _accepted(event: AnswerAccepted) -> v1.AnswerAccepted:
    return v1.AnswerAccepted(
        step_index=event.index, stop_reason=STOP_REASONS.value(event.stop), believed_quality=event.believed
    )
