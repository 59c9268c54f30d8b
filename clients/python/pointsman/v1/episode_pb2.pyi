import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from pointsman.v1 import chat_pb2 as _chat_pb2
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
    STRATEGY_BASELINE: _ClassVar[Strategy]
    STRATEGY_OBSERVED: _ClassVar[Strategy]

class StopReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STOP_REASON_UNSPECIFIED: _ClassVar[StopReason]
    STOP_REASON_UTILITY: _ClassVar[StopReason]
    STOP_REASON_DEADLINE: _ClassVar[StopReason]
    STOP_REASON_COST_CEILING: _ClassVar[StopReason]
    STOP_REASON_MAX_STEPS: _ClassVar[StopReason]
    STOP_REASON_ROUTE_ONLY: _ClassVar[StopReason]
    STOP_REASON_FAILED: _ClassVar[StopReason]
    STOP_REASON_CANCELLED: _ClassVar[StopReason]

class FailureKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAILURE_KIND_UNSPECIFIED: _ClassVar[FailureKind]
    FAILURE_KIND_TIMEOUT: _ClassVar[FailureKind]
    FAILURE_KIND_REFUSED: _ClassVar[FailureKind]
    FAILURE_KIND_RATE_LIMITED: _ClassVar[FailureKind]
    FAILURE_KIND_GARBAGE: _ClassVar[FailureKind]
    FAILURE_KIND_EMPTY: _ClassVar[FailureKind]
    FAILURE_KIND_UNAVAILABLE: _ClassVar[FailureKind]
    FAILURE_KIND_AUTH: _ClassVar[FailureKind]
    FAILURE_KIND_INVALID: _ClassVar[FailureKind]
    FAILURE_KIND_UNKNOWN_MODEL: _ClassVar[FailureKind]
    FAILURE_KIND_CANCELLED: _ClassVar[FailureKind]
    FAILURE_KIND_OTHER: _ClassVar[FailureKind]

class ActionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTION_KIND_UNSPECIFIED: _ClassVar[ActionKind]
    ACTION_KIND_CALL: _ClassVar[ActionKind]
    ACTION_KIND_ASK: _ClassVar[ActionKind]
    ACTION_KIND_ACCEPT: _ClassVar[ActionKind]
STRATEGY_UNSPECIFIED: Strategy
STRATEGY_TAXONOMY: Strategy
STRATEGY_LEARNED: Strategy
STRATEGY_FUSED: Strategy
STRATEGY_CONTROL: Strategy
STRATEGY_STICKY: Strategy
STRATEGY_STATIC: Strategy
STRATEGY_BASELINE: Strategy
STRATEGY_OBSERVED: Strategy
STOP_REASON_UNSPECIFIED: StopReason
STOP_REASON_UTILITY: StopReason
STOP_REASON_DEADLINE: StopReason
STOP_REASON_COST_CEILING: StopReason
STOP_REASON_MAX_STEPS: StopReason
STOP_REASON_ROUTE_ONLY: StopReason
STOP_REASON_FAILED: StopReason
STOP_REASON_CANCELLED: StopReason
FAILURE_KIND_UNSPECIFIED: FailureKind
FAILURE_KIND_TIMEOUT: FailureKind
FAILURE_KIND_REFUSED: FailureKind
FAILURE_KIND_RATE_LIMITED: FailureKind
FAILURE_KIND_GARBAGE: FailureKind
FAILURE_KIND_EMPTY: FailureKind
FAILURE_KIND_UNAVAILABLE: FailureKind
FAILURE_KIND_AUTH: FailureKind
FAILURE_KIND_INVALID: FailureKind
FAILURE_KIND_UNKNOWN_MODEL: FailureKind
FAILURE_KIND_CANCELLED: FailureKind
FAILURE_KIND_OTHER: FailureKind
ACTION_KIND_UNSPECIFIED: ActionKind
ACTION_KIND_CALL: ActionKind
ACTION_KIND_ASK: ActionKind
ACTION_KIND_ACCEPT: ActionKind

class Decision(_message.Message):
    __slots__ = ("model", "propensity", "predictions", "plan", "strategy", "node_path", "familiarity", "cost_weight", "snapshot_version", "feature_version", "policy", "would")
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
    WOULD_FIELD_NUMBER: _ClassVar[int]
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
    would: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, model: _Optional[str] = ..., propensity: _Optional[float] = ..., predictions: _Optional[_Iterable[_Union[ModelPrediction, _Mapping]]] = ..., plan: _Optional[_Iterable[str]] = ..., strategy: _Optional[_Union[Strategy, str]] = ..., node_path: _Optional[_Iterable[str]] = ..., familiarity: _Optional[float] = ..., cost_weight: _Optional[float] = ..., snapshot_version: _Optional[int] = ..., feature_version: _Optional[str] = ..., policy: _Optional[str] = ..., would: _Optional[_Iterable[str]] = ...) -> None: ...

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

