"""OpenAI-format logs: pairs of request and response as people keep them, batch output, stored completions, Responses.

| what is stored | where the prompt is, where the answer |
| --- | --- |
| pairs | `request` (or its `body`), `response` |
| flat lines | `messages`, `prompt` or `input`; `choices`, `response`, `completion` or `output` |
| batch output | nowhere; `response.body`. `error`, or a status from 400 on, is a failed call |
| stored completions and responses | `messages` or `input` beside `choices` or `output` |
| examples for training | `messages`, of which the last is the assistant's |

Sources: OpenAI's API reference: chat completions (object, usage and its details, stored completions and their
messages), responses (input, output items, usage.input_tokens_details), batch (BatchRequestOutput: custom_id,
response.status_code, response.body, error). OpenRouter's usage.cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pointsman_service.advice.chats import answer_of, question_of
from pointsman_service.advice.foreign import Figures, duration_ms, first, mapping, moment, name, structure
from pointsman_service.advice.logged_call import LeftOut, LoggedCall, Told
from pointsman_service.advice.scores import words_in
from pointsman_service.chat.usage import usage_of
from pointsman_service.domain import Usage

_PROMPTS = ("messages", "input_messages", "input", "prompt")
_ANSWERS = ("response", "completion", "output", "answer", "choices")
_COUNTS = (
    "prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens", "cached_tokens",
    "reasoning_tokens", "audio_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
)  # fmt: skip
_COSTS = ("cost_usd", "cost", "total_cost", "response_cost", "spend")
_BEGINS = ("created_at", "created", "timestamp", "start_time", "startTime", "started_at", "time", "ts")
_ENDS = ("end_time", "endTime", "ended_at", "completed_at")
_BAD_STATUS = 400


def is_openai(fields: Mapping[str, Any]) -> bool:
    """Whether a record is one of these."""
    has_prompt = any(fields.get(key) for key in ("messages", "input_messages", "prompt"))
    has_pair = "response" in fields and ("request" in fields or "custom_id" in fields)
    return (
        has_pair or has_prompt or "choices" in fields or name(fields.get("object")) in {"chat.completion", "response"}
    )


def openai_calls(fields: Mapping[str, Any]) -> Iterator[Told]:
    """The call of one line."""
    yield _call(fields)


def _call(fields: Mapping[str, Any]) -> Told:
    request = mapping(first(fields, "request", "req", "body"))
    request = mapping(first(request, "body", "json")) or request or fields
    told = structure(first(fields, *_ANSWERS))
    outer = mapping(told)
    response = mapping(outer.get("body")) or outer or fields
    if _failed(fields, outer, response):
        return LeftOut("failed")
    messages = structure(first(request, *_PROMPTS))
    answer = answer_of(response if response is not fields else told)
    if answer is None and response is fields and isinstance(messages, list) and _is_answer(messages[-1:]):
        messages, answer = messages[:-1], answer_of(messages[-1])
    if answer is None and not (response.get("choices") or response.get("usage") or response.get("output")):
        return LeftOut("other")
    figures = Figures()
    beside = [f for f in (fields, mapping(fields.get("metadata")), response) if f]
    usage = _usage(figures, mapping(first(response, "usage") or first(fields, "usage")), fields)
    begin = next((at for f in beside if (at := moment(first(f, *_BEGINS))) is not None), None)
    end = moment(first(fields, *_ENDS))
    tools, wanted = request.get("tools"), request.get("response_format")
    room = first(request, "max_completion_tokens", "max_tokens", "max_output_tokens")
    return LoggedCall(
        model=name(first(response, "model") or first(fields, "model")),
        asked=name(first(request, "model")),
        question=question_of(messages, tools, wanted, room),
        answer=answer,
        usage=usage,
        cost_usd=_cost(figures, fields, response),
        at=begin,
        latency_ms=figures.ms("latency_ms", first(fields, "latency_ms", "duration_ms")) or duration_ms(begin, end),
        scores=tuple(s for f in (fields, mapping(fields.get("metadata"))) for s in words_in(f)),
        batched="custom_id" in fields,
        call=name(first(response, "id") or first(fields, "id")),
        odd=figures.odd,
    )


def _failed(fields: Mapping[str, Any], outer: Mapping[str, Any], response: Mapping[str, Any]) -> bool:
    status = outer.get("status_code", fields.get("status_code"))
    if isinstance(status, int) and status >= _BAD_STATUS:
        return True
    return bool(fields.get("error") or response.get("error")) and not (
        response.get("choices") or response.get("output")
    )


def _is_answer(last: list[Any]) -> bool:
    return bool(last) and isinstance(last[0], Mapping) and last[0].get("role") == "assistant"


def _usage(figures: Figures, told: Mapping[str, Any], flat: Mapping[str, Any]) -> Usage:
    """Of the usage, or of counts that stand flat in the line; the Responses API has other names for the details."""
    counts = figures.usage(told or {key: flat[key] for key in _COUNTS if key in flat}, _COUNTS)
    details = {"prompt_tokens_details": "input_tokens_details", "completion_tokens_details": "output_tokens_details"}
    return usage_of(
        {"usage": {**{ours: counts[theirs] for ours, theirs in details.items() if theirs in counts}, **counts}}
    )


def _cost(figures: Figures, fields: Mapping[str, Any], response: Mapping[str, Any]) -> float | None:
    told = first(fields, *_COSTS)
    return figures.usd("cost", first(mapping(response.get("usage")), "cost") if told is None else told)
