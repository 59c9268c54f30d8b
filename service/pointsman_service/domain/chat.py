"""A chat with a model, from the question to the answer that a judge reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


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
    cached_input_tokens, reasoning_tokens: part of input_tokens and of output_tokens, None where nobody counted them.
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
    cached_input_tokens: int | None = None
    reasoning_tokens: int | None = None

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