class Failure(_message.Message):
    __slots__ = ("kind", "message")
    KIND_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    kind: FailureKind
    message: str
    def __init__(self, kind: _Optional[_Union[FailureKind, str]] = ..., message: _Optional[str] = ...) -> None: ...

class Step(_message.Message):
    __slots__ = ("model", "deployment", "propensity", "usage", "cost_usd", "latency_ms", "verdicts", "failure", "finish_reason", "answer_text")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    PROPENSITY_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    ANSWER_TEXT_FIELD_NUMBER: _ClassVar[int]
    model: str
    deployment: str
    propensity: float
    usage: _chat_pb2.Usage
    cost_usd: float
    latency_ms: float
    verdicts: _containers.RepeatedCompositeFieldContainer[Verdict]
    failure: Failure
    finish_reason: _chat_pb2.FinishReason
    answer_text: str
    def __init__(self, model: _Optional[str] = ..., deployment: _Optional[str] = ..., propensity: _Optional[float] = ..., usage: _Optional[_Union[_chat_pb2.Usage, _Mapping]] = ..., cost_usd: _Optional[float] = ..., latency_ms: _Optional[float] = ..., verdicts: _Optional[_Iterable[_Union[Verdict, _Mapping]]] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ..., finish_reason: _Optional[_Union[_chat_pb2.FinishReason, str]] = ..., answer_text: _Optional[str] = ...) -> None: ...

class Constraints(_message.Message):
    __slots__ = ("models", "excluded", "cost_weight", "latency_weight", "max_cost_usd", "max_latency_ms", "min_quality", "deadline_ms", "judges", "sticky_model", "max_steps", "require_tags", "availability")
    class ExcludedEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class AvailabilityEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    MODELS_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_FIELD_NUMBER: _ClassVar[int]
    COST_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    LATENCY_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    MAX_COST_USD_FIELD_NUMBER: _ClassVar[int]
    MAX_LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    MIN_QUALITY_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_MS_FIELD_NUMBER: _ClassVar[int]
    JUDGES_FIELD_NUMBER: _ClassVar[int]
    STICKY_MODEL_FIELD_NUMBER: _ClassVar[int]
    MAX_STEPS_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_TAGS_FIELD_NUMBER: _ClassVar[int]
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedScalarFieldContainer[str]
    excluded: _containers.ScalarMap[str, str]
    cost_weight: float
    latency_weight: float
    max_cost_usd: float
    max_latency_ms: float
    min_quality: float
    deadline_ms: float
    judges: _containers.RepeatedScalarFieldContainer[str]
    sticky_model: str
    max_steps: int
    require_tags: _containers.RepeatedScalarFieldContainer[str]
    availability: _containers.ScalarMap[str, float]
    def __init__(self, models: _Optional[_Iterable[str]] = ..., excluded: _Optional[_Mapping[str, str]] = ..., cost_weight: _Optional[float] = ..., latency_weight: _Optional[float] = ..., max_cost_usd: _Optional[float] = ..., max_latency_ms: _Optional[float] = ..., min_quality: _Optional[float] = ..., deadline_ms: _Optional[float] = ..., judges: _Optional[_Iterable[str]] = ..., sticky_model: _Optional[str] = ..., max_steps: _Optional[int] = ..., require_tags: _Optional[_Iterable[str]] = ..., availability: _Optional[_Mapping[str, float]] = ...) -> None: ...

class Alternative(_message.Message):
    __slots__ = ("kind", "model", "judge", "step_index", "probability")
    KIND_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    kind: ActionKind
    model: str
    judge: str
    step_index: int
    probability: float
    def __init__(self, kind: _Optional[_Union[ActionKind, str]] = ..., model: _Optional[str] = ..., judge: _Optional[str] = ..., step_index: _Optional[int] = ..., probability: _Optional[float] = ...) -> None: ...

class Belief(_message.Message):
    __slots__ = ("step_index", "quality")
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    step_index: int
    quality: float
    def __init__(self, step_index: _Optional[int] = ..., quality: _Optional[float] = ...) -> None: ...

class ActionTaken(_message.Message):
    __slots__ = ("taken", "alternatives", "beliefs", "forced_by")
    TAKEN_FIELD_NUMBER: _ClassVar[int]
    ALTERNATIVES_FIELD_NUMBER: _ClassVar[int]
    BELIEFS_FIELD_NUMBER: _ClassVar[int]
    FORCED_BY_FIELD_NUMBER: _ClassVar[int]
    taken: Alternative
    alternatives: _containers.RepeatedCompositeFieldContainer[Alternative]
    beliefs: _containers.RepeatedCompositeFieldContainer[Belief]
    forced_by: StopReason
    def __init__(self, taken: _Optional[_Union[Alternative, _Mapping]] = ..., alternatives: _Optional[_Iterable[_Union[Alternative, _Mapping]]] = ..., beliefs: _Optional[_Iterable[_Union[Belief, _Mapping]]] = ..., forced_by: _Optional[_Union[StopReason, str]] = ...) -> None: ...

