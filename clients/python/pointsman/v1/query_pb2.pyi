from pointsman.v1 import chat_pb2 as _chat_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Query(_message.Message):
    __slots__ = ("messages", "tools_json", "response_format_json", "params", "hints", "session_id", "end_user_id", "preference", "models", "require_tags")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    TOOLS_JSON_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FORMAT_JSON_FIELD_NUMBER: _ClassVar[int]
    PARAMS_FIELD_NUMBER: _ClassVar[int]
    HINTS_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    END_USER_ID_FIELD_NUMBER: _ClassVar[int]
    PREFERENCE_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_TAGS_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[_chat_pb2.ChatMessage]
    tools_json: _containers.RepeatedScalarFieldContainer[str]
    response_format_json: str
    params: _chat_pb2.GenerationParams
    hints: Hints
    session_id: str
    end_user_id: str
    preference: Preference
    models: _containers.RepeatedScalarFieldContainer[str]
    require_tags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, messages: _Optional[_Iterable[_Union[_chat_pb2.ChatMessage, _Mapping]]] = ..., tools_json: _Optional[_Iterable[str]] = ..., response_format_json: _Optional[str] = ..., params: _Optional[_Union[_chat_pb2.GenerationParams, _Mapping]] = ..., hints: _Optional[_Union[Hints, _Mapping]] = ..., session_id: _Optional[str] = ..., end_user_id: _Optional[str] = ..., preference: _Optional[_Union[Preference, _Mapping]] = ..., models: _Optional[_Iterable[str]] = ..., require_tags: _Optional[_Iterable[str]] = ...) -> None: ...

class Hints(_message.Message):
    __slots__ = ("task", "domain", "language", "labels")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TASK_FIELD_NUMBER: _ClassVar[int]
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    task: str
    domain: str
    language: str
    labels: _containers.ScalarMap[str, str]
    def __init__(self, task: _Optional[str] = ..., domain: _Optional[str] = ..., language: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Preference(_message.Message):
    __slots__ = ("dial", "cost_weight", "latency_weight", "max_cost_usd", "max_latency_ms", "min_quality")
    DIAL_FIELD_NUMBER: _ClassVar[int]
    COST_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    LATENCY_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    MAX_COST_USD_FIELD_NUMBER: _ClassVar[int]
    MAX_LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    MIN_QUALITY_FIELD_NUMBER: _ClassVar[int]
    dial: float
    cost_weight: float
    latency_weight: float
    max_cost_usd: float
    max_latency_ms: float
    min_quality: float
    def __init__(self, dial: _Optional[float] = ..., cost_weight: _Optional[float] = ..., latency_weight: _Optional[float] = ..., max_cost_usd: _Optional[float] = ..., max_latency_ms: _Optional[float] = ..., min_quality: _Optional[float] = ...) -> None: ...
