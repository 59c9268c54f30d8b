import datetime

from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from pointsman.v1 import chat_pb2 as _chat_pb2
from pointsman.v1 import query_pb2 as _query_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Adapter(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ADAPTER_UNSPECIFIED: _ClassVar[Adapter]
    ADAPTER_OPENAI: _ClassVar[Adapter]
    ADAPTER_LITELLM: _ClassVar[Adapter]

class CostSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COST_SOURCE_UNSPECIFIED: _ClassVar[CostSource]
    COST_SOURCE_PRICES: _ClassVar[CostSource]
    COST_SOURCE_RESPONSE: _ClassVar[CostSource]

class BreakerState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BREAKER_STATE_UNSPECIFIED: _ClassVar[BreakerState]
    BREAKER_STATE_CLOSED: _ClassVar[BreakerState]
    BREAKER_STATE_OPEN: _ClassVar[BreakerState]
    BREAKER_STATE_HALF_OPEN: _ClassVar[BreakerState]

class TenantMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TENANT_MODE_UNSPECIFIED: _ClassVar[TenantMode]
    TENANT_MODE_ROUTE: _ClassVar[TenantMode]
    TENANT_MODE_OBSERVE: _ClassVar[TenantMode]

class AccessRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCESS_ROLE_UNSPECIFIED: _ClassVar[AccessRole]
    ACCESS_ROLE_CALL: _ClassVar[AccessRole]
    ACCESS_ROLE_FEEDBACK: _ClassVar[AccessRole]
    ACCESS_ROLE_READ: _ClassVar[AccessRole]
    ACCESS_ROLE_ADMIN: _ClassVar[AccessRole]

class NodeOrigin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NODE_ORIGIN_UNSPECIFIED: _ClassVar[NodeOrigin]
    NODE_ORIGIN_FILE: _ClassVar[NodeOrigin]
    NODE_ORIGIN_OPERATOR: _ClassVar[NodeOrigin]
    NODE_ORIGIN_GROWN: _ClassVar[NodeOrigin]

class JobOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOB_OUTCOME_UNSPECIFIED: _ClassVar[JobOutcome]
    JOB_OUTCOME_NEVER_RAN: _ClassVar[JobOutcome]
    JOB_OUTCOME_CHANGED: _ClassVar[JobOutcome]
    JOB_OUTCOME_UNCHANGED: _ClassVar[JobOutcome]
    JOB_OUTCOME_FAILED: _ClassVar[JobOutcome]

class HealthState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HEALTH_STATE_UNSPECIFIED: _ClassVar[HealthState]
    HEALTH_STATE_SERVING: _ClassVar[HealthState]
    HEALTH_STATE_DEGRADED: _ClassVar[HealthState]
    HEALTH_STATE_NOT_SERVING: _ClassVar[HealthState]

class ConfigOrigin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONFIG_ORIGIN_UNSPECIFIED: _ClassVar[ConfigOrigin]
    CONFIG_ORIGIN_DEFAULT: _ClassVar[ConfigOrigin]
    CONFIG_ORIGIN_FILE: _ClassVar[ConfigOrigin]
    CONFIG_ORIGIN_ENVIRONMENT: _ClassVar[ConfigOrigin]
    CONFIG_ORIGIN_CHANGED: _ClassVar[ConfigOrigin]
ADAPTER_UNSPECIFIED: Adapter
ADAPTER_OPENAI: Adapter
ADAPTER_LITELLM: Adapter
COST_SOURCE_UNSPECIFIED: CostSource
COST_SOURCE_PRICES: CostSource
COST_SOURCE_RESPONSE: CostSource
BREAKER_STATE_UNSPECIFIED: BreakerState
BREAKER_STATE_CLOSED: BreakerState
BREAKER_STATE_OPEN: BreakerState
BREAKER_STATE_HALF_OPEN: BreakerState
TENANT_MODE_UNSPECIFIED: TenantMode
TENANT_MODE_ROUTE: TenantMode
TENANT_MODE_OBSERVE: TenantMode
ACCESS_ROLE_UNSPECIFIED: AccessRole
ACCESS_ROLE_CALL: AccessRole
ACCESS_ROLE_FEEDBACK: AccessRole
ACCESS_ROLE_READ: AccessRole
ACCESS_ROLE_ADMIN: AccessRole
NODE_ORIGIN_UNSPECIFIED: NodeOrigin
NODE_ORIGIN_FILE: NodeOrigin
NODE_ORIGIN_OPERATOR: NodeOrigin
NODE_ORIGIN_GROWN: NodeOrigin
JOB_OUTCOME_UNSPECIFIED: JobOutcome
JOB_OUTCOME_NEVER_RAN: JobOutcome
JOB_OUTCOME_CHANGED: JobOutcome
JOB_OUTCOME_UNCHANGED: JobOutcome
JOB_OUTCOME_FAILED: JobOutcome
HEALTH_STATE_UNSPECIFIED: HealthState
HEALTH_STATE_SERVING: HealthState
HEALTH_STATE_DEGRADED: HealthState
HEALTH_STATE_NOT_SERVING: HealthState
CONFIG_ORIGIN_UNSPECIFIED: ConfigOrigin
CONFIG_ORIGIN_DEFAULT: ConfigOrigin
CONFIG_ORIGIN_FILE: ConfigOrigin
CONFIG_ORIGIN_ENVIRONMENT: ConfigOrigin
CONFIG_ORIGIN_CHANGED: ConfigOrigin

class Model(_message.Message):
    __slots__ = ("model", "adapter", "provider_model", "base_url", "api_key_env", "input_usd_per_million", "output_usd_per_million", "enabled", "params_json", "cost_source", "capabilities", "context_window", "tags", "deployments", "etag", "unpriced", "cached_input_usd_per_million", "max_output_tokens", "without_params", "connect_timeout_s", "first_token_timeout_s", "answer_timeout_s", "availability", "breaker", "expected_quality")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_MODEL_FIELD_NUMBER: _ClassVar[int]
    BASE_URL_FIELD_NUMBER: _ClassVar[int]
    API_KEY_ENV_FIELD_NUMBER: _ClassVar[int]
    INPUT_USD_PER_MILLION_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_USD_PER_MILLION_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    PARAMS_JSON_FIELD_NUMBER: _ClassVar[int]
    COST_SOURCE_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_WINDOW_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    DEPLOYMENTS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    UNPRICED_FIELD_NUMBER: _ClassVar[int]
    CACHED_INPUT_USD_PER_MILLION_FIELD_NUMBER: _ClassVar[int]
    MAX_OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_PARAMS_FIELD_NUMBER: _ClassVar[int]
    CONNECT_TIMEOUT_S_FIELD_NUMBER: _ClassVar[int]
    FIRST_TOKEN_TIMEOUT_S_FIELD_NUMBER: _ClassVar[int]
    ANSWER_TIMEOUT_S_FIELD_NUMBER: _ClassVar[int]
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    BREAKER_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_QUALITY_FIELD_NUMBER: _ClassVar[int]
    model: str
    adapter: Adapter
    provider_model: str
    base_url: str
    api_key_env: str
    input_usd_per_million: float
    output_usd_per_million: float
    enabled: bool
    params_json: str
    cost_source: CostSource
    capabilities: Capabilities
    context_window: int
    tags: _containers.RepeatedScalarFieldContainer[str]
    deployments: _containers.RepeatedCompositeFieldContainer[Deployment]
    etag: str
    unpriced: bool
    cached_input_usd_per_million: float
    max_output_tokens: int
    without_params: _containers.RepeatedScalarFieldContainer[str]
    connect_timeout_s: float
    first_token_timeout_s: float
    answer_timeout_s: float
    availability: float
    breaker: BreakerState
    expected_quality: float
    def __init__(self, model: _Optional[str] = ..., adapter: _Optional[_Union[Adapter, str]] = ..., provider_model: _Optional[str] = ..., base_url: _Optional[str] = ..., api_key_env: _Optional[str] = ..., input_usd_per_million: _Optional[float] = ..., output_usd_per_million: _Optional[float] = ..., enabled: _Optional[bool] = ..., params_json: _Optional[str] = ..., cost_source: _Optional[_Union[CostSource, str]] = ..., capabilities: _Optional[_Union[Capabilities, _Mapping]] = ..., context_window: _Optional[int] = ..., tags: _Optional[_Iterable[str]] = ..., deployments: _Optional[_Iterable[_Union[Deployment, _Mapping]]] = ..., etag: _Optional[str] = ..., unpriced: _Optional[bool] = ..., cached_input_usd_per_million: _Optional[float] = ..., max_output_tokens: _Optional[int] = ..., without_params: _Optional[_Iterable[str]] = ..., connect_timeout_s: _Optional[float] = ..., first_token_timeout_s: _Optional[float] = ..., answer_timeout_s: _Optional[float] = ..., availability: _Optional[float] = ..., breaker: _Optional[_Union[BreakerState, str]] = ..., expected_quality: _Optional[float] = ...) -> None: ...

class Capabilities(_message.Message):
    __slots__ = ("input_modalities", "tools", "json_schema", "reasoning", "streaming")
    INPUT_MODALITIES_FIELD_NUMBER: _ClassVar[int]
    TOOLS_FIELD_NUMBER: _ClassVar[int]
    JSON_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    REASONING_FIELD_NUMBER: _ClassVar[int]
    STREAMING_FIELD_NUMBER: _ClassVar[int]
    input_modalities: _containers.RepeatedScalarFieldContainer[_chat_pb2.Modality]
    tools: bool
    json_schema: bool
    reasoning: bool
    streaming: bool
    def __init__(self, input_modalities: _Optional[_Iterable[_Union[_chat_pb2.Modality, str]]] = ..., tools: _Optional[bool] = ..., json_schema: _Optional[bool] = ..., reasoning: _Optional[bool] = ..., streaming: _Optional[bool] = ...) -> None: ...

class Deployment(_message.Message):
    __slots__ = ("deployment", "provider_model", "base_url", "api_key_env", "region", "requests_per_minute", "tokens_per_minute", "availability", "breaker")
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_MODEL_FIELD_NUMBER: _ClassVar[int]
    BASE_URL_FIELD_NUMBER: _ClassVar[int]
    API_KEY_ENV_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    TOKENS_PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    BREAKER_FIELD_NUMBER: _ClassVar[int]
    deployment: str
    provider_model: str
    base_url: str
    api_key_env: str
    region: str
    requests_per_minute: int
    tokens_per_minute: int
    availability: float
    breaker: BreakerState
    def __init__(self, deployment: _Optional[str] = ..., provider_model: _Optional[str] = ..., base_url: _Optional[str] = ..., api_key_env: _Optional[str] = ..., region: _Optional[str] = ..., requests_per_minute: _Optional[int] = ..., tokens_per_minute: _Optional[int] = ..., availability: _Optional[float] = ..., breaker: _Optional[_Union[BreakerState, str]] = ...) -> None: ...

class Tenant(_message.Message):
    __slots__ = ("tenant", "enabled", "usd_per_thousand", "ceiling_usd", "period_s", "preference", "models", "require_tags", "baseline", "etag", "spent_usd", "period_end_time", "paced_cost_weight", "hedge", "requests_per_second", "concurrency", "feedback_per_minute", "alpha", "guarantee", "mode")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    USD_PER_THOUSAND_FIELD_NUMBER: _ClassVar[int]
    CEILING_USD_FIELD_NUMBER: _ClassVar[int]
    PERIOD_S_FIELD_NUMBER: _ClassVar[int]
    PREFERENCE_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_TAGS_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    SPENT_USD_FIELD_NUMBER: _ClassVar[int]
    PERIOD_END_TIME_FIELD_NUMBER: _ClassVar[int]
    PACED_COST_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    HEDGE_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    CONCURRENCY_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    ALPHA_FIELD_NUMBER: _ClassVar[int]
    GUARANTEE_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    enabled: bool
    usd_per_thousand: float
    ceiling_usd: float
    period_s: float
    preference: _query_pb2.Preference
    models: _containers.RepeatedScalarFieldContainer[str]
    require_tags: _containers.RepeatedScalarFieldContainer[str]
    baseline: str
    etag: str
    spent_usd: float
    period_end_time: _timestamp_pb2.Timestamp
    paced_cost_weight: float
    hedge: bool
    requests_per_second: float
    concurrency: int
    feedback_per_minute: float
    alpha: float
    guarantee: Guarantee
    mode: TenantMode
    def __init__(self, tenant: _Optional[str] = ..., enabled: _Optional[bool] = ..., usd_per_thousand: _Optional[float] = ..., ceiling_usd: _Optional[float] = ..., period_s: _Optional[float] = ..., preference: _Optional[_Union[_query_pb2.Preference, _Mapping]] = ..., models: _Optional[_Iterable[str]] = ..., require_tags: _Optional[_Iterable[str]] = ..., baseline: _Optional[str] = ..., etag: _Optional[str] = ..., spent_usd: _Optional[float] = ..., period_end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., paced_cost_weight: _Optional[float] = ..., hedge: _Optional[bool] = ..., requests_per_second: _Optional[float] = ..., concurrency: _Optional[int] = ..., feedback_per_minute: _Optional[float] = ..., alpha: _Optional[float] = ..., guarantee: _Optional[_Union[Guarantee, _Mapping]] = ..., mode: _Optional[_Union[TenantMode, str]] = ...) -> None: ...

class Guarantee(_message.Message):
    __slots__ = ("credit", "decisions", "departed")
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    DEPARTED_FIELD_NUMBER: _ClassVar[int]
    credit: float
    decisions: int
    departed: int
    def __init__(self, credit: _Optional[float] = ..., decisions: _Optional[int] = ..., departed: _Optional[int] = ...) -> None: ...

class ApiKey(_message.Message):
    __slots__ = ("name", "key_id", "tenant", "roles", "acts_for", "requests_per_second", "concurrency", "feedback_per_minute", "expire_time", "create_time", "rotate_time", "previous_end_time", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    ACTS_FOR_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    CONCURRENCY_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ROTATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_END_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    key_id: str
    tenant: str
    roles: _containers.RepeatedScalarFieldContainer[AccessRole]
    acts_for: _containers.RepeatedScalarFieldContainer[str]
    requests_per_second: float
    concurrency: int
    feedback_per_minute: float
    expire_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    rotate_time: _timestamp_pb2.Timestamp
    previous_end_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., key_id: _Optional[str] = ..., tenant: _Optional[str] = ..., roles: _Optional[_Iterable[_Union[AccessRole, str]]] = ..., acts_for: _Optional[_Iterable[str]] = ..., requests_per_second: _Optional[float] = ..., concurrency: _Optional[int] = ..., feedback_per_minute: _Optional[float] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., rotate_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., previous_end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class TaxonomyNode(_message.Message):
    __slots__ = ("node_id", "parent_id", "title", "description", "examples", "enabled", "etag", "origin", "child_ids", "evidence", "models")
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    PARENT_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    CHILD_IDS_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    parent_id: str
    title: str
    description: str
    examples: _containers.RepeatedScalarFieldContainer[str]
    enabled: bool
    etag: str
    origin: NodeOrigin
    child_ids: _containers.RepeatedScalarFieldContainer[str]
    evidence: float
    models: _containers.RepeatedCompositeFieldContainer[ModelAtNode]
    def __init__(self, node_id: _Optional[str] = ..., parent_id: _Optional[str] = ..., title: _Optional[str] = ..., description: _Optional[str] = ..., examples: _Optional[_Iterable[str]] = ..., enabled: _Optional[bool] = ..., etag: _Optional[str] = ..., origin: _Optional[_Union[NodeOrigin, str]] = ..., child_ids: _Optional[_Iterable[str]] = ..., evidence: _Optional[float] = ..., models: _Optional[_Iterable[_Union[ModelAtNode, _Mapping]]] = ...) -> None: ...

class ModelAtNode(_message.Message):
    __slots__ = ("model", "quality", "quality_sd", "cost_usd", "latency_ms", "evidence")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    QUALITY_SD_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    model: str
    quality: float
    quality_sd: float
    cost_usd: float
    latency_ms: float
    evidence: float
    def __init__(self, model: _Optional[str] = ..., quality: _Optional[float] = ..., quality_sd: _Optional[float] = ..., cost_usd: _Optional[float] = ..., latency_ms: _Optional[float] = ..., evidence: _Optional[float] = ...) -> None: ...

class Snapshot(_message.Message):
    __slots__ = ("snapshot_version", "log_position", "create_time", "checksum", "size_bytes", "active", "note", "name")
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CHECKSUM_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    snapshot_version: int
    log_position: int
    create_time: _timestamp_pb2.Timestamp
    checksum: str
    size_bytes: int
    active: bool
    note: str
    name: str
    def __init__(self, snapshot_version: _Optional[int] = ..., log_position: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., checksum: _Optional[str] = ..., size_bytes: _Optional[int] = ..., active: _Optional[bool] = ..., note: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class Job(_message.Message):
    __slots__ = ("job", "interval_s", "next_run_time", "start_time", "end_time", "outcome", "detail")
    JOB_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_S_FIELD_NUMBER: _ClassVar[int]
    NEXT_RUN_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    job: str
    interval_s: float
    next_run_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    outcome: JobOutcome
    detail: _struct_pb2.Struct
    def __init__(self, job: _Optional[str] = ..., interval_s: _Optional[float] = ..., next_run_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., outcome: _Optional[_Union[JobOutcome, str]] = ..., detail: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class PartHealth(_message.Message):
    __slots__ = ("part", "state", "detail", "since")
    PART_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    part: str
    state: HealthState
    detail: str
    since: _timestamp_pb2.Timestamp
    def __init__(self, part: _Optional[str] = ..., state: _Optional[_Union[HealthState, str]] = ..., detail: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ConfigValue(_message.Message):
    __slots__ = ("key", "value", "origin", "changed_by", "change_time", "hidden_value")
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    CHANGED_BY_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    HIDDEN_VALUE_FIELD_NUMBER: _ClassVar[int]
    key: str
    value: _struct_pb2.Value
    origin: ConfigOrigin
    changed_by: str
    change_time: _timestamp_pb2.Timestamp
    hidden_value: _struct_pb2.Value
    def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., origin: _Optional[_Union[ConfigOrigin, str]] = ..., changed_by: _Optional[str] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., hidden_value: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...

class KnownQuery(_message.Message):
    __slots__ = ("prompt", "hints", "outcomes")
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    HINTS_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    prompt: str
    hints: _query_pb2.Hints
    outcomes: _containers.RepeatedCompositeFieldContainer[KnownOutcome]
    def __init__(self, prompt: _Optional[str] = ..., hints: _Optional[_Union[_query_pb2.Hints, _Mapping]] = ..., outcomes: _Optional[_Iterable[_Union[KnownOutcome, _Mapping]]] = ...) -> None: ...

class KnownOutcome(_message.Message):
    __slots__ = ("model", "quality", "weight", "cost_usd", "latency_ms", "judge_scores")
    class JudgeScoresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    MODEL_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    JUDGE_SCORES_FIELD_NUMBER: _ClassVar[int]
    model: str
    quality: float
    weight: float
    cost_usd: float
    latency_ms: float
    judge_scores: _containers.ScalarMap[str, float]
    def __init__(self, model: _Optional[str] = ..., quality: _Optional[float] = ..., weight: _Optional[float] = ..., cost_usd: _Optional[float] = ..., latency_ms: _Optional[float] = ..., judge_scores: _Optional[_Mapping[str, float]] = ...) -> None: ...

class AuditEntry(_message.Message):
    __slots__ = ("log_position", "change_time", "by", "method", "changes", "changes_left_out", "note")
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    CHANGES_LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    log_position: int
    change_time: _timestamp_pb2.Timestamp
    by: str
    method: str
    changes: _containers.RepeatedCompositeFieldContainer[AuditChange]
    changes_left_out: int
    note: str
    def __init__(self, log_position: _Optional[int] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., by: _Optional[str] = ..., method: _Optional[str] = ..., changes: _Optional[_Iterable[_Union[AuditChange, _Mapping]]] = ..., changes_left_out: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

class AuditChange(_message.Message):
    __slots__ = ("key", "before", "after")
    KEY_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    key: str
    before: _struct_pb2.Value
    after: _struct_pb2.Value
    def __init__(self, key: _Optional[str] = ..., before: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., after: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...
