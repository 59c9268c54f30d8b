"""Whether an answer is the JSON, or the tool calls, that were asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pointsman_service.judges.schema_fit import matches_schema

MOST_CHARS = 1_000_000
"""Of a text that is read as JSON: it takes some 10 ms. A longer one is neither found right nor wrong."""
_MOST_FENCES = 50
_MISSING = object()


def parsed_json(text: str) -> tuple[object, bool]:
    r"""(value, clean): the JSON in a text; clean where the text is nothing else. Raises ValueError where there is none.

    >>> parsed_json('{"a": 1}'), parsed_json('Sure:\n```json\n[1]\n```')
    (({'a': 1}, True), ([1], False))
    """
    value = _loads(text)
    if value is not _MISSING:
        return value, True
    for inner in reversed(list(_fenced(text))):
        value = _loads(inner)
        if value is not _MISSING:
            return value, False
    for opening in "{[":
        value = _first(text, opening)
        if value is not _MISSING:
            return value, False
    raise ValueError("holds no JSON value")


def _first(text: str, opening: str) -> object:
    """The value that begins at the first such bracket, or what lies between it and the last that closes it."""
    start, end = text.find(opening), text.rfind("}" if opening == "{" else "]")
    if not 0 <= start < end:
        return _MISSING
    try:
        return json.JSONDecoder(strict=False).raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        return _loads(text[start : end + 1])


def _fenced(text: str) -> Iterator[str]:
    """The contents of fences that are not said to be of another language."""
    at = text.find("```")
    for _ in range(_MOST_FENCES):
        end = text.find("```", at + 3)
        if at < 0 or end < 0:
            return
        inner = text[at + 3 : end]
        label = inner[:10].lstrip().lower()
        yield inner.lstrip()[4:] if label.startswith("json") else inner
        at = text.find("```", end + 3)


def _loads(text: str) -> object:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return _MISSING


def schema_of(response_format: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The schema in an OpenAI response format, None where it has none."""
    wrapped = (response_format or {}).get("json_schema")
    schema = wrapped.get("schema") if isinstance(wrapped, Mapping) else None
    return schema if isinstance(schema, Mapping) else None


def tool_calls_fit(calls: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> bool:
    """Whether every call names a tool that was offered, with JSON arguments that fit its parameters."""
    offered = {name: parameters for tool in tools for name, parameters in [_declared(tool)]}
    return all(_call_fits(call, offered) for call in calls)


def _declared(tool: Mapping[str, Any]) -> tuple[object, object]:
    function = tool.get("function")
    function = function if isinstance(function, Mapping) else tool
    return str(function.get("name")), function.get("parameters")


def _call_fits(call: Mapping[str, Any], offered: Mapping[object, object]) -> bool:
    function = call.get("function")
    if not isinstance(function, Mapping) or str(function.get("name")) not in offered:
        return False
    arguments = function.get("arguments") or "{}"
    value = _loads(arguments) if isinstance(arguments, str) else arguments
    if not isinstance(value, Mapping):
        return False
    parameters = offered[str(function.get("name"))]
    return matches_schema(value, parameters) if isinstance(parameters, Mapping) else True
