import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from pointsman.v1 import episode_pb2 as _episode_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StatsGroup(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATS_GROUP_UNSPECIFIED: _ClassVar[StatsGroup]
    STATS_GROUP_MODEL: _ClassVar[StatsGroup]
    STATS_GROUP_NODE: _ClassVar[StatsGroup]
    STATS_GROUP_TENANT: _ClassVar[StatsGroup]
    STATS_GROUP_TIME: _ClassVar[StatsGroup]

class Quantity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUANTITY_UNSPECIFIED: _ClassVar[Quantity]
    QUANTITY_QUALITY: _ClassVar[Quantity]
    QUANTITY_COST_USD: _ClassVar[Quantity]
    QUANTITY_UTILITY: _ClassVar[Quantity]

class Estimator(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ESTIMATOR_UNSPECIFIED: _ClassVar[Estimator]
    ESTIMATOR_LOGGED: _ClassVar[Estimator]
    ESTIMATOR_IPS: _ClassVar[Estimator]
    ESTIMATOR_SNIPS: _ClassVar[Estimator]
    ESTIMATOR_DOUBLY_ROBUST: _ClassVar[Estimator]
STATS_GROUP_UNSPECIFIED: StatsGroup
STATS_GROUP_MODEL: StatsGroup
STATS_GROUP_NODE: StatsGroup
STATS_GROUP_TENANT: StatsGroup
STATS_GROUP_TIME: StatsGroup
QUANTITY_UNSPECIFIED: Quantity
QUANTITY_QUALITY: Quantity
QUANTITY_COST_USD: Quantity
QUANTITY_UTILITY: Quantity
ESTIMATOR_UNSPECIFIED: Estimator
ESTIMATOR_LOGGED: Estimator
ESTIMATOR_IPS: Estimator
ESTIMATOR_SNIPS: Estimator
ESTIMATOR_DOUBLY_ROBUST: Estimator

class EpisodeFilter(_message.Message):
    __slots__ = ("tenant", "start_time", "end_time", "model_called", "model_answered", "node_id", "strategy", "stop_reason", "has_feedback", "request_id", "session_id")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    MODEL_CALLED_FIELD_NUMBER: _ClassVar[int]
    MODEL_ANSWERED_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    STOP_REASON_FIELD_NUMBER: _ClassVar[int]
    HAS_FEEDBACK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    model_called: str
    model_answered: str
    node_id: str
    strategy: _episode_pb2.Strategy
    stop_reason: _episode_pb2.StopReason
    has_feedback: bool
    request_id: str
    session_id: str
    def __init__(self, tenant: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., model_called: _Optional[str] = ..., model_answered: _Optional[str] = ..., node_id: _Optional[str] = ..., strategy: _Optional[_Union[_episode_pb2.Strategy, str]] = ..., stop_reason: _Optional[_Union[_episode_pb2.StopReason, str]] = ..., has_feedback: _Optional[bool] = ..., request_id: _Optional[str] = ..., session_id: _Optional[str] = ...) -> None: ...

class Foreseen(_message.Message):
    __slots__ = ("cost_usd", "quality")
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    cost_usd: float
    quality: float
    def __init__(self, cost_usd: _Optional[float] = ..., quality: _Optional[float] = ...) -> None: ...

class ObservedCalls(_message.Message):
    __slots__ = ("own_model", "would_model", "episode_count")
    OWN_MODEL_FIELD_NUMBER: _ClassVar[int]
    WOULD_MODEL_FIELD_NUMBER: _ClassVar[int]
    EPISODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    own_model: str
    would_model: str
    episode_count: int
    def __init__(self, own_model: _Optional[str] = ..., would_model: _Optional[str] = ..., episode_count: _Optional[int] = ...) -> None: ...

class Observed(_message.Message):
    __slots__ = ("episode_count", "own", "would", "most_usd", "calls")
    EPISODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    OWN_FIELD_NUMBER: _ClassVar[int]
    WOULD_FIELD_NUMBER: _ClassVar[int]
    MOST_USD_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    episode_count: int
    own: Foreseen
    would: Foreseen
    most_usd: float
    calls: _containers.RepeatedCompositeFieldContainer[ObservedCalls]
    def __init__(self, episode_count: _Optional[int] = ..., own: _Optional[_Union[Foreseen, _Mapping]] = ..., would: _Optional[_Union[Foreseen, _Mapping]] = ..., most_usd: _Optional[float] = ..., calls: _Optional[_Iterable[_Union[ObservedCalls, _Mapping]]] = ...) -> None: ...

class ShadowTally(_message.Message):
    __slots__ = ("call_count", "failed_call_count", "cost_usd")
    CALL_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAILED_CALL_COUNT_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    call_count: int
    failed_call_count: int
    cost_usd: float
    def __init__(self, call_count: _Optional[int] = ..., failed_call_count: _Optional[int] = ..., cost_usd: _Optional[float] = ...) -> None: ...

class Tally(_message.Message):
    __slots__ = ("key", "episode_count", "share", "rewarded_count", "quality", "call_count", "failed_call_count", "cost_usd", "latency_ms", "escalated_count")
    KEY_FIELD_NUMBER: _ClassVar[int]
    EPISODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    REWARDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    CALL_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAILED_CALL_COUNT_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    ESCALATED_COUNT_FIELD_NUMBER: _ClassVar[int]
    key: str
    episode_count: int
    share: float
    rewarded_count: int
    quality: float
    call_count: int
    failed_call_count: int
    cost_usd: float
    latency_ms: float
    escalated_count: int
    def __init__(self, key: _Optional[str] = ..., episode_count: _Optional[int] = ..., share: _Optional[float] = ..., rewarded_count: _Optional[int] = ..., quality: _Optional[float] = ..., call_count: _Optional[int] = ..., failed_call_count: _Optional[int] = ..., cost_usd: _Optional[float] = ..., latency_ms: _Optional[float] = ..., escalated_count: _Optional[int] = ...) -> None: ...

class JudgeTally(_message.Message):
    __slots__ = ("judge", "node_id", "verdict_count", "scored_count", "mean_score", "cost_usd", "compared_count", "agreement", "error", "calibration_error", "correlation", "failures")
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_COUNT_FIELD_NUMBER: _ClassVar[int]
    SCORED_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEAN_SCORE_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    COMPARED_COUNT_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    CALIBRATION_ERROR_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    judge: str
    node_id: str
    verdict_count: int
    scored_count: int
    mean_score: float
    cost_usd: float
    compared_count: int
    agreement: float
    error: float
    calibration_error: float
    correlation: float
    failures: _containers.RepeatedCompositeFieldContainer[JudgeFailure]
    def __init__(self, judge: _Optional[str] = ..., node_id: _Optional[str] = ..., verdict_count: _Optional[int] = ..., scored_count: _Optional[int] = ..., mean_score: _Optional[float] = ..., cost_usd: _Optional[float] = ..., compared_count: _Optional[int] = ..., agreement: _Optional[float] = ..., error: _Optional[float] = ..., calibration_error: _Optional[float] = ..., correlation: _Optional[float] = ..., failures: _Optional[_Iterable[_Union[JudgeFailure, _Mapping]]] = ...) -> None: ...

class JudgeFailure(_message.Message):
    __slots__ = ("reason", "count")
    REASON_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    reason: str
    count: int
    def __init__(self, reason: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class Saved(_message.Message):
    __slots__ = ("key", "summary", "episode_count", "rated_count", "spent_usd", "other_usd", "saved_usd", "quality", "other_quality", "quality_gain", "support", "missing")
    KEY_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    EPISODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    RATED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SPENT_USD_FIELD_NUMBER: _ClassVar[int]
    OTHER_USD_FIELD_NUMBER: _ClassVar[int]
    SAVED_USD_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    OTHER_QUALITY_FIELD_NUMBER: _ClassVar[int]
    QUALITY_GAIN_FIELD_NUMBER: _ClassVar[int]
    SUPPORT_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    key: str
    summary: str
    episode_count: int
    rated_count: int
    spent_usd: float
    other_usd: Bounds
    saved_usd: Bounds
    quality: Bounds
    other_quality: Bounds
    quality_gain: Bounds
    support: float
    missing: str
    def __init__(self, key: _Optional[str] = ..., summary: _Optional[str] = ..., episode_count: _Optional[int] = ..., rated_count: _Optional[int] = ..., spent_usd: _Optional[float] = ..., other_usd: _Optional[_Union[Bounds, _Mapping]] = ..., saved_usd: _Optional[_Union[Bounds, _Mapping]] = ..., quality: _Optional[_Union[Bounds, _Mapping]] = ..., other_quality: _Optional[_Union[Bounds, _Mapping]] = ..., quality_gain: _Optional[_Union[Bounds, _Mapping]] = ..., support: _Optional[float] = ..., missing: _Optional[str] = ...) -> None: ...

class Bounds(_message.Message):
    __slots__ = ("mean", "low", "high")
    MEAN_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    mean: float
    low: float
    high: float
    def __init__(self, mean: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...

class Estimate(_message.Message):
    __slots__ = ("quantity", "estimator", "mean", "low", "high")
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    ESTIMATOR_FIELD_NUMBER: _ClassVar[int]
    MEAN_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    quantity: Quantity
    estimator: Estimator
    mean: float
    low: float
    high: float
    def __init__(self, quantity: _Optional[_Union[Quantity, str]] = ..., estimator: _Optional[_Union[Estimator, str]] = ..., mean: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...

class EpisodeSummary(_message.Message):
    __slots__ = ("episode_id", "tenant", "create_time", "model", "models_called", "node_id", "strategy", "stop_reason", "believed_quality", "cost_usd", "latency_ms", "feedback", "request_id", "session_id", "prompt", "comment")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    MODELS_CALLED_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    STOP_REASON_FIELD_NUMBER: _ClassVar[int]
    BELIEVED_QUALITY_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    tenant: str
    create_time: _timestamp_pb2.Timestamp
    model: str
    models_called: _containers.RepeatedScalarFieldContainer[str]
    node_id: str
    strategy: _episode_pb2.Strategy
    stop_reason: _episode_pb2.StopReason
    believed_quality: float
    cost_usd: float
    latency_ms: float
    feedback: float
    request_id: str
    session_id: str
    prompt: str
    comment: str
    def __init__(self, episode_id: _Optional[str] = ..., tenant: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., model: _Optional[str] = ..., models_called: _Optional[_Iterable[str]] = ..., node_id: _Optional[str] = ..., strategy: _Optional[_Union[_episode_pb2.Strategy, str]] = ..., stop_reason: _Optional[_Union[_episode_pb2.StopReason, str]] = ..., believed_quality: _Optional[float] = ..., cost_usd: _Optional[float] = ..., latency_ms: _Optional[float] = ..., feedback: _Optional[float] = ..., request_id: _Optional[str] = ..., session_id: _Optional[str] = ..., prompt: _Optional[str] = ..., comment: _Optional[str] = ...) -> None: ...
