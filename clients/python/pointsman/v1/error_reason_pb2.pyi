from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_REQUEST: _ClassVar[ErrorReason]
    ERROR_REASON_UNKNOWN_EPISODE: _ClassVar[ErrorReason]
    ERROR_REASON_EPISODE_EXPIRED: _ClassVar[ErrorReason]
    ERROR_REASON_UNKNOWN_MODEL: _ClassVar[ErrorReason]
    ERROR_REASON_UNKNOWN_NODE: _ClassVar[ErrorReason]
    ERROR_REASON_UNKNOWN_SNAPSHOT: _ClassVar[ErrorReason]
    ERROR_REASON_CORRUPT_SNAPSHOT: _ClassVar[ErrorReason]
    ERROR_REASON_UNKNOWN_JOB: _ClassVar[ErrorReason]
    ERROR_REASON_NO_MODEL_LEFT: _ClassVar[ErrorReason]
    ERROR_REASON_BUDGET_EXHAUSTED: _ClassVar[ErrorReason]
    ERROR_REASON_DUPLICATE_REQUEST: _ClassVar[ErrorReason]
    ERROR_REASON_REQUEST_CONFLICT: _ClassVar[ErrorReason]
    ERROR_REASON_EVERY_MODEL_FAILED: _ClassVar[ErrorReason]
    ERROR_REASON_DEADLINE_TOO_SHORT: _ClassVar[ErrorReason]
    ERROR_REASON_LOG_UNAVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_NEWER_SCHEMA: _ClassVar[ErrorReason]
    ERROR_REASON_CONFIGURATION: _ClassVar[ErrorReason]
    ERROR_REASON_MODEL_CALL: _ClassVar[ErrorReason]
    ERROR_REASON_INTERNAL: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_REQUEST: ErrorReason
ERROR_REASON_UNKNOWN_EPISODE: ErrorReason
ERROR_REASON_EPISODE_EXPIRED: ErrorReason
ERROR_REASON_UNKNOWN_MODEL: ErrorReason
ERROR_REASON_UNKNOWN_NODE: ErrorReason
ERROR_REASON_UNKNOWN_SNAPSHOT: ErrorReason
ERROR_REASON_CORRUPT_SNAPSHOT: ErrorReason
ERROR_REASON_UNKNOWN_JOB: ErrorReason
ERROR_REASON_NO_MODEL_LEFT: ErrorReason
ERROR_REASON_BUDGET_EXHAUSTED: ErrorReason
ERROR_REASON_DUPLICATE_REQUEST: ErrorReason
ERROR_REASON_REQUEST_CONFLICT: ErrorReason
ERROR_REASON_EVERY_MODEL_FAILED: ErrorReason
ERROR_REASON_DEADLINE_TOO_SHORT: ErrorReason
ERROR_REASON_LOG_UNAVAILABLE: ErrorReason
ERROR_REASON_NEWER_SCHEMA: ErrorReason
ERROR_REASON_CONFIGURATION: ErrorReason
ERROR_REASON_MODEL_CALL: ErrorReason
ERROR_REASON_INTERNAL: ErrorReason
