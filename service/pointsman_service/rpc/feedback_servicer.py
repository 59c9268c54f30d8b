# ruff: noqa: N802 - the contract names the methods and their arguments
"""FeedbackService over the application's Feedback."""

from __future__ import annotations

import grpc.aio
from pointsman import v1
from pointsman.v1.feedback_service_pb2_grpc import FeedbackServiceServicer

from pointsman_service.domain.request_limits import Limits
from pointsman_service.domain.requests import GivenFeedback
from pointsman_service.errors import InvalidRequest
from pointsman_service.rpc.application import Feedback
from pointsman_service.rpc.caller import caller_of
from pointsman_service.rpc.read_feedback import read_batch, read_feedback, read_session_outcome
from pointsman_service.rpc.write_feedback import receipt_message, result_message, session_response


class FeedbackServicer(FeedbackServiceServicer):
    """Read, call, write."""

    def __init__(self, feedback: Feedback, limits: Limits) -> None:
        self._feedback = feedback
        self._limits = limits

    async def RecordFeedback(
        self, request: v1.RecordFeedbackRequest, context: grpc.aio.ServicerContext
    ) -> v1.RecordFeedbackResponse:
        """That it is in the log."""
        receipt = await self._feedback.record(read_feedback(request, self._limits), caller_of(context))
        return v1.RecordFeedbackResponse(receipt=receipt_message(receipt))

    async def RecordFeedbackBatch(
        self, request: v1.RecordFeedbackBatchRequest, context: grpc.aio.ServicerContext
    ) -> v1.RecordFeedbackBatchResponse:
        """What became of each; an invalid item never reaches the application."""
        items, caller = read_batch(request, self._limits), caller_of(context)
        valid = [item for item in items if isinstance(item, GivenFeedback)]
        recorded = iter(await self._feedback.record_batch(valid, caller) if valid else ())
        results = [item if isinstance(item, InvalidRequest) else next(recorded) for item in items]
        return v1.RecordFeedbackBatchResponse(results=[result_message(result) for result in results])

    async def RecordSessionOutcome(
        self, request: v1.RecordSessionOutcomeRequest, context: grpc.aio.ServicerContext
    ) -> v1.RecordSessionOutcomeResponse:
        """That it is in the log."""
        receipt = await self._feedback.record_session(read_session_outcome(request), caller_of(context))
        return session_response(receipt)
