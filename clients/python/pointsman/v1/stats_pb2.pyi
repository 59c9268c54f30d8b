import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Quantity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUANTITY_UNSPECIFIED: _ClassVar[Quantity]
    QUANTITY_QUALITY: _ClassVar[Quantity]
    QUANTITY_COST_USD: _ClassVar[Quantity]
    QUANTITY_UTILITY: _ClassVar[Quantity]
QUANTITY_UNSPECIFIED: Quantity
QUANTITY_QUALITY: Quantity
QUANTITY_COST_USD: Quantity
QUANTITY_UTILITY: Quantity

class EpisodeFilter(_message.Message):
    __slots__ = ("tenant", "since", "until")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    def __init__(self, tenant: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Tally(_message.Message):
    __slots__ = ("key", "episodes", "share", "rewarded", "quality", "cost_usd", "latency_ms", "errors", "escalated")
    KEY_FIELD_NUMBER: _ClassVar[int]
    EPISODES_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    REWARDED_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    ESCALATED_FIELD_NUMBER: _ClassVar[int]
    key: str
    episodes: int
    share: float
    rewarded: int
    quality: float
    cost_usd: float
    latency_ms: float
    errors: int
    escalated: int
    def __init__(self, key: _Optional[str] = ..., episodes: _Optional[int] = ..., share: _Optional[float] = ..., rewarded: _Optional[int] = ..., quality: _Optional[float] = ..., cost_usd: _Optional[float] = ..., latency_ms: _Optional[float] = ..., errors: _Optional[int] = ..., escalated: _Optional[int] = ...) -> None: ...

class JudgeTally(_message.Message):
    __slots__ = ("judge", "node_id", "verdicts", "scored", "mean_score", "cost_usd", "compared", "agreement", "error", "calibration_error", "correlation")
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    SCORED_FIELD_NUMBER: _ClassVar[int]
    MEAN_SCORE_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    COMPARED_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    CALIBRATION_ERROR_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    judge: str
    node_id: str
    verdicts: int
    scored: int
    mean_score: float
    cost_usd: float
    compared: int
    agreement: float
    error: float
    calibration_error: float
    correlation: float
    def __init__(self, judge: _Optional[str] = ..., node_id: _Optional[str] = ..., verdicts: _Optional[int] = ..., scored: _Optional[int] = ..., mean_score: _Optional[float] = ..., cost_usd: _Optional[float] = ..., compared: _Optional[int] = ..., agreement: _Optional[float] = ..., error: _Optional[float] = ..., calibration_error: _Optional[float] = ..., correlation: _Optional[float] = ...) -> None: ...

class Estimate(_message.Message):
    __slots__ = ("quantity", "estimator", "mean", "low", "high")
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    ESTIMATOR_FIELD_NUMBER: _ClassVar[int]
    MEAN_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    quantity: Quantity
    estimator: str
    mean: float
    low: float
    high: float
    def __init__(self, quantity: _Optional[_Union[Quantity, str]] = ..., estimator: _Optional[str] = ..., mean: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...
