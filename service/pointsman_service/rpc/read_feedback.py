"""Feedback, checked and as values."""

from __future__ import annotations

from pointsman import v1

from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.request_limits import MAX_END_USER, Limits
from pointsman_service.domain.requests import GivenFeedback, GivenSessionOutcome
from pointsman_service.errors import Fault, InvalidRequest
from pointsman_service.rpc.presence import Told
from pointsman_service.rpc.read_signal import read_value
from pointsman_service.rpc.validation import Violations


def read_feedback(request: v1.RecordFeedbackRequest, limits: Limits) -> GivenFeedback:
    """One piece of feedback. Raises InvalidRequest with every violation."""
    wrong = Violations()
    given, path = request.feedback, "feedback."
    told, signal = Told(given, path, wrong), given.WhichOneof("signal")
    wrong.identifier(f"{path}episode_id", given.episode_id)
    if signal is None:
        wrong.add(f"{path}signal", "must be one of thumb, rating, correction, score", Fault.REQUIRED)
    elif signal == "correction":
        blank = "must be the text of the right answer"
        wrong.said(f"{path}correction", given.correction, limits.text_chars, blank)
    read = GivenFeedback(
        episode_id=given.episode_id,
        source=signal or "score",
        value=None if signal in {None, "correction"} else read_value(given, signal, path, wrong),
        correction=given.correction if signal == "correction" else None,
        model=told.identifier("model", MAX_NAME),
        end_user_id=told.identifier("end_user_id", MAX_END_USER),
        request_id=Told(request, "", wrong).identifier("request_id"),
        comment=wrong.comment(f"{path}comment", given.comment) if given.HasField("comment") else None,
    )
    wrong.raise_if_any()
    return read


def read_batch(request: v1.RecordFeedbackBatchRequest, limits: Limits) -> list[GivenFeedback | InvalidRequest]:
    """Each item, or what is wrong with it. Raises InvalidRequest where the batch is empty or too long."""
    wrong = Violations()
    if not request.requests:
        wrong.add("requests", "must hold at least one item", Fault.REQUIRED)
    wrong.at_most("requests", len(request.requests), limits.batch)
    wrong.raise_if_any()
    return [_item(item, limits) for item in request.requests]


def read_session_outcome(request: v1.RecordSessionOutcomeRequest) -> GivenSessionOutcome:
    """What came of a session. Raises InvalidRequest with every violation."""
    wrong = Violations()
    told, signal = Told(request, "", wrong), request.WhichOneof("signal")
    wrong.identifier("session_id", request.session_id)
    if signal is None:
        wrong.add("signal", "must be one of thumb, rating, score", Fault.REQUIRED)
    read = GivenSessionOutcome(
        session_id=request.session_id,
        source=signal or "score",
        value=0.0 if signal is None else read_value(request, signal, "", wrong),
        end_user_id=told.identifier("end_user_id", MAX_END_USER),
        request_id=told.identifier("request_id"),
    )
    wrong.raise_if_any()
    return read


def _item(request: v1.RecordFeedbackRequest, limits: Limits) -> GivenFeedback | InvalidRequest:
    try:
        return read_feedback(request, limits)
    except InvalidRequest as error:
        return error
