"""An answer in the pieces that a stream tells it in: as the model writes it, or whole where it is written already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pointsman_learner.types import Step

from pointsman_service.domain import ModelAnswer, Usage
from pointsman_service.domain.chat import ContentDelta, ReasoningDelta, TextDelta, ToolCallDelta
from pointsman_service.domain.requests import (
    AnswerEnded,
    AnswerPiece,
    Completed,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
)

PIECE_CHARS = 4096
"""Characters of a piece of what is written already: a message that every client takes."""


def deltas_of(answer: ModelAnswer | Completed) -> Iterator[ContentDelta]:
    """A whole answer in pieces: what was thought, the text, the tool calls."""
    for piece in _cut(answer.reasoning or ""):
        yield ReasoningDelta(piece)
    for piece in _cut(answer.text):
        yield TextDelta(piece)
    for number, call in enumerate(answer.tool_calls):
        yield _tool_call(number, call)


def piece_of(delta: ContentDelta, index: int) -> AnswerPiece:
    """The piece as a piece of step `index`.

    >>> piece_of(TextDelta("hi"), 1)
    TextPiece(text='hi', index=1)
    """
    match delta:
        case TextDelta(text):
            return TextPiece(text, index)
        case ReasoningDelta(text):
            return ReasoningPiece(text, index)
        case ToolCallDelta(call, arguments, call_id, function):
            return ToolCallPiece(call, arguments, index, call_id, function)


def ended(index: int, step: Step, finish_reason: str) -> AnswerEnded:
    """That all pieces of step `index` are sent."""
    return AnswerEnded(index, finish_reason, usage_of(step))


def usage_of(step: Step) -> Usage:
    """The tokens of a call."""
    return Usage(step.input_tokens, step.cached_input_tokens, step.output_tokens, step.reasoning_tokens)


def _cut(text: str) -> Iterator[str]:
    return (text[i : i + PIECE_CHARS] for i in range(0, len(text), PIECE_CHARS))


def _tool_call(number: int, call: Mapping[str, Any]) -> ToolCallDelta:
    function = call.get("function") or {}
    return ToolCallDelta(number, str(function.get("arguments") or ""), call.get("id"), function.get("name"))
