"""Receipts and recorded feedback as messages."""

from __future__ import annotations

from pointsman import v1
from pointsman_learner.events import FeedbackRecorded

from pointsman_service.domain.requests import FeedbackReceipt
from pointsman_service.errors import InvalidRequest, PointsmanError
from pointsman_service.rpc.error_table import status_of
from pointsman_service.rpc.write_time import timestamp

_SOURCES = {
    "thumb": v1.FeedbackSource.FEEDBACK_SOURCE_THUMB,
    "rating": v1.FeedbackSource.FEEDBACK_SOURCE_RATING,
    "correction": v1.FeedbackSource.FEEDBACK_SOURCE_CORRECTION,
    "score": v1.FeedbackSource.FEEDBACK_SOURCE_SCORE,
}


def receipt_message(receipt: FeedbackReceipt) -> v1.FeedbackReceipt:
    """What became of one."""
    return v1.FeedbackReceipt(
        feedback_id=receipt.request_id,
        episode_id=receipt.episode_id,
        value=receipt.value,
        recorded=receipt.recorded,
        log_position=receipt.position,
    )


def result_message(result: FeedbackReceipt | PointsmanError) -> v1.FeedbackResult:
    """What became of an item of a batch."""
    if isinstance(result, FeedbackReceipt):
        return v1.FeedbackResult(receipt=receipt_message(result))
    violations = result.violations if isinstance(result, InvalidRequest) else []
    return v1.FeedbackResult(
        error=v1.ItemError(
            reason=status_of(result).reason,
            message=str(result),
            field_violations=[v1.FieldViolation(field=field, description=why) for field, why in violations],
        )
    )


def recorded_feedback(feedback: FeedbackRecorded) -> v1.RecordedFeedback:
    """As the log has it."""
    return v1.RecordedFeedback(
        feedback_id=feedback.request_id,
        source=_SOURCES.get(feedback.source, v1.FeedbackSource.FEEDBACK_SOURCE_UNSPECIFIED),
        value=feedback.value,
        model=feedback.model,
        weight=feedback.weight,
        recorded_at=timestamp(feedback.at),
    )
