import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
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
    __slots__ = ("episode_id", "model", "end_user_id", "thumb", "rating", "correction", "score", "comment")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    END_USER_ID_FIELD_NUMBER: _ClassVar[int]
    THUMB_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    CORRECTION_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    model: str
    end_user_id: str
    thumb: Thumb
    rating: float
    correction: str
    score: float
    comment: str
    def __init__(self, episode_id: _Optional[str] = ..., model: _Optional[str] = ..., end_user_id: _Optional[str] = ..., thumb: _Optional[_Union[Thumb, str]] = ..., rating: _Optional[float] = ..., correction: _Optional[str] = ..., score: _Optional[float] = ..., comment: _Optional[str] = ...) -> None: ...

class FeedbackReceipt(_message.Message):
    __slots__ = ("request_id", "episode_id", "value", "replayed", "log_position")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    episode_id: str
    value: float
    replayed: bool
    log_position: int
    def __init__(self, request_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., value: _Optional[float] = ..., replayed: _Optional[bool] = ..., log_position: _Optional[int] = ...) -> None: ...

class RecordedFeedback(_message.Message):
    __slots__ = ("request_id", "source", "value", "model", "weight", "record_time", "client", "comment")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    RECORD_TIME_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    source: FeedbackSource
    value: float
    model: str
    weight: float
    record_time: _timestamp_pb2.Timestamp
    client: str
    comment: str
    def __init__(self, request_id: _Optional[str] = ..., source: _Optional[_Union[FeedbackSource, str]] = ..., value: _Optional[float] = ..., model: _Optional[str] = ..., weight: _Optional[float] = ..., record_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., client: _Optional[str] = ..., comment: _Optional[str] = ...) -> None: ...

class FeedbackResult(_message.Message):
    __slots__ = ("receipt", "error")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    receipt: FeedbackReceipt
    error: _status_pb2.Status
    def __init__(self, receipt: _Optional[_Union[FeedbackReceipt, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...
