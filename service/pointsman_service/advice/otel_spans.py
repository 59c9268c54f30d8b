"""OpenTelemetry's exports: spans of model calls, by the gen_ai.* conventions of several years.

OTLP as JSON has resourceSpans > scopeSpans > spans, with attributes as lists of typed values (the collector's file
exporter writes one such object a line); what SDKs' console exporters print has attributes as an object. Prompts and
answers are in the attributes `gen_ai.input.messages` and `gen_ai.output.messages` (or the same as JSON texts), before
in events (`gen_ai.content.prompt`, `gen_ai.user.message`, `gen_ai.choice`), or in numbered attributes
(`gen_ai.prompt.0.content`, OpenLLMetry's). Scores are events `gen_ai.evaluation.result`.

Sources: opentelemetry-proto (trace.proto, its JSON mapping); semantic conventions for generative AI, events and spans,
with the attributes that opentelemetry.semconv lists, deprecated ones too (gen_ai.usage.prompt_tokens, gen_ai.prompt);
OpenLLMetry's semantic conventions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pointsman_service.advice.chats import answer_of, question_of
from pointsman_service.advice.foreign import Figures, duration_ms, first, listed, moment, name, structure
from pointsman_service.advice.logged_call import LeftOut, LoggedCall, Score, Told
from pointsman_service.advice.scores import named_score
from pointsman_service.domain import Usage

_CALLS = frozenset({"chat", "text_completion", "generate_content", "completion"})
_NUMBERED = re.compile(r"gen_ai\.(prompt|completion)\.(\d{1,4})\.(role|content)")
_SPANS = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans")
_FAILED = frozenset({2, "2", "STATUS_CODE_ERROR", "ERROR"})
_EVENTS = {
    "gen_ai.system.message": "system", "gen_ai.user.message": "user", "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}  # fmt: skip


def is_otel(fields: Mapping[str, Any]) -> bool:
    """Whether a record is an OTLP object, or a span of a console exporter."""
    return "resourceSpans" in fields or "resource_spans" in fields or _is_span(fields)


def _is_span(fields: Mapping[str, Any]) -> bool:
    return "attributes" in fields and ("context" in fields or "spanId" in fields or "span_id" in fields)


def otel_calls(fields: Mapping[str, Any]) -> Iterator[Told]:
    """The calls among a record's spans."""
    if _is_span(fields):
        yield _told(fields)
        return
    for resource in _objects(first(fields, "resourceSpans", "resource_spans")):
        for scope in _objects(first(resource, *_SPANS)):
            for span in _objects(scope.get("spans")):
                yield _told(span)


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    return (each for each in listed(value) if isinstance(each, Mapping))


def _told(span: Mapping[str, Any]) -> Told:
    said = _attributes(span.get("attributes"))
    operation = name(said.get("gen_ai.operation.name")) or name(said.get("llm.request.type"))
    is_model = any(key in said for key in ("gen_ai.request.model", "gen_ai.response.model"))
    if not is_model or (operation and operation not in _CALLS):
        return LeftOut("other")
    status = span.get("status")
    status = first(status, "code", "status_code") if isinstance(status, Mapping) else status
    events = [(name(e.get("name")), _attributes(e.get("attributes"))) for e in _objects(span.get("events"))]
    answer = _answer(said, events)
    if isinstance(status, int | str) and status in _FAILED and answer is None:
        return LeftOut("failed")
    figures = Figures()
    begin = moment(first(span, "startTimeUnixNano", "start_time_unix_nano", "start_time"))
    end = moment(first(span, "endTimeUnixNano", "end_time_unix_nano", "end_time"))
    context = span.get("context") if isinstance(span.get("context"), Mapping) else span
    return LoggedCall(
        model=name(first(said, "gen_ai.response.model", "gen_ai.request.model")),
        asked=name(said.get("gen_ai.request.model")),
        question=question_of(
            _prompt(said, events), said.get("gen_ai.tool.definitions"), None, said.get("gen_ai.request.max_tokens")
        ),
        answer=answer,
        usage=_usage(figures, said),
        cost_usd=figures.usd("gen_ai.usage.cost", first(said, "gen_ai.usage.cost", "gen_ai.usage.total_cost")),
        at=begin,
        latency_ms=duration_ms(begin, end),
        scores=tuple(_scores(events)),
        call=name(first(context or span, "spanId", "span_id")),
        trace=name(first(context or span, "traceId", "trace_id")),
        odd=figures.odd,
    )


