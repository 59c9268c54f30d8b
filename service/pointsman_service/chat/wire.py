"""A question as an OpenAI chat request, and a chat completion read back: whole, or from the chunks of a stream."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pointsman_service.chat.call_errors import error_of_payload, garbage
from pointsman_service.domain import ChatMessage, ModelConfig, Question

RECORDED_COST_FIELD = "pointsman_recorded_cost_usd"
"""Where the replay provider's responses say what the recorded call cost, in dollars."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a provider answered. Token counts and stated_cost_usd are None where the response does not tell."""

    text: str
    finish_reason: str
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    input_tokens: int | None = None
    output_tokens: int | None = None
    stated_cost_usd: float | None = None
    refusal: str | None = None
    cached_input_tokens: int | None = None
    reasoning_tokens: int | None = None


def request_body(model: ModelConfig, question: Question, *, stream: bool = False) -> dict[str, Any]:
    """The JSON body of POST /chat/completions. The request's parameters win over the model's defaults.

    >>> config = ModelConfig("small", "openai", "small-1", params={"temperature": 1})
    >>> request_body(config, Question((ChatMessage("user", "Hi"),), params={"temperature": 0}))
    {'temperature': 0, 'model': 'small-1', 'messages': [{'role': 'user', 'content': 'Hi'}]}
    """
    body = {**model.params, **question.params}
    body.pop("stream", None)
    body["model"] = model.provider_model
    body["messages"] = [_message(m) for m in question.messages]
    if question.tools:
        body["tools"] = [dict(tool) for tool in question.tools]
    if question.response_format is not None:
        body["response_format"] = dict(question.response_format)
    if stream:
        body["stream"] = True
        # Without it a stream has no token counts.
        body.setdefault("stream_options", {"include_usage": True})
    return body


def _message(m: ChatMessage) -> dict[str, Any]:
    message: dict[str, Any] = {"role": m.role, "content": m.content}
    if m.name is not None:
        message["name"] = m.name
    if m.tool_call_id is not None:
        message["tool_call_id"] = m.tool_call_id
    if m.tool_calls:
        message["tool_calls"] = [dict(call) for call in m.tool_calls]
    return message


def content_text(content: object) -> str:
    """The text of a message's content: a string, or the text parts of a list.

    >>> content_text([{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}])
    'ab'
    """
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(p["text"] for p in content if isinstance(p, dict) and isinstance(p.get("text"), str))
    return ""


def read_completion(payload: object) -> Completion:
    """Read a chat.completion object. Raises ModelCallError: garbage, or the error that a 200 response carries."""
    choice = _first_choice(payload)
    if choice is None:
        raise garbage("the response has no choices", payload)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise garbage("the response's choice has no message", payload)
    calls = message.get("tool_calls")
    return Completion(
        text=content_text(message.get("content")),
        finish_reason=str(choice.get("finish_reason") or "stop"),
        tool_calls=tuple(calls) if isinstance(calls, list) else (),
        refusal=_text_or_none(message.get("refusal")),
        **_usage(payload),
    )


class StreamedCompletion:
    """Folds the chunks of a stream into a completion.

    >>> answer = StreamedCompletion()
    >>> answer.add({"choices": [{"delta": {"content": "42"}, "finish_reason": "stop"}]})
    '42'
    >>> answer.completion().text
    '42'
    """

    def __init__(self) -> None:
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._tool_calls: dict[int, dict[str, Any]] = {}
        self._finish_reason: str | None = None
        self._usage: dict[str, Any] = {}

    def add(self, chunk: object) -> str:
        """Take in one chat.completion.chunk and return its piece of the text, often "". Raises as `read_completion`."""
        choice = _first_choice(chunk)
        self._usage.update({key: value for key, value in _usage(chunk).items() if value is not None})
        if choice is None:
            return ""
        self._finish_reason = _text_or_none(choice.get("finish_reason")) or self._finish_reason
        delta = choice.get("delta")
        if not isinstance(delta, Mapping):
            return ""
        self._add_tool_calls(delta.get("tool_calls"))
        self._refusal.append(_text_or_none(delta.get("refusal")) or "")
        piece = content_text(delta.get("content"))
        self._text.append(piece)
        return piece

    def completion(self) -> Completion:
        """The whole. Raises ModelCallError(unavailable) where the stream broke off before the model was done."""
        if self._finish_reason is None:
            raise garbage("the stream ended before the answer did", None, kind="unavailable")
        return Completion(
            text="".join(self._text),
            finish_reason=self._finish_reason,
            tool_calls=tuple(call for _, call in sorted(self._tool_calls.items())),
            refusal="".join(self._refusal) or None,
            **self._usage,
        )

    def _add_tool_calls(self, deltas: object) -> None:
        for delta in deltas if isinstance(deltas, list) else ():
            index = int(delta.get("index") or 0)
            call = self._tool_calls.setdefault(index, {"type": "function", "function": {"name": "", "arguments": ""}})
            if delta.get("id"):
                call["id"] = delta["id"]
            for part in ("name", "arguments"):
                call["function"][part] += (delta.get("function") or {}).get(part) or ""


def _first_choice(payload: object) -> Mapping[str, Any] | None:
    if not isinstance(payload, Mapping):
        raise garbage("the response is not a JSON object", payload)
    if payload.get("error"):
        raise error_of_payload(payload)
    choices = payload.get("choices")
    found: Iterable[Any] = choices if isinstance(choices, list) else ()
    return next((c for c in found if isinstance(c, Mapping)), None)


def _usage(payload: object) -> dict[str, Any]:
    assert isinstance(payload, Mapping)
    usage = payload.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    stated = _amount(usage.get("cost"))
    return {
        "input_tokens": _count(usage.get("prompt_tokens")),
        "output_tokens": _count(usage.get("completion_tokens")),
        "stated_cost_usd": _amount(payload.get(RECORDED_COST_FIELD)) if stated is None else stated,
        "cached_input_tokens": _detail(usage, "prompt_tokens_details", "cached_tokens"),
        "reasoning_tokens": _detail(usage, "completion_tokens_details", "reasoning_tokens"),
    }


def _detail(usage: Mapping[str, Any], of: str, name: str) -> int | None:
    details = usage.get(of)
    return _count(details.get(name)) if isinstance(details, Mapping) else None


def _count(value: object) -> int | None:
    amount = _amount(value)
    return None if amount is None else int(amount)


def _amount(value: object) -> float | None:
    # Python's JSON reads NaN and Infinity too.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        return None
    return float(value)


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
