"""What the router answers, as messages."""

from __future__ import annotations

from pointsman import v1

from pointsman_service.domain.requests import Completed, OutcomeReceipt, Routed
from pointsman_service.rpc.enums import FINISH_REASONS, STOP_REASONS
from pointsman_service.rpc.write_chat import part_messages, tool_call_message, usage_message
from pointsman_service.rpc.write_decision import decision_message
from pointsman_service.rpc.write_steps import step_message, usage_of, usage_of_all


def route_response(routed: Routed, *, predictions: bool) -> v1.RouteResponse:
    """The decision."""
    return v1.RouteResponse(
        episode_id=routed.episode_id,
        decision=decision_message(routed.decision, predictions=predictions),
        replayed=routed.replayed,
    )


def complete_response(done: Completed, *, predictions: bool) -> v1.CompleteResponse:
    """The answer with its trace."""
    return v1.CompleteResponse(
        episode_id=done.episode_id,
        answer=_answer(done),
        decision=decision_message(done.decision, predictions=predictions),
        steps=[step_message(step) for step in done.steps],
        answer_step=done.answer,
        stop_reason=STOP_REASONS.value(done.stop),
        cut_short=done.cut_short,
        believed_quality=done.believed,
        cost_usd=done.cost_usd,
        latency_ms=done.latency_ms,
        usage=usage_message(usage_of_all(done.steps)),
        replayed=done.replayed,
    )


def outcome_response(receipt: OutcomeReceipt) -> v1.ReportOutcomeResponse:
    """That the outcome is in the log."""
    return v1.ReportOutcomeResponse(
        request_id=receipt.request_id,
        episode_id=receipt.episode_id,
        model=receipt.model,
        cost_usd=receipt.cost_usd,
        replayed=receipt.replayed,
        log_position=receipt.position,
    )


def _answer(done: Completed) -> v1.Answer:
    return v1.Answer(
        model=done.model,
        text=done.text,
        parts=part_messages(done.parts),
        reasoning=done.reasoning,
        refusal=done.refusal,
        tool_calls=[tool_call_message(call) for call in done.tool_calls],
        finish_reason=FINISH_REASONS.value(done.finish_reason),
        usage=usage_message(usage_of(done.steps[done.answer])),
    )
