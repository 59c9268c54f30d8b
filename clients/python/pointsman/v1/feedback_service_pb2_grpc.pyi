from collections.abc import AsyncIterator as _AsyncIterator, Awaitable as _Awaitable
from typing import Any as _Any

from pointsman.v1 import feedback_service_pb2 as _pb

class FeedbackServiceStub:
    def __init__(self, channel: _Any) -> None: ...
    RecordFeedback: _Any
    RecordFeedbackBatch: _Any
    RecordSessionOutcome: _Any

class FeedbackServiceServicer:
    def RecordFeedback(self, request: _pb.RecordFeedbackRequest, context: _Any) -> _Awaitable[_pb.RecordFeedbackResponse]: ...
    def RecordFeedbackBatch(self, request: _pb.RecordFeedbackBatchRequest, context: _Any) -> _Awaitable[_pb.RecordFeedbackBatchResponse]: ...
    def RecordSessionOutcome(self, request: _pb.RecordSessionOutcomeRequest, context: _Any) -> _Awaitable[_pb.RecordSessionOutcomeResponse]: ...

def add_FeedbackServiceServicer_to_server(servicer: FeedbackServiceServicer, server: _Any) -> None: ...
