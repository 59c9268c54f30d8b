from pointsman.v1 import chat_pb2 as _chat_pb2
from pointsman.v1 import episode_pb2 as _episode_pb2
from pointsman.v1 import query_pb2 as _query_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RouteRequest(_message.Message):
    __slots__ = ("query", "single_call")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    SINGLE_CALL_FIELD_NUMBER: _ClassVar[int]
    query: _query_pb2.Query
    single_call: bool
    def __init__(self, query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ..., single_call: _Optional[bool] = ...) -> None: ...

class RouteResponse(_message.Message):
    __slots__ = ("episode_id", "decision", "replayed", "snapshot_version")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    decision: _episode_pb2.Decision
    replayed: bool
    snapshot_version: int
    def __init__(self, episode_id: _Optional[str] = ..., decision: _Optional[_Union[_episode_pb2.Decision, _Mapping]] = ..., replayed: _Optional[bool] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class CompleteRequest(_message.Message):
    __slots__ = ("query",)
    QUERY_FIELD_NUMBER: _ClassVar[int]
    query: _query_pb2.Query
    def __init__(self, query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ...) -> None: ...

class CompleteResponse(_message.Message):
    __slots__ = ("episode_id", "answer", "decision", "steps", "answer_step", "stop", "cut_short", "believed_quality", "cost_usd", "latency_ms", "replayed", "snapshot_version")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_STEP_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    CUT_SHORT_FIELD_NUMBER: _ClassVar[int]
    BELIEVED_QUALITY_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    answer: Answer
    decision: _episode_pb2.Decision
    steps: _containers.RepeatedCompositeFieldContainer[_episode_pb2.Step]
    answer_step: int
    stop: _episode_pb2.StopReason
    cut_short: bool
    believed_quality: float
    cost_usd: float
    latency_ms: float
    replayed: bool
    snapshot_version: int
    def __init__(self, episode_id: _Optional[str] = ..., answer: _Optional[_Union[Answer, _Mapping]] = ..., decision: _Optional[_Union[_episode_pb2.Decision, _Mapping]] = ..., steps: _Optional[_Iterable[_Union[_episode_pb2.Step, _Mapping]]] = ..., answer_step: _Optional[int] = ..., stop: _Optional[_Union[_episode_pb2.StopReason, str]] = ..., cut_short: _Optional[bool] = ..., believed_quality: _Optional[float] = ..., cost_usd: _Optional[float] = ..., latency_ms: _Optional[float] = ..., replayed: _Optional[bool] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ("model", "text", "tool_calls", "finish_reason")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALLS_FIELD_NUMBER: _ClassVar[int]
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    model: str
    text: str
    tool_calls: _containers.RepeatedCompositeFieldContainer[_chat_pb2.ToolCall]
    finish_reason: str
    def __init__(self, model: _Optional[str] = ..., text: _Optional[str] = ..., tool_calls: _Optional[_Iterable[_Union[_chat_pb2.ToolCall, _Mapping]]] = ..., finish_reason: _Optional[str] = ...) -> None: ...

class StreamCompleteRequest(_message.Message):
    __slots__ = ("query",)
    QUERY_FIELD_NUMBER: _ClassVar[int]
    query: _query_pb2.Query
    def __init__(self, query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ...) -> None: ...

class StreamCompleteResponse(_message.Message):
    __slots__ = ("trace", "chunk", "summary")
    TRACE_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    trace: TraceEvent
    chunk: AnswerChunk
    summary: CompleteResponse
    def __init__(self, trace: _Optional[_Union[TraceEvent, _Mapping]] = ..., chunk: _Optional[_Union[AnswerChunk, _Mapping]] = ..., summary: _Optional[_Union[CompleteResponse, _Mapping]] = ...) -> None: ...

class TraceEvent(_message.Message):
    __slots__ = ("decided", "step_started", "step_finished", "verdict_given", "answer_accepted")
    DECIDED_FIELD_NUMBER: _ClassVar[int]
    STEP_STARTED_FIELD_NUMBER: _ClassVar[int]
    STEP_FINISHED_FIELD_NUMBER: _ClassVar[int]
    VERDICT_GIVEN_FIELD_NUMBER: _ClassVar[int]
    ANSWER_ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    decided: RouteDecided
    step_started: StepStarted
    step_finished: StepFinished
    verdict_given: VerdictGiven
    answer_accepted: AnswerAccepted
    def __init__(self, decided: _Optional[_Union[RouteDecided, _Mapping]] = ..., step_started: _Optional[_Union[StepStarted, _Mapping]] = ..., step_finished: _Optional[_Union[StepFinished, _Mapping]] = ..., verdict_given: _Optional[_Union[VerdictGiven, _Mapping]] = ..., answer_accepted: _Optional[_Union[AnswerAccepted, _Mapping]] = ...) -> None: ...

class RouteDecided(_message.Message):
    __slots__ = ("episode_id", "decision")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    decision: _episode_pb2.Decision
    def __init__(self, episode_id: _Optional[str] = ..., decision: _Optional[_Union[_episode_pb2.Decision, _Mapping]] = ...) -> None: ...

class StepStarted(_message.Message):
    __slots__ = ("index", "model", "propensity")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PROPENSITY_FIELD_NUMBER: _ClassVar[int]
    index: int
    model: str
    propensity: float
    def __init__(self, index: _Optional[int] = ..., model: _Optional[str] = ..., propensity: _Optional[float] = ...) -> None: ...

class StepFinished(_message.Message):
    __slots__ = ("index", "step")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    index: int
    step: _episode_pb2.Step
    def __init__(self, index: _Optional[int] = ..., step: _Optional[_Union[_episode_pb2.Step, _Mapping]] = ...) -> None: ...

class VerdictGiven(_message.Message):
    __slots__ = ("index", "verdict")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    index: int
    verdict: _episode_pb2.Verdict
    def __init__(self, index: _Optional[int] = ..., verdict: _Optional[_Union[_episode_pb2.Verdict, _Mapping]] = ...) -> None: ...

class AnswerAccepted(_message.Message):
    __slots__ = ("index", "stop", "believed_quality")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    BELIEVED_QUALITY_FIELD_NUMBER: _ClassVar[int]
    index: int
    stop: _episode_pb2.StopReason
    believed_quality: float
    def __init__(self, index: _Optional[int] = ..., stop: _Optional[_Union[_episode_pb2.StopReason, str]] = ..., believed_quality: _Optional[float] = ...) -> None: ...

class AnswerChunk(_message.Message):
    __slots__ = ("text",)
    TEXT_FIELD_NUMBER: _ClassVar[int]
    text: str
    def __init__(self, text: _Optional[str] = ...) -> None: ...

class ReportOutcomeRequest(_message.Message):
    __slots__ = ("episode_id", "model", "input_tokens", "output_tokens", "latency_ms", "cost_usd", "error", "verdicts")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    model: str
    input_tokens: int
    output_tokens: int
    latency_ms: float
    cost_usd: float
    error: str
    verdicts: _containers.RepeatedCompositeFieldContainer[_episode_pb2.Verdict]
    def __init__(self, episode_id: _Optional[str] = ..., model: _Optional[str] = ..., input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., latency_ms: _Optional[float] = ..., cost_usd: _Optional[float] = ..., error: _Optional[str] = ..., verdicts: _Optional[_Iterable[_Union[_episode_pb2.Verdict, _Mapping]]] = ...) -> None: ...

class ReportOutcomeResponse(_message.Message):
    __slots__ = ("episode_id", "model", "cost_usd", "log_position", "snapshot_version")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    model: str
    cost_usd: float
    log_position: int
    snapshot_version: int
    def __init__(self, episode_id: _Optional[str] = ..., model: _Optional[str] = ..., cost_usd: _Optional[float] = ..., log_position: _Optional[int] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class GetEpisodeRequest(_message.Message):
    __slots__ = ("episode_id",)
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    def __init__(self, episode_id: _Optional[str] = ...) -> None: ...

class GetEpisodeResponse(_message.Message):
    __slots__ = ("episode", "snapshot_version")
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    episode: _episode_pb2.Episode
    snapshot_version: int
    def __init__(self, episode: _Optional[_Union[_episode_pb2.Episode, _Mapping]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...
