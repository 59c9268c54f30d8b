# ruff: noqa: N802 - the contract names the methods and their arguments
"""FeedbackService over the application's Feedback."""

from __future__ import annotations

from collections.abc import Callable

import grpc.aio
from pointsman import v1
from pointsman.v1.feedback_service_pb2_grpc import FeedbackServiceServicer

from pointsman_service.domain.requests import GivenFeedback
from pointsman_service.errors import InvalidRequest
from pointsman_service.rpc.application import Feedback
from pointsman_service.rpc.caller import caller_of
from pointsman_service.rpc.read_feedback import read_batch, read_feedback
from pointsman_service.rpc.validation import Limits
from pointsman_service.rpc.write_feedback import receipt_message, result_message


class FeedbackServicer(FeedbackServiceServicer):
    """Read, call, write. snapshot_version: the one that decides now, stamped on each response."""

    def __init__(self, feedback: Feedback, limits: Limits, snapshot_version: Callable[[], int]) -> None:
        self._feedback = feedback
        self._limits = limits
        self._snapshot_version = snapshot_version

    async def RecordFeedback(
        self, request: v1.RecordFeedbackRequest, context: grpc.aio.ServicerContext
    ) -> v1.RecordFeedbackResponse:
        """That it is in the log."""
        given = read_feedback(request.feedback, self._limits)
        receipt = await self._feedback.record(given, caller_of(context))
        return v1.RecordFeedbackResponse(receipt=receipt_message(receipt), snapshot_version=self._snapshot_version())

    async def RecordFeedbackBatch(
        self, request: v1.RecordFeedbackBatchRequest, context: grpc.aio.ServicerContext
    ) -> v1.RecordFeedbackBatchResponse:
        """What became of each; an invalid item never reaches the application."""
        items = read_batch(request, self._limits)
        valid = [item for item in items if isinstance(item, GivenFeedback)]
        recorded = iter(await self._feedback.record_batch(valid, caller_of(context)) if valid else ())
        results = [item if isinstance(item, InvalidRequest) else next(recorded) for item in items]
        return v1.RecordFeedbackBatchResponse(
            results=[result_message(result) for result in results], snapshot_version=self._snapshot_version()
        )
