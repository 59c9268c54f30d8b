"""Values of the request path that are not the learner's business: messages, questions, answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MULTIPLIERS = frozenset({"n", "best_of", "num_choices", "num_return_sequences", "candidate_count", "candidateCount"})
"""Parameters that ask for several answers: one is read, and all are charged."""

RESERVED_PARAMS = frozenset({"model", "messages", "tools", "response_format", "stream"}) | MULTIPLIERS
"""Parameters that the query's own fields say, or that are fixed: one answer is asked for, and paid."""

_MODALITY_OF = {"image_url": "image", "input_audio": "audio", "file": "file"}


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One chat message in OpenAI's roles.

    content: its text, all text parts together where it has parts; parts: as the OpenAI wire has them, empty for a
    message that is nothing but a text. tool_calls and tool_call_id as the OpenAI wire has them.
    """

    role: str
    content: str
    parts: tuple[Mapping[str, Any], ...] = ()
    name: str | None = None
    tool_call_id: str | None = None
    tool_calls: tuple[Mapping[str, Any], ...] = ()


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

    @property
    def modalities(self) -> frozenset[str]:
        """What a model must be able to take besides text: "image", "audio", "file".

        >>> picture = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
        >>> sorted(Question((ChatMessage("user", "What is this?", (picture,)),)).modalities)
        ['image']
        """
        types = (str(part.get("type")) for m in self.messages for part in m.parts)
        return frozenset(_MODALITY_OF[t] for t in types if t in _MODALITY_OF)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of calls; None is not known, which is not 0.

    cached_input_tokens, cache_write_tokens (kept by the provider for later calls) and audio_input_tokens are part of
    input_tokens; reasoning_tokens and audio_output_tokens of output_tokens.
    """

    input_tokens: int | None = None
    cached_input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cache_write_tokens: int | None = field(default=None, repr=False)
    audio_input_tokens: int | None = field(default=None, repr=False)
    audio_output_tokens: int | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What came back of one call. cost_usd is from the response's tokens and the prices in force.

    finish_reason: "stop" | "length" | "tool_calls" | "content_filter" | "other". parts: what is not text, as the OpenAI
    wire has it. reasoning: what the model thought before, refusal: what it would not do, where the provider tells.
    cached_input_tokens, reasoning_tokens: None where the provider does not tell. tokens_estimated: the response did not
    count its tokens, so they are guessed from the texts' lengths. cost_source: whose figure cost_usd is: "configured"
    prices, "litellm"'s price map, the "response" itself, or "unknown" (it is 0). mean_logprob: mean natural
    log-probability of the answer's tokens, at most 0, where the provider sent it; tokens: each with its own,
    as OpenAI's wire has them, where they were asked for. deployment: where it was called, None where the model has one
    place only. bill_known: False where another deployment, which was tried before, may charge as well.
    A call that failed raises a `ModelCallError` instead (see errors.py).
    """

    text: str
    finish_reason: str
    input_tokens: int
    output_tokens: int
    cost_usd: float
    latency_ms: float
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    parts: tuple[Mapping[str, Any], ...] = ()
    reasoning: str | None = None
    refusal: str | None = None
    cached_input_tokens: int | None = None
    reasoning_tokens: int | None = None
    tokens_estimated: bool = False
    cost_source: str = "configured"
    mean_logprob: float | None = None
    deployment: str | None = None
    bill_known: bool = True
    tokens: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @property
    def truncated(self) -> bool:
        """Whether the model was cut off at its token limit."""
        return self.finish_reason == "length"


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of an answer's text, as it comes."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A piece of what the model thinks before it answers."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of tool call number `index`; id and function come with the call's first piece."""

    index: int
    arguments: str
    id: str | None = None
    function: str | None = None


@dataclass(frozen=True, slots=True)
class StartedAnew:
    """The pieces so far are void, since they were not what they were taken for; those of the answer follow."""

    why: str


ContentDelta = TextDelta | ReasoningDelta | ToolCallDelta
AnswerDelta = ContentDelta | StartedAnew


@dataclass(frozen=True, slots=True)
class AnswerUnderJudgement:
    """What a judge reads: the question, this answer, and the other answers of the episode (to compare with).

    tenant: whose episode it is, "" where nobody's.
    """

    question: Question
    answer: ModelAnswer
    model: str
    others: tuple[ModelAnswer, ...] = ()
    tenant: str = ""
