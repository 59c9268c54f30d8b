import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from pointsman.v1 import feedback_pb2 as _feedback_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Strategy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STRATEGY_UNSPECIFIED: _ClassVar[Strategy]
    STRATEGY_TAXONOMY: _ClassVar[Strategy]
    STRATEGY_LEARNED: _ClassVar[Strategy]
    STRATEGY_FUSED: _ClassVar[Strategy]
    STRATEGY_CONTROL: _ClassVar[Strategy]
    STRATEGY_STICKY: _ClassVar[Strategy]
    STRATEGY_STATIC: _ClassVar[Strategy]

class StopReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STOP_REASON_UNSPECIFIED: _ClassVar[StopReason]
    STOP_REASON_UTILITY: _ClassVar[StopReason]
    STOP_REASON_DEADLINE: _ClassVar[StopReason]
    STOP_REASON_COST_CEILING: _ClassVar[StopReason]
    STOP_REASON_MAX_STEPS: _ClassVar[StopReason]
    STOP_REASON_ROUTE_ONLY: _ClassVar[StopReason]
    STOP_REASON_FAILED: _ClassVar[StopReason]
STRATEGY_UNSPECIFIED: Strategy
STRATEGY_TAXONOMY: Strategy
STRATEGY_LEARNED: Strategy
STRATEGY_FUSED: Strategy
STRATEGY_CONTROL: Strategy
STRATEGY_STICKY: Strategy
STRATEGY_STATIC: Strategy
STOP_REASON_UNSPECIFIED: StopReason
STOP_REASON_UTILITY: StopReason
STOP_REASON_DEADLINE: StopReason
STOP_REASON_COST_CEILING: StopReason
STOP_REASON_MAX_STEPS: StopReason
STOP_REASON_ROUTE_ONLY: StopReason
STOP_REASON_FAILED: StopReason

class Decision(_message.Message):
    __slots__ = ("model", "propensity", "predictions", "plan", "strategy", "node_path", "familiarity", "cost_weight", "snapshot_version", "feature_version", "policy")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PROPENSITY_FIELD_NUMBER: _ClassVar[int]
    PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    NODE_PATH_FIELD_NUMBER: _ClassVar[int]
    FAMILIARITY_FIELD_NUMBER: _ClassVar[int]
    COST_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    FEATURE_VERSION_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    model: str
    propensity: float
    predictions: _containers.RepeatedCompositeFieldContainer[ModelPrediction]
    plan: _containers.RepeatedScalarFieldContainer[str]
    strategy: Strategy
    node_path: _containers.RepeatedScalarFieldContainer[str]
    familiarity: float
    cost_weight: float
    snapshot_version: int
    feature_version: str
    policy: str
    def __init__(self, model: _Optional[str] = ..., propensity: _Optional[float] = ..., predictions: _Optional[_Iterable[_Union[ModelPrediction, _Mapping]]] = ..., plan: _Optional[_Iterable[str]] = ..., strategy: _Optional[_Union[Strategy, str]] = ..., node_path: _Optional[_Iterable[str]] = ..., familiarity: _Optional[float] = ..., cost_weight: _Optional[float] = ..., snapshot_version: _Optional[int] = ..., feature_version: _Optional[str] = ..., policy: _Optional[str] = ...) -> None: ...

class ModelPrediction(_message.Message):
    __slots__ = ("model", "quality", "quality_sd", "cost_usd", "latency_ms", "propensity")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    QUALITY_SD_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    PROPENSITY_FIELD_NUMBER: _ClassVar[int]
    model: str
    quality: float
    quality_sd: float
    cost_usd: float
    latency_ms: float
    propensity: float
    def __init__(self, model: _Optional[str] = ..., quality: _Optional[float] = ..., quality_sd: _Optional[float] = ..., cost_usd: _Optional[float] = ..., latency_ms: _Optional[float] = ..., propensity: _Optional[float] = ...) -> None: ...

class Verdict(_message.Message):
    __slots__ = ("judge", "score", "cost_usd", "latency_ms", "key", "error")
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    judge: str
    score: float
    cost_usd: float
    latency_ms: float
    key: str
    error: str
    def __init__(self, judge: _Optional[str] = ..., score: _Optional[float] = ..., cost_usd: _Optional[float] = ..., latency_ms: _Optional[float] = ..., key: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...

class Step(_message.Message):
    __slots__ = ("model", "propensity", "input_tokens", "output_tokens", "cost_usd", "latency_ms", "verdicts", "error", "answer_text")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PROPENSITY_FIELD_NUMBER: _ClassVar[int]
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ANSWER_TEXT_FIELD_NUMBER: _ClassVar[int]
    model: str
    propensity: float
    input_tokens: int
    output_tokens: int
    cost_usd: float
    latency_ms: float
    verdicts: _containers.RepeatedCompositeFieldContainer[Verdict]
    error: str
    answer_text: str
    def __init__(self, model: _Optional[str] = ..., propensity: _Optional[float] = ..., input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., cost_usd: _Optional[float] = ..., latency_ms: _Optional[float] = ..., verdicts: _Optional[_Iterable[_Union[Verdict, _Mapping]]] = ..., error: _Optional[str] = ..., answer_text: _Optional[str] = ...) -> None: ...

class Episode(_message.Message):
    __slots__ = ("episode_id", "tenant", "created_at", "request_id", "session_id", "prompt", "decision", "steps", "answer_step", "stop", "believed_quality", "cost_usd", "feedback", "log_position")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_STEP_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    BELIEVED_QUALITY_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    tenant: str
    created_at: _timestamp_pb2.Timestamp
    request_id: str
    session_id: str
    prompt: str
    decision: Decision
    steps: _containers.RepeatedCompositeFieldContainer[Step]
    answer_step: int
    stop: StopReason
    believed_quality: float
    cost_usd: float
    feedback: _containers.RepeatedCompositeFieldContainer[_feedback_pb2.RecordedFeedback]
    log_position: int
    def __init__(self, episode_id: _Optional[str] = ..., tenant: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ..., session_id: _Optional[str] = ..., prompt: _Optional[str] = ..., decision: _Optional[_Union[Decision, _Mapping]] = ..., steps: _Optional[_Iterable[_Union[Step, _Mapping]]] = ..., answer_step: _Optional[int] = ..., stop: _Optional[_Union[StopReason, str]] = ..., believed_quality: _Optional[float] = ..., cost_usd: _Optional[float] = ..., feedback: _Optional[_Iterable[_Union[_feedback_pb2.RecordedFeedback, _Mapping]]] = ..., log_position: _Optional[int] = ...) -> None: ...