class ReportedOutcome(_message.Message):
    __slots__ = ("request_id", "model", "usage", "cost_usd", "latency_ms", "verdicts", "failure", "record_time", "client")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    RECORD_TIME_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    model: str
    usage: _chat_pb2.Usage
    cost_usd: float
    latency_ms: float
    verdicts: _containers.RepeatedCompositeFieldContainer[Verdict]
    failure: Failure
    record_time: _timestamp_pb2.Timestamp
    client: str
    def __init__(self, request_id: _Optional[str] = ..., model: _Optional[str] = ..., usage: _Optional[_Union[_chat_pb2.Usage, _Mapping]] = ..., cost_usd: _Optional[float] = ..., latency_ms: _Optional[float] = ..., verdicts: _Optional[_Iterable[_Union[Verdict, _Mapping]]] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ..., record_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., client: _Optional[str] = ...) -> None: ...

class ModelCost(_message.Message):
    __slots__ = ("model", "call_count", "cost_usd")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CALL_COUNT_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    model: str
    call_count: int
    cost_usd: float
    def __init__(self, model: _Optional[str] = ..., call_count: _Optional[int] = ..., cost_usd: _Optional[float] = ...) -> None: ...

class Episode(_message.Message):
    __slots__ = ("episode_id", "tenant", "create_time", "request_id", "session_id", "end_user_id", "prompt", "labels", "decision", "constraints", "steps", "actions", "answer_step", "stop_reason", "believed_quality", "cost_usd", "latency_ms", "costs", "outcomes", "feedback", "log_position", "client")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    END_USER_ID_FIELD_NUMBER: _ClassVar[int]
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_STEP_FIELD_NUMBER: _ClassVar[int]
    STOP_REASON_FIELD_NUMBER: _ClassVar[int]
    BELIEVED_QUALITY_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    COSTS_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    tenant: str
    create_time: _timestamp_pb2.Timestamp
    request_id: str
    session_id: str
    end_user_id: str
    prompt: str
    labels: _containers.ScalarMap[str, str]
    decision: Decision
    constraints: Constraints
    steps: _containers.RepeatedCompositeFieldContainer[Step]
    actions: _containers.RepeatedCompositeFieldContainer[ActionTaken]
    answer_step: int
    stop_reason: StopReason
    believed_quality: float
    cost_usd: float
    latency_ms: float
    costs: _containers.RepeatedCompositeFieldContainer[ModelCost]
    outcomes: _containers.RepeatedCompositeFieldContainer[ReportedOutcome]
    feedback: _containers.RepeatedCompositeFieldContainer[_feedback_pb2.RecordedFeedback]
    log_position: int
    client: str
    def __init__(self, episode_id: _Optional[str] = ..., tenant: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ..., session_id: _Optional[str] = ..., end_user_id: _Optional[str] = ..., prompt: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., decision: _Optional[_Union[Decision, _Mapping]] = ..., constraints: _Optional[_Union[Constraints, _Mapping]] = ..., steps: _Optional[_Iterable[_Union[Step, _Mapping]]] = ..., actions: _Optional[_Iterable[_Union[ActionTaken, _Mapping]]] = ..., answer_step: _Optional[int] = ..., stop_reason: _Optional[_Union[StopReason, str]] = ..., believed_quality: _Optional[float] = ..., cost_usd: _Optional[float] = ..., latency_ms: _Optional[float] = ..., costs: _Optional[_Iterable[_Union[ModelCost, _Mapping]]] = ..., outcomes: _Optional[_Iterable[_Union[ReportedOutcome, _Mapping]]] = ..., feedback: _Optional[_Iterable[_Union[_feedback_pb2.RecordedFeedback, _Mapping]]] = ..., log_position: _Optional[int] = ..., client: _Optional[str] = ...) -> None: ...

class BeliefMove(_message.Message):
    __slots__ = ("step_index", "judge", "quality_before", "quality_after")
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    QUALITY_BEFORE_FIELD_NUMBER: _ClassVar[int]
    QUALITY_AFTER_FIELD_NUMBER: _ClassVar[int]
    step_index: int
    judge: str
    quality_before: float
    quality_after: float
    def __init__(self, step_index: _Optional[int] = ..., judge: _Optional[str] = ..., quality_before: _Optional[float] = ..., quality_after: _Optional[float] = ...) -> None: ...
