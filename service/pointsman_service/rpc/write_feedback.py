"""Receipts and recorded feedback as messages."""

from __future__ import annotations

from pointsman import v1
from pointsman_learner.events import FeedbackRecorded

from pointsman_service.domain.requests import FeedbackReceipt, SessionReceipt
from pointsman_service.errors import PointsmanError
from pointsman_service.rpc.enums import FEEDBACK_SOURCES
from pointsman_service.rpc.error_details import rich_status
from pointsman_service.rpc.error_table import status_of
from pointsman_service.rpc.write_time import timestamp


def receipt_message(receipt: FeedbackReceipt) -> v1.FeedbackReceipt:
    """What became of one."""
    return v1.FeedbackReceipt(
        request_id=receipt.request_id,
        episode_id=receipt.episode_id,
        value=receipt.value,
        replayed=receipt.replayed,
        log_position=receipt.position,
    )


def result_message(result: FeedbackReceipt | PointsmanError) -> v1.FeedbackResult:
    """What became of an item of a batch: its receipt, or the status that it alone would have ended with."""
    if isinstance(result, FeedbackReceipt):
        return v1.FeedbackResult(receipt=receipt_message(result))
    return v1.FeedbackResult(error=rich_status(result, status_of(result)))


def session_response(receipt: SessionReceipt) -> v1.RecordSessionOutcomeResponse:
    """That the outcome is in the log."""
    return v1.RecordSessionOutcomeResponse(
        request_id=receipt.request_id,
        value=receipt.value,
        episode_count=receipt.episodes,
        replayed=receipt.replayed,
        log_position=receipt.position,
    )


def recorded_feedback(feedback: FeedbackRecorded) -> v1.RecordedFeedback:
    """As the log has it."""
    return v1.RecordedFeedback(
        request_id=feedback.request_id,
        source=FEEDBACK_SOURCES.value(feedback.source),
        value=feedback.value,
        model=feedback.model,
        weight=feedback.weight,
        client=feedback.client,
        comment=feedback.comment,
        record_time=timestamp(feedback.at),
    )
