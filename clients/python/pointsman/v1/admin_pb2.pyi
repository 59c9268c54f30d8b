import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from pointsman.v1 import query_pb2 as _query_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class JobOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOB_OUTCOME_UNSPECIFIED: _ClassVar[JobOutcome]
    JOB_OUTCOME_CHANGED: _ClassVar[JobOutcome]
    JOB_OUTCOME_UNCHANGED: _ClassVar[JobOutcome]
    JOB_OUTCOME_FAILED: _ClassVar[JobOutcome]
JOB_OUTCOME_UNSPECIFIED: JobOutcome
JOB_OUTCOME_CHANGED: JobOutcome
JOB_OUTCOME_UNCHANGED: JobOutcome
JOB_OUTCOME_FAILED: JobOutcome

class Model(_message.Message):
    __slots__ = ("name", "adapter", "provider_model", "base_url", "api_key_env", "input_usd_per_1m", "output_usd_per_1m", "enabled", "params_json")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_MODEL_FIELD_NUMBER: _ClassVar[int]
    BASE_URL_FIELD_NUMBER: _ClassVar[int]
    API_KEY_ENV_FIELD_NUMBER: _ClassVar[int]
    INPUT_USD_PER_1M_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_USD_PER_1M_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    PARAMS_JSON_FIELD_NUMBER: _ClassVar[int]
    name: str
    adapter: str
    provider_model: str
    base_url: str
    api_key_env: str
    input_usd_per_1m: float
    output_usd_per_1m: float
    enabled: bool
    params_json: str
    def __init__(self, name: _Optional[str] = ..., adapter: _Optional[str] = ..., provider_model: _Optional[str] = ..., base_url: _Optional[str] = ..., api_key_env: _Optional[str] = ..., input_usd_per_1m: _Optional[float] = ..., output_usd_per_1m: _Optional[float] = ..., enabled: _Optional[bool] = ..., params_json: _Optional[str] = ...) -> None: ...

class TaxonomyNode(_message.Message):
    __slots__ = ("id", "parent_id", "title", "description", "examples", "child_ids", "evidence", "origin", "models")
    ID_FIELD_NUMBER: _ClassVar[int]
    PARENT_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    CHILD_IDS_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    id: str
    parent_id: str
    title: str
    description: str
    examples: _containers.RepeatedScalarFieldContainer[str]
    child_ids: _containers.RepeatedScalarFieldContainer[str]
    evidence: float
    origin: str
    models: _containers.RepeatedCompositeFieldContainer[ModelAtNode]
    def __init__(self, id: _Optional[str] = ..., parent_id: _Optional[str] = ..., title: _Optional[str] = ..., description: _Optional[str] = ..., examples: _Optional[_Iterable[str]] = ..., child_ids: _Optional[_Iterable[str]] = ..., evidence: _Optional[float] = ..., origin: _Optional[str] = ..., models: _Optional[_Iterable[_Union[ModelAtNode, _Mapping]]] = ...) -> None: ...

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
    __slots__ = ("version", "log_position", "created_at", "checksum", "size_bytes", "active", "note")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    CHECKSUM_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    version: int
    log_position: int
    created_at: _timestamp_pb2.Timestamp
    checksum: str
    size_bytes: int
    active: bool
    note: str
    def __init__(self, version: _Optional[int] = ..., log_position: _Optional[int] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., checksum: _Optional[str] = ..., size_bytes: _Optional[int] = ..., active: _Optional[bool] = ..., note: _Optional[str] = ...) -> None: ...

class Job(_message.Message):
    __slots__ = ("name", "interval_s", "next_run_at", "started_at", "ended_at", "outcome", "detail_json")
    NAME_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_S_FIELD_NUMBER: _ClassVar[int]
    NEXT_RUN_AT_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DETAIL_JSON_FIELD_NUMBER: _ClassVar[int]
    name: str
    interval_s: float
    next_run_at: _timestamp_pb2.Timestamp
    started_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    outcome: JobOutcome
    detail_json: str
    def __init__(self, name: _Optional[str] = ..., interval_s: _Optional[float] = ..., next_run_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., outcome: _Optional[_Union[JobOutcome, str]] = ..., detail_json: _Optional[str] = ...) -> None: ...

class Budget(_message.Message):
    __slots__ = ("tenant", "usd_per_1k", "ceiling_usd", "period_s", "spent_usd", "cost_weight")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    USD_PER_1K_FIELD_NUMBER: _ClassVar[int]
    CEILING_USD_FIELD_NUMBER: _ClassVar[int]
    PERIOD_S_FIELD_NUMBER: _ClassVar[int]
    SPENT_USD_FIELD_NUMBER: _ClassVar[int]
    COST_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    usd_per_1k: float
    ceiling_usd: float
    period_s: float
    spent_usd: float
    cost_weight: float
    def __init__(self, tenant: _Optional[str] = ..., usd_per_1k: _Optional[float] = ..., ceiling_usd: _Optional[float] = ..., period_s: _Optional[float] = ..., spent_usd: _Optional[float] = ..., cost_weight: _Optional[float] = ...) -> None: ...

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
