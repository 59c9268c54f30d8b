"""Values of the request path that are not the learner's business: messages, calls, answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pointsman_learner.words import Judge, Model


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """One model as configured: what the learner sees of it, and how to call it.

    adapter: "openai" (direct aiohttp to an OpenAI-compatible base_url) or "litellm". provider_model: the name that the
    provider knows. api_key_env: environment variable that holds the key (never the key itself). params: defaults sent
    with every call, below the request's own. cost_from: "prices" (tokens times the prices in force) or "response" (what
    the response itself says the call cost, where it does: OpenRouter, recordings).
    """

    name: str
    adapter: str
    provider_model: str
    base_url: str | None = None
    api_key_env: str | None = None
    input_usd_per_1m: float | None = None
    output_usd_per_1m: float | None = None
    enabled: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)
    cost_from: str = "prices"

    def as_learner_model(self) -> Model:
        """The part that the learner sees."""
        return Model(self.name, self.input_usd_per_1m, self.output_usd_per_1m, self.enabled)


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One chat message in OpenAI's roles. content is text; tool_calls and tool_call_id as the OpenAI wire has them."""

    role: str
    content: str
    name: str | None = None
    tool_call_id: str | None = None
    tool_calls: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a model: passed through to the provider.

    tools: JSON-schema tool definitions; response_format: as OpenAI's (None, {"type": "json_object"} or a json_schema);
    params: temperature, max_tokens, top_p, stop, seed and the like.
    """

    messages: tuple[ChatMessage, ...]
    tools: tuple[Mapping[str, Any], ...] = ()
    response_format: Mapping[str, Any] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The last user message, which the context and the judges read."""
        return next((m.content for m in reversed(self.messages) if m.role == "user"), self.messages[-1].content)


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What came back of one call. cost_usd is from the response's tokens and the prices in force.

    tokens_estimated: the response did not count its tokens, so they are guessed from the texts' lengths. cost_source:
    whose figure cost_usd is: "configured" prices, "litellm"'s price map, the "response" itself, or "unknown" (it is 0).
    mean_logprob: mean natural log-probability of the answer's tokens, at most 0, where the provider sent it.
    A call that failed raises a `ModelCallError` instead (see errors.py).
    """

    text: str
    finish_reason: str
    input_tokens: int
    output_tokens: int
    cost_usd: float
    latency_ms: float
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    tokens_estimated: bool = False
    cost_source: str = "configured"
    mean_logprob: float | None = None

    @property
    def truncated(self) -> bool:
        """Whether the model was cut off at its token limit."""
        return self.finish_reason == "length"


@dataclass(frozen=True, slots=True)
class AnswerUnderJudgement:
    """What a judge reads: the question, this answer, and the other answers of the episode (to compare with)."""

    question: Question
    answer: ModelAnswer
    model: str
    others: tuple[ModelAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgeConfig:
    """One judge as configured.

    kind: "format" | "agreement" | "logprob" | "rubric" | "pairwise" | "recorded" | the name of an entry point.
    model: for rubric and pairwise judges, the configured model that judges. options go to the judge's constructor.
    """

    name: str
    kind: str
    model: str | None = None
    cost_usd: float = 0.0
    latency_ms: float = 0.0
    options: Mapping[str, Any] = field(default_factory=dict)

    def as_learner_judge(self) -> Judge:
        """The part that plans see."""
        return Judge(self.name, self.cost_usd, self.latency_ms)
