from pointsman.v1 import chat_pb2 as _chat_pb2
from pointsman.v1 import episode_pb2 as _episode_pb2
from pointsman.v1 import query_pb2 as _query_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StreamMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STREAM_MODE_UNSPECIFIED: _ClassVar[StreamMode]
    STREAM_MODE_SETTLED: _ClassVar[StreamMode]
    STREAM_MODE_OPTIMISTIC: _ClassVar[StreamMode]
STREAM_MODE_UNSPECIFIED: StreamMode
STREAM_MODE_SETTLED: StreamMode
STREAM_MODE_OPTIMISTIC: StreamMode

class RouteRequest(_message.Message):
    __slots__ = ("request_id", "query", "single_call", "include_predictions")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    SINGLE_CALL_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    query: _query_pb2.Query
    single_call: bool
    include_predictions: bool
    def __init__(self, request_id: _Optional[str] = ..., query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ..., single_call: _Optional[bool] = ..., include_predictions: _Optional[bool] = ...) -> None: ...

class RouteResponse(_message.Message):
    __slots__ = ("episode_id", "decision", "replayed")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    decision: _episode_pb2.Decision
    replayed: bool
    def __init__(self, episode_id: _Optional[str] = ..., decision: _Optional[_Union[_episode_pb2.Decision, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class CompleteRequest(_message.Message):
    __slots__ = ("request_id", "query", "include_predictions")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    query: _query_pb2.Query
    include_predictions: bool
    def __init__(self, request_id: _Optional[str] = ..., query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ..., include_predictions: _Optional[bool] = ...) -> None: ...

class CompleteResponse(_message.Message):
    __slots__ = ("episode_id", "answer", "decision", "steps", "answer_step", "stop_reason", "cut_short", "believed_quality", "cost_usd", "latency_ms", "usage", "replayed")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_STEP_FIELD_NUMBER: _ClassVar[int]
    STOP_REASON_FIELD_NUMBER: _ClassVar[int]
    CUT_SHORT_FIELD_NUMBER: _ClassVar[int]
    BELIEVED_QUALITY_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    answer: Answer
    decision: _episode_pb2.Decision
    steps: _containers.RepeatedCompositeFieldContainer[_episode_pb2.Step]
    answer_step: int
    stop_reason: _episode_pb2.StopReason
    cut_short: bool
    believed_quality: float
    cost_usd: float
    latency_ms: float
    usage: _chat_pb2.Usage
    replayed: bool
    def __init__(self, episode_id: _Optional[str] = ..., answer: _Optional[_Union[Answer, _Mapping]] = ..., decision: _Optional[_Union[_episode_pb2.Decision, _Mapping]] = ..., steps: _Optional[_Iterable[_Union[_episode_pb2.Step, _Mapping]]] = ..., answer_step: _Optional[int] = ..., stop_reason: _Optional[_Union[_episode_pb2.StopReason, str]] = ..., cut_short: _Optional[bool] = ..., believed_quality: _Optional[float] = ..., cost_usd: _Optional[float] = ..., latency_ms: _Optional[float] = ..., usage: _Optional[_Union[_chat_pb2.Usage, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ("model", "text", "parts", "reasoning", "refusal", "tool_calls", "finish_reason", "usage")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    REASONING_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALLS_FIELD_NUMBER: _ClassVar[int]
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    model: str
    text: str
    parts: _containers.RepeatedCompositeFieldContainer[_chat_pb2.ContentPart]
    reasoning: str
    refusal: str
    tool_calls: _containers.RepeatedCompositeFieldContainer[_chat_pb2.ToolCall]
    finish_reason: _chat_pb2.FinishReason
    usage: _chat_pb2.Usage
    def __init__(self, model: _Optional[str] = ..., text: _Optional[str] = ..., parts: _Optional[_Iterable[_Union[_chat_pb2.ContentPart, _Mapping]]] = ..., reasoning: _Optional[str] = ..., refusal: _Optional[str] = ..., tool_calls: _Optional[_Iterable[_Union[_chat_pb2.ToolCall, _Mapping]]] = ..., finish_reason: _Optional[_Union[_chat_pb2.FinishReason, str]] = ..., usage: _Optional[_Union[_chat_pb2.Usage, _Mapping]] = ...) -> None: ...

class StreamCompleteRequest(_message.Message):
    __slots__ = ("request_id", "query", "stream_mode", "include_trace", "include_predictions")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    STREAM_MODE_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TRACE_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    query: _query_pb2.Query
    stream_mode: StreamMode
    include_trace: bool
    include_predictions: bool
    def __init__(self, request_id: _Optional[str] = ..., query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ..., stream_mode: _Optional[_Union[StreamMode, str]] = ..., include_trace: _Optional[bool] = ..., include_predictions: _Optional[bool] = ...) -> None: ...

class StreamCompleteResponse(_message.Message):
    __slots__ = ("begun", "text", "reasoning", "tool_call", "ended", "retraction", "progress", "trace", "summary")
    BEGUN_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REASONING_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALL_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    RETRACTION_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    begun: StreamBegun
    text: TextPiece
    reasoning: ReasoningPiece
    tool_call: ToolCallPiece
    ended: AnswerEnded
    retraction: Retraction
    progress: Progress
    trace: TraceEvent
    summary: CompleteResponse
    def __init__(self, begun: _Optional[_Union[StreamBegun, _Mapping]] = ..., text: _Optional[_Union[TextPiece, _Mapping]] = ..., reasoning: _Optional[_Union[ReasoningPiece, _Mapping]] = ..., tool_call: _Optional[_Union[ToolCallPiece, _Mapping]] = ..., ended: _Optional[_Union[AnswerEnded, _Mapping]] = ..., retraction: _Optional[_Union[Retraction, _Mapping]] = ..., progress: _Optional[_Union[Progress, _Mapping]] = ..., trace: _Optional[_Union[TraceEvent, _Mapping]] = ..., summary: _Optional[_Union[CompleteResponse, _Mapping]] = ...) -> None: ...

class StreamBegun(_message.Message):
    __slots__ = ("episode_id", "replayed")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    replayed: bool
    def __init__(self, episode_id: _Optional[str] = ..., replayed: _Optional[bool] = ...) -> None: ...

class TextPiece(_message.Message):
    __slots__ = ("text", "step_index")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    text: str
    step_index: int
    def __init__(self, text: _Optional[str] = ..., step_index: _Optional[int] = ...) -> None: ...

class ReasoningPiece(_message.Message):
    __slots__ = ("text", "step_index")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    text: str
    step_index: int
    def __init__(self, text: _Optional[str] = ..., step_index: _Optional[int] = ...) -> None: ...

class ToolCallPiece(_message.Message):
    __slots__ = ("index", "tool_call_id", "function", "arguments_json", "step_index")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    FUNCTION_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_JSON_FIELD_NUMBER: _ClassVar[int]
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    index: int
    tool_call_id: str
    function: str
    arguments_json: str
    step_index: int
    def __init__(self, index: _Optional[int] = ..., tool_call_id: _Optional[str] = ..., function: _Optional[str] = ..., arguments_json: _Optional[str] = ..., step_index: _Optional[int] = ...) -> None: ...

class AnswerEnded(_message.Message):
    __slots__ = ("step_index", "finish_reason", "usage")
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    step_index: int
    finish_reason: _chat_pb2.FinishReason
    usage: _chat_pb2.Usage
    def __init__(self, step_index: _Optional[int] = ..., finish_reason: _Optional[_Union[_chat_pb2.FinishReason, str]] = ..., usage: _Optional[_Union[_chat_pb2.Usage, _Mapping]] = ...) -> None: ...

class Retraction(_message.Message):
    __slots__ = ("step_index", "reason")
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    step_index: int
    reason: str
    def __init__(self, step_index: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("elapsed_ms", "step_index", "model")
    ELAPSED_MS_FIELD_NUMBER: _ClassVar[int]
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    elapsed_ms: float
    step_index: int
    model: str
    def __init__(self, elapsed_ms: _Optional[float] = ..., step_index: _Optional[int] = ..., model: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("decision",)
    DECISION_FIELD_NUMBER: _ClassVar[int]
    decision: _episode_pb2.Decision
    def __init__(self, decision: _Optional[_Union[_episode_pb2.Decision, _Mapping]] = ...) -> None: ...

class StepStarted(_message.Message):
    __slots__ = ("step_index", "model", "propensity")
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PROPENSITY_FIELD_NUMBER: _ClassVar[int]
    step_index: int
    model: str
    propensity: float
    def __init__(self, step_index: _Optional[int] = ..., model: _Optional[str] = ..., propensity: _Optional[float] = ...) -> None: ...

class StepFinished(_message.Message):
    __slots__ = ("step_index", "step")
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    step_index: int
    step: _episode_pb2.Step
    def __init__(self, step_index: _Optional[int] = ..., step: _Optional[_Union[_episode_pb2.Step, _Mapping]] = ...) -> None: ...

class VerdictGiven(_message.Message):
    __slots__ = ("step_index", "verdict")
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    step_index: int
    verdict: _episode_pb2.Verdict
    def __init__(self, step_index: _Optional[int] = ..., verdict: _Optional[_Union[_episode_pb2.Verdict, _Mapping]] = ...) -> None: ...

class AnswerAccepted(_message.Message):
    __slots__ = ("step_index", "stop_reason", "believed_quality")
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    STOP_REASON_FIELD_NUMBER: _ClassVar[int]
    BELIEVED_QUALITY_FIELD_NUMBER: _ClassVar[int]
    step_index: int
    stop_reason: _episode_pb2.StopReason
    believed_quality: float
    def __init__(self, step_index: _Optional[int] = ..., stop_reason: _Optional[_Union[_episode_pb2.StopReason, str]] = ..., believed_quality: _Optional[float] = ...) -> None: ...

class ReportOutcomeRequest(_message.Message):
    __slots__ = ("request_id", "episode_id", "model", "usage", "latency_ms", "cost_usd", "failure", "verdicts")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    episode_id: str
    model: str
    usage: _chat_pb2.Usage
    latency_ms: float
    cost_usd: float
    failure: _episode_pb2.Failure
    verdicts: _containers.RepeatedCompositeFieldContainer[_episode_pb2.Verdict]
    def __init__(self, request_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., model: _Optional[str] = ..., usage: _Optional[_Union[_chat_pb2.Usage, _Mapping]] = ..., latency_ms: _Optional[float] = ..., cost_usd: _Optional[float] = ..., failure: _Optional[_Union[_episode_pb2.Failure, _Mapping]] = ..., verdicts: _Optional[_Iterable[_Union[_episode_pb2.Verdict, _Mapping]]] = ...) -> None: ...

class ReportOutcomeResponse(_message.Message):
    __slots__ = ("request_id", "episode_id", "model", "cost_usd", "replayed", "log_position")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    episode_id: str
    model: str
    cost_usd: float
    replayed: bool
    log_position: int
    def __init__(self, request_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., model: _Optional[str] = ..., cost_usd: _Optional[float] = ..., replayed: _Optional[bool] = ..., log_position: _Optional[int] = ...) -> None: ...

class GetEpisodeRequest(_message.Message):
    __slots__ = ("episode_id",)
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    def __init__(self, episode_id: _Optional[str] = ...) -> None: ...

class GetEpisodeResponse(_message.Message):
    __slots__ = ("episode",)
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    episode: _episode_pb2.Episode
    def __init__(self, episode: _Optional[_Union[_episode_pb2.Episode, _Mapping]] = ...) -> None: ...

class ExplainEpisodeRequest(_message.Message):
    __slots__ = ("episode_id",)
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    def __init__(self, episode_id: _Optional[str] = ...) -> None: ...

class ExplainEpisodeResponse(_message.Message):
    __slots__ = ("episode", "summary", "moves", "moves_snapshot_version")
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    MOVES_FIELD_NUMBER: _ClassVar[int]
    MOVES_SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    episode: _episode_pb2.Episode
    summary: str
    moves: _containers.RepeatedCompositeFieldContainer[_episode_pb2.BeliefMove]
    moves_snapshot_version: int
    def __init__(self, episode: _Optional[_Union[_episode_pb2.Episode, _Mapping]] = ..., summary: _Optional[str] = ..., moves: _Optional[_Iterable[_Union[_episode_pb2.BeliefMove, _Mapping]]] = ..., moves_snapshot_version: _Optional[int] = ...) -> None: ...
