"""Replayed answers in the OpenAI chat format: whole, or as the chunks of a stream."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pointsman_service.chat.message import content_text
from pointsman_service.chat.stated_cost import RECORDED_COST_FIELD
from pointsman_service.replay.recording import Replayed

RECORDED_SCORE_FIELD = "pointsman_recorded_score"
"""Where a response says how good the recorded answer was, in [0, 1]."""

ORIGIN_FIELD = "pointsman_replayed"
"""Where a response says whether its text is "recorded", has "no_text", or is a "stand_in"."""

_CALL = re.compile(r"<tool_call>(.*?)</tool_call>", re.DOTALL)
_PIECE = re.compile(r"\s*\S+\s*")


def prompt_of(messages: object) -> str | None:
    """The text of the last user message, that of all its text parts together; None where there is no such message."""
    found = [m for m in messages if isinstance(m, Mapping)] if isinstance(messages, list) else []
    users = [m for m in found if m.get("role") == "user"]
    return content_text(users[-1].get("content")) if users else None


def completion(
    answer: Replayed, model: str, finish_reason: str = "stop", calls: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """A chat.completion object with the recording's extension fields."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text}
    if calls:
        message, finish_reason = {"role": "assistant", "content": None, "tool_calls": list(calls)}, "tool_calls"
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    return {
        "id": f"replay-{answer.query_id or 'stand-in'}",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [choice],
        **_usage(answer),
        **_extensions(answer),
    }


def chunks(
    answer: Replayed,
    model: str,
    finish_reason: str = "stop",
    calls: Sequence[Mapping[str, Any]] = (),
    *,
    usage: bool,
) -> Iterator[dict[str, Any]]:
    """chat.completion.chunk objects: a word or so each; the last one carries usage and the extension fields."""
    head = {
        "id": f"replay-{answer.query_id or 'stand-in'}",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": model,
    }
    yield {**head, "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]}
    deltas = [{"content": piece} for piece in _PIECE.findall(answer.text)] if not calls else _call_deltas(calls)
    for delta in deltas:
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    reason = "tool_calls" if calls else finish_reason
    yield {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    if usage:
        yield {**head, "choices": [], **_usage(answer), **_extensions(answer)}


def recorded_calls(text: str, tools: object) -> list[dict[str, Any]]:
    """The tool calls that a recorded text is made of, in the form of Hermes and Qwen; none where it is a text.

    tools: of the request; a text that calls another is a text.

    >>> text = '<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>'
    >>> recorded_calls(text, [{"type": "function", "function": {"name": "add"}}])[0]["function"]
    {'name': 'add', 'arguments': '{"a": 1}'}
    """
    listed = tools if isinstance(tools, list) else []
    functions = [tool.get("function") for tool in listed if isinstance(tool, Mapping)]
    known = {f.get("name") for f in functions if isinstance(f, Mapping)}
    calls = []
    for number, told in enumerate(_CALL.findall(text) if known else ()):
        try:
            call = json.loads(told)
        except ValueError:
            return []
        if not isinstance(call, Mapping) or call.get("name") not in known:
            return []
        function = {"name": call["name"], "arguments": json.dumps(call.get("arguments", {}), ensure_ascii=False)}
        calls.append({"id": f"call_{number}", "type": "function", "function": function})
    return calls


def error(message: str, code: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    """An error object as OpenAI's."""
    return {"error": {"message": message, "type": kind, "code": code, "param": None}}


def _call_deltas(calls: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each call's name, then its arguments in two pieces, as providers cut them."""
    deltas: list[dict[str, Any]] = []
    for index, call in enumerate(calls):
        arguments = call["function"]["arguments"]
        half = len(arguments) // 2
        begun = {**call, "index": index, "function": {**call["function"], "arguments": ""}}
        deltas.append({"tool_calls": [begun]})
        deltas += [
            {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
            for piece in (arguments[:half], arguments[half:])
        ]
    return deltas


def _usage(answer: Replayed) -> dict[str, Any]:
    # No usage rather than a made-up one, so that the caller knows that it has to estimate.
    if answer.input_tokens is None or answer.output_tokens is None:
        return {}
    total = answer.input_tokens + answer.output_tokens
    counts = {"prompt_tokens": answer.input_tokens, "completion_tokens": answer.output_tokens, "total_tokens": total}
    return {"usage": counts}


def _extensions(answer: Replayed) -> dict[str, Any]:
    fields = {RECORDED_COST_FIELD: answer.cost_usd, RECORDED_SCORE_FIELD: answer.score, ORIGIN_FIELD: answer.origin}
    return {key: value for key, value in fields.items() if value is not None}
