"""A body of Anthropic's `/v1/messages`, checked and as a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pointsman_service.domain import ChatMessage, Question
from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.request_limits import MAX_END_USER, MOST_TOKENS, Limits
from pointsman_service.domain.requests import Query
from pointsman_service.domain.violations import Violations
from pointsman_service.errors import Fault
from pointsman_service.http.extension import read_extension
from pointsman_service.http.fields import Fields
from pointsman_service.http.headers import Headers
from pointsman_service.http.messages_blocks import read_blocks, read_turns
from pointsman_service.http.model_names import Wanted
from pointsman_service.http.read_chat import one_answer, query_of, read_format, read_params, read_tools
from pointsman_service.http.read_messages import check_together

_CHOICES = {"auto": "auto", "any": "required", "none": "none"}
_RUN_THERE = (
    "container", "mcp_servers", "context_management", "inference_geo", "speed", "cache_control", "diagnostics",
)  # fmt: skip
_PROFILE = "anthropic-user-profile-id"


@dataclass(frozen=True, slots=True)
class MessageAsked:
    """query: what is asked."""

    query: Query
    streams: bool
    predictions: bool


def read_message(body: Mapping[str, Any], headers: Headers, asked: Wanted, limits: Limits) -> MessageAsked:
    """What is asked. Raises InvalidRequest with every violation."""
    wrong = Violations()
    fields = Fields(body, "", wrong)
    fields.take("model")
    streams = fields.flag("stream") is True
    for name in _RUN_THERE:
        if fields.take(name) is not None:
            wrong.add(name, "is of Anthropic's own servers, and is not taken here", Fault.NOT_ALLOWED)
    if _PROFILE in headers:
        wrong.add(f"header {_PROFILE}", "is of Anthropic's own servers; say metadata.user_id", Fault.NOT_ALLOWED)
    one_answer(fields)
    extension = read_extension(fields, headers, asked, {}, limits)
    messages = (*_system(fields, limits), *read_turns(fields, limits))
    check_together(messages, limits, wrong)
    question = Question(messages, _tools(fields, limits), _format(fields, limits), _params(fields, limits))
    query = query_of(question, extension, _end_user(fields), headers)
    wrong.raise_if_any()
    return MessageAsked(query, streams, extension.predictions)


def _system(fields: Fields, limits: Limits) -> Sequence[ChatMessage]:
    given = fields.take("system")
    if given is None or given == "":
        return ()
    text, parts = read_blocks("system", given, limits, fields.wrong)
    if parts:
        fields.wrong.add("system", "holds texts only", Fault.NOT_ALLOWED)
    return (ChatMessage("system", text),) if text.strip() else ()


def _tools(fields: Fields, limits: Limits) -> tuple[Mapping[str, Any], ...]:
    given = fields.listed("tools") or ()
    told = [_function(f"tools[{i}]", tool, fields.wrong) for i, tool in enumerate(given[: limits.tools + 1])]
    return read_tools(Fields({"tools": told}, "", fields.wrong), limits)


def _function(field: str, tool: object, wrong: Violations) -> object:
    if not isinstance(tool, dict):
        return tool
    if tool.get("type", "custom") != "custom" and tool["type"] is not None:
        return {"type": str(tool["type"])}  # which is refused by that name
    if not isinstance(tool.get("input_schema"), dict):
        wrong.add(f"{field}.input_schema", "must be the schema of what it takes", Fault.REQUIRED)
    function = {"name": tool.get("name"), "description": tool.get("description"), "strict": tool.get("strict")}
    told = {key: value for key, value in function.items() if value is not None}
    return {"type": "function", "function": {**told, "parameters": tool.get("input_schema")}}


def _format(fields: Fields, limits: Limits) -> Mapping[str, Any] | None:
    """`output_config.format` (before: `output_format`), a schema for the whole answer."""
    config = Fields(fields.mapping("output_config") or {}, "output_config.", fields.wrong)
    wanted = config.mapping("format") or fields.mapping("output_format")
    if wanted is None:
        return None
    named = {"name": "answer", "schema": wanted.get("schema"), "strict": True}
    told = {"type": wanted.get("type"), "json_schema": named}
    return read_format(Fields({"response_format": told}, "", fields.wrong), limits)


def _params(fields: Fields, limits: Limits) -> dict[str, Any]:
    wrong, params = fields.wrong, dict[str, Any]()
    if not fields.has("max_tokens"):
        wrong.add("max_tokens", "must say how long the answer may be", Fault.REQUIRED)
    limit = fields.between("max_tokens", 1, MOST_TOKENS)
    if limit is not None:
        params["max_tokens"] = int(limit)
    if stops := fields.texts("stop_sequences"):
        params["stop"] = stops
    config = Fields(fields.mapping("output_config") or {}, "output_config.", wrong)
    config.take("format")
    if (effort := config.identifier("effort", 40)) is not None:
        params["reasoning_effort"] = effort
    config.refuse_rest()
    params |= _tool_choice(fields)
    for name in ("metadata", "service_tier"):
        fields.take(name)  # the first is the end user's, the second of Anthropic's own capacity
    return params | read_params(fields, {}, limits)


def _tool_choice(fields: Fields) -> dict[str, Any]:
    given = fields.mapping("tool_choice")
    if given is None:
        return {}
    of = Fields(given, "tool_choice.", fields.wrong)
    kind, name = of.take("type"), of.identifier("name", MAX_NAME)
    chosen: dict[str, Any] = {}
    if kind == "tool" and name is not None:
        chosen["tool_choice"] = {"type": "function", "function": {"name": name}}
    elif isinstance(kind, str) and kind in _CHOICES:
        chosen["tool_choice"] = _CHOICES[kind]
    else:
        fields.wrong.add("tool_choice.type", "must be auto, any, none, or tool with a name", Fault.UNKNOWN_VALUE)
    if of.flag("disable_parallel_tool_use") is True:
        chosen["parallel_tool_calls"] = False
    of.refuse_rest()
    return chosen


def _end_user(fields: Fields) -> str | None:
    metadata = Fields(fields.mapping("metadata") or {}, "metadata.", fields.wrong)
    user = metadata.identifier("user_id", MAX_END_USER)
    metadata.refuse_rest()
    return user
