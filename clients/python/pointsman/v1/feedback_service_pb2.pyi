from pointsman.v1 import feedback_pb2 as _feedback_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecordFeedbackRequest(_message.Message):
    __slots__ = ("feedback",)
    FEEDBACK_FIELD_NUMBER: _ClassVar[int]
    feedback: _feedback_pb2.Feedback
    def __init__(self, feedback: _Optional[_Union[_feedback_pb2.Feedback, _Mapping]] = ...) -> None: ...

class RecordFeedbackResponse(_message.Message):
    __slots__ = ("receipt", "snapshot_version")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    receipt: _feedback_pb2.FeedbackReceipt
    snapshot_version: int
    def __init__(self, receipt: _Optional[_Union[_feedback_pb2.FeedbackReceipt, _Mapping]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class RecordFeedbackBatchRequest(_message.Message):
    __slots__ = ("feedback",)
    FEEDBACK_FIELD_NUMBER: _ClassVar[int]
    feedback: _containers.RepeatedCompositeFieldContainer[_feedback_pb2.Feedback]
    def __init__(self, feedback: _Optional[_Iterable[_Union[_feedback_pb2.Feedback, _Mapping]]] = ...) -> None: ...

class RecordFeedbackBatchResponse(_message.Message):
    __slots__ = ("results", "snapshot_version")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[FeedbackResult]
    snapshot_version: int
    def __init__(self, results: _Optional[_Iterable[_Union[FeedbackResult, _Mapping]]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class FeedbackResult(_message.Message):
    __slots__ = ("receipt", "error")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    receipt: _feedback_pb2.FeedbackReceipt
    error: _feedback_pb2.ItemError
    def __init__(self, receipt: _Optional[_Union[_feedback_pb2.FeedbackReceipt, _Mapping]] = ..., error: _Optional[_Union[_feedback_pb2.ItemError, _Mapping]] = ...) -> None: ...
