"""A chat completion read back: whole, or from the chunks of a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pointsman_service.chat.call_errors import error_of_payload, garbage
from pointsman_service.chat.finish_reason import FAILED, finish_reason_of, finish_word
from pointsman_service.chat.logprobs import logprobs_of, told_tokens
from pointsman_service.chat.message import said_of, spoken_part
from pointsman_service.chat.spoken import SpokenPieces
from pointsman_service.chat.stated_cost import stated_cost_of
from pointsman_service.chat.tool_calls import ToolCallPieces
from pointsman_service.chat.usage import later_usage, usage_of
from pointsman_service.domain import AnswerDelta, Usage

PART_OF_AN_ANSWER = ("delta", "message")
WORDS = ("content", "tool_calls")
"""Fields of a delta that make an answer."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a provider answered, well-typed. finish_reason, parts, reasoning, refusal: as `ModelAnswer` has them.

    stated_cost_usd: what the response itself says it cost, None where it does not tell. mean_logprob: of the tokens.
    tokens: each with its log-probability, as `chat.logprobs.told_tokens` has them, where the provider sent them.
    """

    text: str
    finish_reason: str
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    parts: tuple[Mapping[str, Any], ...] = ()
    reasoning: str | None = None
    refusal: str | None = None
    usage: Usage = field(default_factory=Usage)
    stated_cost_usd: float | None = None
    mean_logprob: float | None = None
    tokens: tuple[Mapping[str, Any], ...] = ()

    def stating(self, beside: Mapping[str, Any]) -> Completion:
        """With the cost that something beside the body states, as headers do, where the body states none.

        >>> Completion("hi", "stop").stating({"cost": 0.25}).stated_cost_usd
        0.25
        """
        return self if self.stated_cost_usd is not None else replace(self, stated_cost_usd=stated_cost_of(beside))


class StreamedCompletion:
    """Folds the chunks of a stream into a completion. The sound of a spoken answer is not kept, its transcript is.

    >>> answer = StreamedCompletion()
    >>> answer.add({"choices": [{"delta": {"content": "42"}, "finish_reason": "stop"}]}), answer.end()
    ([TextDelta(text='42')], [])
    >>> answer.completion().text
    '42'
    """

    def __init__(self, *, thinks_unsaid: bool = False) -> None:
        """thinks_unsaid: whether the model is known to think before a mark that it closes and never opens."""
        self._spoken = SpokenPieces(thinks_unsaid=thinks_unsaid)
        self._tool_calls = ToolCallPieces()
        self._finish: str | None = None
        self._usage = Usage()
        self._stated_cost_usd: float | None = None
        self._logprobs: list[float] = []
        self._tokens: list[Mapping[str, Any]] = []
        self._sound: Mapping[str, Any] | None = None
        self._in_deltas = False
        self._ends_with_words = True

    @property
    def said_why(self) -> bool:
        """Whether the provider has said why the model stopped: all of its words have come."""
        return self._finish is not None

    @property
    def is_past_its_end(self) -> bool:
        """Whether the provider has said why the model stopped, and no words came after that."""
        return self.said_why and self._ends_with_words

    @property
    def thought_unsaid(self) -> bool:
        """Whether the model thought before a mark that was never opened."""
        return self._spoken.thought_unsaid

    @property
    def is_counted(self) -> bool:
        """Whether the provider has counted the answer's tokens."""
        return bool(self._usage.output_tokens)

    def add(self, chunk: object) -> list[AnswerDelta]:
        """Take in one chat.completion.chunk and return what it adds, often nothing.

        Raises ModelCallError: garbage, or the error that a 200 response carries.
        A whole message is taken for a chunk of all that it says: some servers answer so where a stream was asked for.
        """
        piece = _object(chunk)
        choice = _choice_of(piece)
        # Moonshot tells the count with the choice, Groq in a place of its own.
        for told in (piece, choice, piece.get("x_groq")):
            if isinstance(told, Mapping) and told.get("usage"):
                self._usage = later_usage(self._usage, usage_of(told))
        stated = stated_cost_of(piece)
        self._stated_cost_usd = self._stated_cost_usd if stated is None else stated
        if choice is None:
            return []
        had_ended, said_why = self.said_why, finish_word(choice.get("finish_reason"))
        self._finish = said_why or self._finish
        if choice.get("logprobs"):
            self._logprobs += logprobs_of(choice)
            self._tokens += told_tokens(choice)
        delta = self._said_in(choice)
        added = [] if delta is None else list(self._deltas(delta))
        if added:
            self._ends_with_words = not had_ended or said_why is not None
        elif said_why is not None:
            self._ends_with_words = True
        return added

    def add_whole(self, payload: object) -> list[AnswerDelta]:
        """Take in a chat.completion, which is all of the answer. Raises as `add`."""
        choice = first_choice(payload)
        if choice is None:
            raise garbage("the response has no choices", payload)
        message = choice.get("message")
        if not isinstance(message, Mapping):
            raise garbage("the response's choice has no message", payload)
        self._sound = spoken_part(message)
        return self.add(payload)

    def end(self) -> list[AnswerDelta]:
        """What was held until more would come. Raises ModelCallError: garbage."""
        return [*self._spoken.end(), *self._tool_calls.end()]

    def completion(self) -> Completion:
        """What has come, after its `end`.

        Raises ModelCallError(unavailable) where the provider says that it broke off.
        """
        calls, spoken = self._tool_calls.calls(), self._spoken
        reason = finish_reason_of(self._finish, calls_tools=bool(calls))
        if reason == FAILED:
            raise garbage(f"the provider says that the answer failed: {self._finish}", None, kind="unavailable")
        return Completion(
            text=spoken.text,
            finish_reason=reason,
            tool_calls=calls,
            parts=spoken.parts if self._sound is None else (*spoken.parts, self._sound),
            reasoning=spoken.reasoning or None,
            refusal=spoken.refusal or None,
            usage=self._usage,
            stated_cost_usd=self._stated_cost_usd,
            mean_logprob=sum(self._logprobs) / len(self._logprobs) if self._logprobs else None,
            tokens=tuple(self._tokens),
        )

    def _said_in(self, choice: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What is new in a choice. A `message` in a stream of deltas is what they said already, once more in whole."""
        delta, message = (choice.get(name) for name in PART_OF_AN_ANSWER)
        if isinstance(delta, Mapping) and not (isinstance(message, Mapping) and not delta and not self._in_deltas):
            self._in_deltas = self._in_deltas or any(delta.get(name) for name in WORDS)
            return delta
        return message if isinstance(message, Mapping) and not self._in_deltas else None

    def _deltas(self, delta: Mapping[str, Any]) -> Iterator[AnswerDelta]:
        yield from self._spoken.add(said_of(delta))
        yield from self._tool_calls.add(delta.get("tool_calls"))


def first_choice(payload: object) -> Mapping[str, Any] | None:
    """The choice that was asked for; None where there is none. Raises ModelCallError: the error that it carries."""
    return _choice_of(_object(payload))


def _choice_of(payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    choices = payload.get("choices")
    found = [c for c in choices if isinstance(c, Mapping)] if isinstance(choices, list) else []
    if not found:
        return None
    # One was asked for; where there are more, the first is the one that says so, wherever it stands.
    choice = min(found, key=_index_of)
    # OpenRouter sends a failure midway within the choice, under status 200.
    if choice.get("error"):
        raise error_of_payload(choice)
    return choice


def _index_of(choice: Mapping[str, Any]) -> float:
    index = choice.get("index")
    return index if isinstance(index, int) else 0


def _object(payload: object) -> Mapping[str, Any]:
    if not isinstance(payload, Mapping):
        raise garbage("the response is not a JSON object", payload)
    if payload.get("error"):
        raise error_of_payload(payload)
    if payload.get("object") == "error":  # vLLM
        raise error_of_payload({"error": payload})
    return payload
