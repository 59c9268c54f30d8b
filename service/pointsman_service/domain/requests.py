"""What callers ask of the application, and what it answers: the same values for gRPC, the CLI and the tests.

No protobuf types: the rpc layer converts at the border, after it has validated. Money is in US dollars, times are in
the unit of their name, `at` fields in seconds since the epoch. Operators' requests are in `operations`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pointsman_learner.words import Decision, Step, Verdict

from pointsman_service.domain import Question
from pointsman_service.domain.trace_context import TraceContext


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and how long they will wait. deadline_s: seconds left when the request came in, None for no limit.

    trace: the caller's span, which is the parent of the request's; None where the caller told none.
    """

    tenant: str = "default"
    deadline_s: float | None = None
    trace: TraceContext | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """What the caller wants of cost against quality; all None takes the tenant's own, paced preference.

    dial: in [0, 1], 0 the cheapest acceptable answer, 1 the best whatever it costs. cost_weight: lambda, utility per
    dollar, not below 0. At most one of these two is set. max_cost_usd: ceiling on the whole episode, judges included;
    min_quality: a floor in [0, 1] on the predicted quality. latency_weight: mu, utility per second, not below 0;
    max_latency_ms: ceiling on the whole episode: no model is called that is expected to end after it.
    """

    dial: float | None = None
    cost_weight: float | None = None
    max_cost_usd: float | None = None
    min_quality: float | None = None
    latency_weight: float | None = None
    max_latency_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """One query to route or to answer.

    hints: what the caller knows of it, under the keys "task", "domain", "language"; metadata: free labels, logged and
    never learnt from. session_id: a session keeps its model unless the gain beats the switch. models: names that may be
    called, None for every enabled one. request_id: the same id again gets the first answer again. single_call: the
    decided model's answer is taken whatever it is, so the plan has one step. end_user_id: the caller's own id of
    whoever asked it; what is logged for good is a pseudonym of it.
    """

    question: Question
    hints: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    session_id: str | None = None
    preference: Preference = field(default_factory=Preference)
    models: tuple[str, ...] | None = None
    request_id: str | None = None
    single_call: bool = False
    end_user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Routed:
    """A decision, logged under episode_id. replayed: this request_id had been decided before; this is that decision."""

    episode_id: str
    decision: Decision
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Completed:
    """The answer to a query, with the trace of how it came about.

    text, tool_calls (as the OpenAI wire has them), finish_reason: of the accepted answer. steps: every call, in order;
    answer: index of the accepted one. stop: why the cascade ended ("utility", "deadline", "cost_ceiling", "max_steps");
    cut_short: it ended for want of time or money, and this is the best answer so far. believed: P(this answer is
    right), in [0, 1]. cost_usd: all calls and judges; latency_ms: from the request's arrival to the answer.
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
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    cut_short: bool = False
    replayed: bool = False

    @property
    def model(self) -> str:
        """Whose answer it is."""
        return self.steps[self.answer].model


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A model is being called. propensity: P(this model next | context and the steps before), in (0, 1]."""

    index: int
    model: str
    propensity: float


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A call came back, or failed (step.failed). Its verdicts follow one by one, and are not in `step` yet."""

    index: int
    step: Step


@dataclass(frozen=True, slots=True)
class VerdictGiven:
    """A judge spoke on the answer of step `index`."""

    index: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class AnswerAccepted:
    """The cascade ended with the answer of step `index`; its chunks follow (a final call's may have begun)."""

    index: int
    stop: str
    believed: float | None


@dataclass(frozen=True, slots=True)
class AnswerChunk:
    """A piece of the answer's text. Only of an accepted answer: a rejected one is never streamed."""

    text: str


TraceEvent = Routed | StepStarted | StepFinished | VerdictGiven | AnswerAccepted
StreamItem = TraceEvent | AnswerChunk | Completed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a routed model that the caller ran itself.

    Of a measurement that is None, nothing was told. model: None for the one that was decided. cost_usd: None to compute
    it from the tokens and the prices in force. failure_kind (as in `Step`), error (any text): why there was no answer,
    both None where there was one. verdicts: of the caller's own judges. request_id: the same id again counts once.
    """

    episode_id: str
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_input_tokens: int | None = None
    reasoning_tokens: int | None = None
    latency_ms: float | None = None
    cost_usd: float | None = None
    failure_kind: str | None = None
    error: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class OutcomeReceipt:
    """The outcome is in the log, at `position`. cost_usd: given or computed, None where neither.

    recorded: False where this request_id was known: the first one stands.
    """

    episode_id: str
    model: str
    cost_usd: float | None
    position: int
    recorded: bool = True


FeedbackSource = Literal["thumb", "rating", "correction", "score"]


@dataclass(frozen=True, slots=True)
class GivenFeedback:
    """What a user, or a measurement, said of an episode's answer.

    value: 0 or 1 for a thumb, 1 to 5 for a rating, [0, 1] for a score, None for a correction; correction: the right
    answer's text, for source "correction" only. model: whose answer it is about, None for the accepted one.
    request_id: the same id again gets the first receipt again; None lets the application make one. end_user_id: the
    caller's own id of whoever says it; what is logged is a pseudonym of it.
    """

    episode_id: str
    source: FeedbackSource
    value: float | None = None
    correction: str | None = None
    request_id: str | None = None
    model: str | None = None
    end_user_id: str | None = None


@dataclass(frozen=True, slots=True)
class FeedbackReceipt:
    """The feedback is in the log, at `position`. value: what it counts as, in [0, 1].

    recorded: False where this request_id was known: the first one stands.
    """

    request_id: str
    episode_id: str
    value: float
    position: int
    recorded: bool = True
