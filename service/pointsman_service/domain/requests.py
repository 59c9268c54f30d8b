"""What callers ask of the application, and what it answers: the same values for gRPC, the CLI and the tests.

No protobuf types: the rpc layer converts at the border, after it has validated. Money is in US dollars, times are in
the unit of their name. What was not told is None, never 0. Operators' requests are in `operations`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pointsman_learner.types import Decision, Step, Verdict

from pointsman_service.domain.chat import Question, Usage
from pointsman_service.domain.identity import ANYONE, Identity
from pointsman_service.domain.preference import Preference
from pointsman_service.domain.trace_context import TraceContext

StreamMode = Literal["settled", "optimistic"]
FeedbackSource = Literal["thumb", "rating", "correction", "score"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and how long they will wait.

    deadline_s: seconds left when the request came in, None for no limit. operator: who an operator says to be, for the
    log. trace: the caller's span, which is the parent of the request's; None where the caller told none. identity: the
    key or token that was checked, which may act for `tenant`.
    """

    tenant: str = "default"
    deadline_s: float | None = None
    operator: str | None = None
    trace: TraceContext | None = None
    identity: Identity = ANYONE

    @property
    def client(self) -> str | None:
        """Who calls, as events have it: None where nobody was asked for a key."""
        return self.identity.name if self.identity.authenticated else None


@dataclass(frozen=True, slots=True)
class Query:
    """One query to route or to answer.

    hints: what the caller knows of it, under the keys "task", "domain", "language"; labels: free ones, logged and never
    learnt from. session_id: a session keeps its model unless the gain beats the switch. end_user_id: who asks, behind
    the tenant. models: names that may be called, None for every enabled one. require_tags: which a model must have.
    request_id: the same id again gets the first answer again. single_call: the decided model's answer is taken whatever
    it is, so the plan has one step.
    """

    question: Question
    hints: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    session_id: str | None = None
    end_user_id: str | None = None
    preference: Preference = field(default_factory=Preference)
    models: tuple[str, ...] | None = None
    require_tags: tuple[str, ...] = ()
    request_id: str | None = None
    single_call: bool = False


@dataclass(frozen=True, slots=True)
class Routed:
    """A decision, logged under episode_id. replayed: this request_id had been decided before; this is that decision."""

    episode_id: str
    decision: Decision
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Completed:
    """The answer to a query, with the trace of how it came about.

    text, parts, reasoning, refusal, tool_calls (as the OpenAI wire has them), finish_reason: of the accepted answer.
    steps: every call, in order; answer: index of the accepted one. stop: why the cascade ended ("utility", "deadline",
    "cost_ceiling", "max_steps"); cut_short: it ended for want of time or money, and this is the best answer so far.
    believed: P(this answer is right), in [0, 1]. cost_usd: all calls and judges; latency_ms: from the request's arrival
    to the answer. tokens: of the answer, each with its log-probability, where the query asked for `logprobs`.
    """

    episode_id: str
    decision: Decision
    steps: tuple[Step, ...]
    answer: int
    stop: str
    believed: float | None
    text: str
    finish_reason: str
    cost_usd: float
    latency_ms: float
    parts: tuple[Mapping[str, Any], ...] = ()
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    cut_short: bool = False
    replayed: bool = False
    tokens: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @property
    def model(self) -> str:
        """Whose answer it is."""
        return self.steps[self.answer].model


@dataclass(frozen=True, slots=True)
class StreamBegun:
    """The episode exists from now on, whatever becomes of the stream. Comes first, once."""

    episode_id: str
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of the answer's text, of step `index`."""

    text: str
    index: int


@dataclass(frozen=True, slots=True)
class ReasoningPiece:
    """A piece of what the model of step `index` thinks before it answers."""

    text: str
    index: int


@dataclass(frozen=True, slots=True)
class ToolCallPiece:
    """A piece of tool call number `call` of step `index`; id and function come with the call's first piece."""

    call: int
    arguments: str
    index: int
    id: str | None = None
    function: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """The pieces of step `index` are all sent."""

    index: int
    finish_reason: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class Retraction:
    """All pieces sent so far, which were of step `index`, are void."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Nothing else was to be said for seconds. model: being called in step `index`, None while judges are asked."""

    elapsed_ms: float
    index: int
    model: str | None


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A model is being called. propensity: P(this model next | context and the steps before), in (0, 1]."""

    index: int
    model: str
    propensity: float


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A call came back, or failed (step.failure_kind). Its verdicts follow one by one, and are not in `step` yet."""

    index: int
    step: Step


@dataclass(frozen=True, slots=True)
class VerdictGiven:
    """A judge spoke on the answer of step `index`."""

    index: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class AnswerAccepted:
    """The cascade ended with the answer of step `index`; its pieces follow, unless they have been sent."""

    index: int
    stop: str
    believed: float | None


AnswerPiece = TextPiece | ReasoningPiece | ToolCallPiece
TraceEvent = Routed | StepStarted | StepFinished | VerdictGiven | AnswerAccepted
StreamItem = StreamBegun | AnswerPiece | AnswerEnded | Retraction | Progress | TraceEvent | Completed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a routed model that the caller ran itself. What is None was not told, and teaches nothing.

    model: None for the one that was decided. cost_usd: None to compute it from the tokens and the prices in force,
    where both are known. failure_kind (see Step) with failure, its text: why there was no answer. verdicts: of the
    caller's own judges. request_id: the same id again counts once; None makes it of the content.
    """

    episode_id: str
    model: str | None = None
    usage: Usage = field(default_factory=Usage)
    latency_ms: float | None = None
    cost_usd: float | None = None
    failure_kind: str | None = None
    failure: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class OutcomeReceipt:
    """The outcome is in the log, at `position`. cost_usd: what was logged, told or computed, None for neither."""

    request_id: str
    episode_id: str
    model: str
    cost_usd: float | None
    position: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class GivenFeedback:
    """What a user, or a measurement, said of an episode's answer.

    value: 0 or 1 for a thumb, 1 to 5 for a rating, [0, 1] for a score, None for a correction; correction: the right
    answer's text, for source "correction" only. model: whose answer it is about, None for the accepted one.
    end_user_id: who says so. request_id: the same id again gets the first receipt again; None makes it of the content.
    comment: what is said beside it, for people who read.
    """

    episode_id: str
    source: FeedbackSource
    value: float | None = None
    correction: str | None = None
    model: str | None = None
    end_user_id: str | None = None
    request_id: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class FeedbackReceipt:
    """The feedback is in the log, at `position`. value: what it counts as, in [0, 1].

    replayed: this request_id was known: the first feedback under it stands.
    """

    request_id: str
    episode_id: str
    value: float
    position: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class GivenSessionOutcome:
    """What came of a whole session, or of an agent's run. source: "thumb", "rating" or "score"; value as there."""

    session_id: str
    source: FeedbackSource
    value: float
    end_user_id: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class SessionReceipt:
    """The outcome is in the log. value: what it counts as, in [0, 1]; episodes: how many of the session the log has."""

    request_id: str
    value: float
    episodes: int
    position: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class BeliefMove:
    """P(the answer of step `index` is right) without, and with, one judge's verdict; those before it count."""

    index: int
    judge: str
    before: float
    after: float
