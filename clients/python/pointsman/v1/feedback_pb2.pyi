import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from pointsman.v1 import error_reason_pb2 as _error_reason_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FeedbackSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FEEDBACK_SOURCE_UNSPECIFIED: _ClassVar[FeedbackSource]
    FEEDBACK_SOURCE_THUMB: _ClassVar[FeedbackSource]
    FEEDBACK_SOURCE_RATING: _ClassVar[FeedbackSource]
    FEEDBACK_SOURCE_CORRECTION: _ClassVar[FeedbackSource]
    FEEDBACK_SOURCE_SCORE: _ClassVar[FeedbackSource]

class Thumb(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    THUMB_UNSPECIFIED: _ClassVar[Thumb]
    THUMB_UP: _ClassVar[Thumb]
    THUMB_DOWN: _ClassVar[Thumb]
FEEDBACK_SOURCE_UNSPECIFIED: FeedbackSource
FEEDBACK_SOURCE_THUMB: FeedbackSource
FEEDBACK_SOURCE_RATING: FeedbackSource
FEEDBACK_SOURCE_CORRECTION: FeedbackSource
FEEDBACK_SOURCE_SCORE: FeedbackSource
THUMB_UNSPECIFIED: Thumb
THUMB_UP: Thumb
THUMB_DOWN: Thumb

class Feedback(_message.Message):
    __slots__ = ("episode_id", "feedback_id", "model", "thumb", "rating", "correction", "score")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    THUMB_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    CORRECTION_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    feedback_id: str
    model: str
    thumb: Thumb
    rating: float
    correction: str
    score: float
    def __init__(self, episode_id: _Optional[str] = ..., feedback_id: _Optional[str] = ..., model: _Optional[str] = ..., thumb: _Optional[_Union[Thumb, str]] = ..., rating: _Optional[float] = ..., correction: _Optional[str] = ..., score: _Optional[float] = ...) -> None: ...

class FeedbackReceipt(_message.Message):
    __slots__ = ("feedback_id", "episode_id", "value", "recorded", "log_position")
    FEEDBACK_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    feedback_id: str
    episode_id: str
    value: float
    recorded: bool
    log_position: int
    def __init__(self, feedback_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., value: _Optional[float] = ..., recorded: _Optional[bool] = ..., log_position: _Optional[int] = ...) -> None: ...

class RecordedFeedback(_message.Message):
    __slots__ = ("feedback_id", "source", "value", "model", "weight", "recorded_at")
    FEEDBACK_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    feedback_id: str
    source: FeedbackSource
    value: float
    model: str
    weight: float
    recorded_at: _timestamp_pb2.Timestamp
    def __init__(self, feedback_id: _Optional[str] = ..., source: _Optional[_Union[FeedbackSource, str]] = ..., value: _Optional[float] = ..., model: _Optional[str] = ..., weight: _Optional[float] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ItemError(_message.Message):
    __slots__ = ("reason", "message", "field_violations")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FIELD_VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    reason: _error_reason_pb2.ErrorReason
    message: str
    field_violations: _containers.RepeatedCompositeFieldContainer[FieldViolation]
    def __init__(self, reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., field_violations: _Optional[_Iterable[_Union[FieldViolation, _Mapping]]] = ...) -> None: ...

class FieldViolation(_message.Message):
    __slots__ = ("field", "description")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    field: str
    description: str
    def __init__(self, field: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...
