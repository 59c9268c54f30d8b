from pointsman.v1 import feedback_pb2 as _feedback_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecordFeedbackRequest(_message.Message):
    __slots__ = ("request_id", "feedback")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    feedback: _feedback_pb2.Feedback
    def __init__(self, request_id: _Optional[str] = ..., feedback: _Optional[_Union[_feedback_pb2.Feedback, _Mapping]] = ...) -> None: ...

class RecordFeedbackResponse(_message.Message):
    __slots__ = ("receipt",)
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    receipt: _feedback_pb2.FeedbackReceipt
    def __init__(self, receipt: _Optional[_Union[_feedback_pb2.FeedbackReceipt, _Mapping]] = ...) -> None: ...

class RecordFeedbackBatchRequest(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[RecordFeedbackRequest]
    def __init__(self, requests: _Optional[_Iterable[_Union[RecordFeedbackRequest, _Mapping]]] = ...) -> None: ...

class RecordFeedbackBatchResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_feedback_pb2.FeedbackResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_feedback_pb2.FeedbackResult, _Mapping]]] = ...) -> None: ...

class RecordSessionOutcomeRequest(_message.Message):
    __slots__ = ("request_id", "session_id", "end_user_id", "thumb", "rating", "score")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    END_USER_ID_FIELD_NUMBER: _ClassVar[int]
    THUMB_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    session_id: str
    end_user_id: str
    thumb: _feedback_pb2.Thumb
    rating: float
    score: float
    def __init__(self, request_id: _Optional[str] = ..., session_id: _Optional[str] = ..., end_user_id: _Optional[str] = ..., thumb: _Optional[_Union[_feedback_pb2.Thumb, str]] = ..., rating: _Optional[float] = ..., score: _Optional[float] = ...) -> None: ...

class RecordSessionOutcomeResponse(_message.Message):
    __slots__ = ("request_id", "value", "episode_count", "replayed", "log_position")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    EPISODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    value: float
    episode_count: int
    replayed: bool
    log_position: int
    def __init__(self, request_id: _Optional[str] = ..., value: _Optional[float] = ..., episode_count: _Optional[int] = ..., replayed: _Optional[bool] = ..., log_position: _Optional[int] = ...) -> None: ...