def _attributes(told: object) -> Mapping[str, Any]:
    """By name, with values as Python's. OTLP lists {"key", "value": {"stringValue": ...}}.

    >>> _attributes([{"key": "n", "value": {"intValue": "7"}}, {"key": "s", "value": {"stringValue": "x"}}])
    {'n': 7, 's': 'x'}
    """
    if isinstance(told, Mapping):
        return told
    return {each["key"]: _value(each.get("value")) for each in _objects(told) if isinstance(each.get("key"), str)}


def _value(told: object) -> Any:  # noqa: ANN401
    if not isinstance(told, Mapping) or not told:
        return told
    kind, value = next(iter(told.items()))
    if kind == "intValue" and isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) <= 20:
        return int(value)
    inner = value.get("values") if isinstance(value, Mapping) else None
    if kind == "arrayValue":
        return [_value(each) for each in listed(inner)]
    return _attributes(inner) if kind == "kvlistValue" else value


def _usage(figures: Figures, said: Mapping[str, Any]) -> Usage:
    def count(*names: str) -> int | None:
        return figures.tokens(names[0], first(said, *(f"gen_ai.usage.{n}" for n in names)))

    prompt = count("input_tokens", "prompt_tokens")
    cached = count("cache_read.input_tokens", "cache_read_input_tokens")
    answer = count("output_tokens", "completion_tokens")
    thought = count("reasoning.output_tokens", "reasoning_tokens")
    return Usage(prompt, cached, answer, thought)


def _prompt(said: Mapping[str, Any], events: list[tuple[str, Mapping[str, Any]]]) -> object:
    told = first(said, "gen_ai.input.messages", "gen_ai.prompt")
    if told is not None:
        return told
    if numbered := _numbered(said, "prompt"):
        return numbered
    for called, fields in events:
        if called == "gen_ai.content.prompt":
            return first(fields, "gen_ai.prompt")
        if called == "gen_ai.client.inference.operation.details":
            return first(fields, "gen_ai.input.messages")
    return [
        {"role": _EVENTS[called], "content": first(fields, "content", "gen_ai.event.content")}
        for called, fields in events
        if called in _EVENTS
    ]


def _numbered(said: Mapping[str, Any], of: str) -> list[Mapping[str, Any]]:
    messages: dict[int, dict[str, Any]] = {}
    for key, value in said.items():
        found = _NUMBERED.fullmatch(key)
        if found is not None and found[1] == of:
            messages.setdefault(int(found[2]), {})[found[3]] = structure(value)
    return [messages[i] for i in sorted(messages)]


def _answer(said: Mapping[str, Any], events: list[tuple[str, Mapping[str, Any]]]) -> str | None:
    told = first(said, "gen_ai.output.messages", "gen_ai.completion") or _numbered(said, "completion")
    for called, fields in events if not told else ():
        if called == "gen_ai.content.completion":
            told = first(fields, "gen_ai.completion")
        elif called == "gen_ai.choice":
            told = structure(first(fields, "message", "content", "gen_ai.event.content"))
        elif called == "gen_ai.client.inference.operation.details":
            told = first(fields, "gen_ai.output.messages")
    return answer_of(told)


def _scores(events: list[tuple[str, Mapping[str, Any]]]) -> Iterator[Score]:
    for called, fields in events:
        if called == "gen_ai.evaluation.result":
            value, label = (fields.get(f"gen_ai.evaluation.score.{key}") for key in ("value", "label"))
            yield from named_score({"name": fields.get("gen_ai.evaluation.name"), "value": value, "label": label})
