"""A chat completion read back: whole, or from the chunks of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pointsman_service.chat.call_errors import error_of_payload, garbage
from pointsman_service.chat.finish_reason import finish_reason_of
from pointsman_service.chat.message import Said, said_of, spoken_part
from pointsman_service.chat.tool_calls import ToolCallPieces, read_tool_calls
from pointsman_service.chat.usage import later_usage, stated_cost_of, usage_of
from pointsman_service.domain import AnswerDelta, ReasoningDelta, TextDelta, Usage


@dataclass(frozen=True, slots=True)
class Completion:
    """What a provider answered, well-typed. finish_reason, parts, reasoning, refusal: as `ModelAnswer` has them.

    stated_cost_usd: what the response itself says it cost, None where it does not tell.
    """

    text: str
    finish_reason: str
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    parts: tuple[Mapping[str, Any], ...] = ()
    reasoning: str | None = None
    refusal: str | None = None
    usage: Usage = field(default_factory=Usage)
    stated_cost_usd: float | None = None


def read_completion(payload: object) -> Completion:
    """Read a chat.completion object. Raises ModelCallError: garbage, or the error that a 200 response carries."""
    whole = _object(payload)
    choice = _first_choice(whole)
    if choice is None:
        raise garbage("the response has no choices", payload)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise garbage("the response's choice has no message", payload)
    said, calls, spoken = said_of(message), read_tool_calls(message.get("tool_calls")), spoken_part(message)
    return Completion(
        text=said.text,
        finish_reason=finish_reason_of(_text_or_none(choice.get("finish_reason")), calls_tools=bool(calls)),
        tool_calls=calls,
        parts=said.parts if spoken is None else (*said.parts, spoken),
        reasoning=said.reasoning or None,
        refusal=said.refusal or None,
        usage=usage_of(whole),
        stated_cost_usd=stated_cost_of(whole),
    )


class StreamedCompletion:
    """Folds the chunks of a stream into a completion. The sound of a spoken answer is not kept, its transcript is.

    >>> answer = StreamedCompletion()
    >>> answer.add({"choices": [{"delta": {"content": "42"}, "finish_reason": "stop"}]})
    [TextDelta(text='42')]
    >>> answer.completion().text
    '42'
    """

    def __init__(self) -> None:
        self._said: list[Said] = []
        self._tool_calls = ToolCallPieces()
        self._finish_reason: str | None = None
        self._usage = Usage()
        self._stated_cost_usd: float | None = None

    def add(self, chunk: object) -> list[AnswerDelta]:
        """Take in one chat.completion.chunk and return what it adds, often nothing. Raises as `read_completion`."""
        piece = _object(chunk)
        choice = _first_choice(piece)
        self._usage = later_usage(self._usage, usage_of(piece))
        stated = stated_cost_of(piece)
        self._stated_cost_usd = self._stated_cost_usd if stated is None else stated
        if choice is None:
            return []
        self._finish_reason = _text_or_none(choice.get("finish_reason")) or self._finish_reason
        delta = choice.get("delta")
        return self._deltas(delta) if isinstance(delta, Mapping) else []

    def completion(self) -> Completion:
        """The whole. Raises ModelCallError(unavailable) where the stream broke off before the model was done."""
        if self._finish_reason is None:
            raise garbage("the stream ended before the answer did", None, kind="unavailable")
        calls = self._tool_calls.calls()
        return Completion(
            text="".join(said.text for said in self._said),
            finish_reason=finish_reason_of(self._finish_reason, calls_tools=bool(calls)),
            tool_calls=calls,
            parts=tuple(part for said in self._said for part in said.parts),
            reasoning="".join(said.reasoning for said in self._said) or None,
            refusal="".join(said.refusal for said in self._said) or None,
            usage=self._usage,
            stated_cost_usd=self._stated_cost_usd,
        )

    def _deltas(self, delta: Mapping[str, Any]) -> list[AnswerDelta]:
        said = said_of(delta)
        self._said.append(said)
        found: list[AnswerDelta] = []
        if said.reasoning:
            found.append(ReasoningDelta(said.reasoning))
        if said.text:
            found.append(TextDelta(said.text))
        return [*found, *self._tool_calls.add(delta.get("tool_calls"))]


def _object(payload: object) -> Mapping[str, Any]:
    if not isinstance(payload, Mapping):
        raise garbage("the response is not a JSON object", payload)
    if payload.get("error"):
        raise error_of_payload(payload)
    return payload


def _first_choice(payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    choices = payload.get("choices")
    found = [c for c in choices if isinstance(c, Mapping)] if isinstance(choices, list) else []
    if not found:
        return None
    # OpenRouter sends a failure midway within the choice, under status 200.
    if found[0].get("error"):
        raise error_of_payload(found[0])
    if found[0].get("finish_reason") == "error":
        raise garbage("the provider says that the answer failed", found[0], kind="unavailable")
    return found[0]


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
