"""Whether an answer is the JSON, or the tool calls, that were asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_FENCE = re.compile(r"```(?:json)?\s*\n?(.*?)```", re.DOTALL | re.IGNORECASE)
_MISSING = object()


def parsed_json(text: str) -> tuple[object, bool]:
    r"""(value, clean): the JSON in a text; clean where the text is nothing else. Raises ValueError where there is none.

    >>> parsed_json('{"a": 1}'), parsed_json('Sure:\n```json\n[1]\n```')
    (({'a': 1}, True), ([1], False))
    """
    value = _loads(text)
    if value is not _MISSING:
        return value, True
    for fenced in reversed(_FENCE.findall(text)):
        value = _loads(fenced)
        if value is not _MISSING:
            return value, False
    start, end = text.find("{"), text.rfind("}")
    value = _loads(text[start : end + 1]) if 0 <= start < end else _MISSING
    if value is _MISSING:
        raise ValueError("holds no JSON value")
    return value, False


def _loads(text: str) -> object:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return _MISSING


def matches_schema(value: object, schema: Mapping[str, Any]) -> bool:
    """Whether a value fits a JSON schema; true where the schema itself is unusable, which is not the answer's fault.

    The schema comes from a caller: references to other addresses are not followed, and `pattern` is not applied,
    since a pattern can be made to run for minutes.
    """
    import jsonschema  # type: ignore[import-untyped]  # noqa: PLC0415 - slow, and only for a schema
    from referencing import Registry  # noqa: PLC0415
    from referencing.exceptions import Unresolvable  # noqa: PLC0415

    def skip(*_: object) -> None:
        return None

    validator = jsonschema.validators.extend(
        jsonschema.Draft202012Validator, {"pattern": skip, "patternProperties": skip}
    )
    try:
        return bool(validator(schema, registry=Registry()).is_valid(value))
    except (jsonschema.SchemaError, jsonschema.exceptions.UnknownType, Unresolvable):
        return True
    except (TypeError, ValueError, AttributeError, KeyError, RecursionError):
        return True  # a malformed schema fails inside the validator in many ways


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
