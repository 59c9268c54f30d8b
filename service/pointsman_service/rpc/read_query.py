"""A `Query` message, checked and as a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pointsman import v1

from pointsman_service.domain import ChatMessage, Question
from pointsman_service.domain.requests import Preference, Query
from pointsman_service.rpc.validation import MAX_NAME, Limits, Violations

_ROLES: Mapping[int, str] = {
    v1.Role.ROLE_SYSTEM: "system",
    v1.Role.ROLE_USER: "user",
    v1.Role.ROLE_ASSISTANT: "assistant",
    v1.Role.ROLE_TOOL: "tool",
    v1.Role.ROLE_DEVELOPER: "developer",
}
_MAY_BE_EMPTY = frozenset({v1.Role.ROLE_TOOL})
_INSTRUCTS = frozenset({v1.Role.ROLE_SYSTEM, v1.Role.ROLE_DEVELOPER})
_FORMATS = ("text", "json_object", "json_schema")
# The query's own fields say these; "n" would multiply the cost behind the ledger's back.
_RESERVED = frozenset({"model", "messages", "tools", "response_format", "stream", "stream_options", "n"})
_MAX_STOPS = 16
_NO_PREFERENCE = Preference()


def read_query(query: v1.Query, limits: Limits) -> Query:
    """The query as a value. Raises InvalidRequest with every violation."""
    wrong = Violations()
    read = Query(
        question=_question(query, limits, wrong),
        hints=read_hints("query.hints", query.hints, wrong) if query.HasField("hints") else {},
        metadata=wrong.labels("query.hints.metadata", query.hints.metadata, limits.labels),
        session_id=wrong.optional_identifier("query.session_id", query.session_id, query.HasField("session_id")),
        preference=_preference(query.preference, wrong) if query.HasField("preference") else _NO_PREFERENCE,
        models=wrong.names("query.models", query.models, limits.models) or None,
        request_id=wrong.optional_identifier("query.request_id", query.request_id, query.HasField("request_id")),
    )
    wrong.raise_if_any()
    return read


def read_hints(path: str, hints: v1.Hints, wrong: Violations) -> dict[str, str]:
    """Those that are given."""
    return {
        key: wrong.identifier(f"{path}.{key}", getattr(hints, key), MAX_NAME)
        for key in ("task", "domain", "language")
        if hints.HasField(key)
    }


def _question(query: v1.Query, limits: Limits, wrong: Violations) -> Question:
    wrong.at_most("query.tools_json", len(query.tools_json), limits.tools)
    return Question(
        messages=_messages(query, limits, wrong),
        tools=tuple(_tool(i, text, limits, wrong) for i, text in enumerate(query.tools_json)),
        response_format=_response_format(query, limits, wrong) if query.HasField("response_format_json") else None,
        params=_params(query.params, limits, wrong) if query.HasField("params") else {},
    )


def _messages(query: v1.Query, limits: Limits, wrong: Violations) -> tuple[ChatMessage, ...]:
    if not query.messages:
        wrong.add("query.messages", "must hold at least one message")
    elif all(m.role in _INSTRUCTS for m in query.messages):
        wrong.add("query.messages", "must hold a message to answer; instructions alone are none")
    wrong.at_most("query.messages", len(query.messages), limits.messages)
    total = sum(len(m.content) for m in query.messages)
    if total > limits.text_chars:
        wrong.add("query.messages", f"hold {total} characters together; at most {limits.text_chars} are allowed")
    return tuple(_message(i, m, limits, wrong) for i, m in enumerate(query.messages[: limits.messages]))


def _message(i: int, message: v1.ChatMessage, limits: Limits, wrong: Violations) -> ChatMessage:
    path = f"query.messages[{i}]"
    role = _ROLES.get(message.role)
    if role is None:
        wrong.add(f"{path}.role", f"must be one of {', '.join(v1.Role.keys()[1:])}; it is {message.role}")
    content = message.content
    if (not content or content.isspace()) and not message.tool_calls and message.role not in _MAY_BE_EMPTY:
        wrong.add(f"{path}.content", "must not be empty")
    if message.role == v1.Role.ROLE_TOOL and not message.tool_call_id:
        wrong.add(f"{path}.tool_call_id", "must say which call this is the result of")
    if message.tool_calls and message.role != v1.Role.ROLE_ASSISTANT:
        wrong.add(f"{path}.tool_calls", "belong to messages of ROLE_ASSISTANT only")
    return ChatMessage(
        role=role or "",
        content=content,
        name=wrong.optional_identifier(f"{path}.name", message.name, message.HasField("name"), MAX_NAME),
        tool_call_id=wrong.optional_identifier(
            f"{path}.tool_call_id", message.tool_call_id, bool(message.tool_call_id), MAX_NAME
        ),
        tool_calls=tuple(
            _tool_call(f"{path}.tool_calls[{j}]", c, limits, wrong) for j, c in enumerate(message.tool_calls)
        ),
    )


def _tool_call(path: str, call: v1.ToolCall, limits: Limits, wrong: Violations) -> Mapping[str, Any]:
    wrong.identifier(f"{path}.id", call.id, MAX_NAME)
    wrong.identifier(f"{path}.name", call.name, MAX_NAME)
    wrong.text(f"{path}.arguments_json", call.arguments_json, limits.json_chars)
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments_json}}


def _tool(i: int, text: str, limits: Limits, wrong: Violations) -> Mapping[str, Any]:
    field = f"query.tools_json[{i}]"
    before = len(wrong.found)
    tool = wrong.json_object(field, text, limits.json_chars)
    if len(wrong.found) == before:
        function = tool.get("function")
        if not isinstance(tool.get("type"), str):
            wrong.add(field, 'must have a "type", as "function"')
        elif tool["type"] == "function" and not (isinstance(function, dict) and isinstance(function.get("name"), str)):
            wrong.add(field, 'of type "function" must have a "function" with a "name"')
    return tool


def _response_format(query: v1.Query, limits: Limits, wrong: Violations) -> Mapping[str, Any]:
    field = "query.response_format_json"
    before = len(wrong.found)
    wanted = wrong.json_object(field, query.response_format_json, limits.json_chars)
    if len(wrong.found) == before and wanted.get("type") not in _FORMATS:
        wrong.add(field, f'must have a "type" of {", ".join(_FORMATS)}')
    return wanted


def _params(params: v1.GenerationParams, limits: Limits, wrong: Violations) -> Mapping[str, Any]:
    read: dict[str, Any] = {}
    if params.HasField("extra_json"):
        read.update(wrong.json_object("query.params.extra_json", params.extra_json, limits.json_chars))
        for key in sorted(_RESERVED & read.keys()):
            wrong.add("query.params.extra_json", f'must not set "{key}": the query has its own field, or it is fixed')
    if params.HasField("temperature"):
        wrong.between("query.params.temperature", params.temperature, 0.0)
        read["temperature"] = params.temperature
    if params.HasField("top_p"):
        wrong.above_zero("query.params.top_p", params.top_p, 1.0)
        read["top_p"] = params.top_p
    if params.HasField("max_tokens"):
        wrong.between("query.params.max_tokens", params.max_tokens, 1)
        read["max_tokens"] = params.max_tokens
    if params.stop:
        wrong.at_most("query.params.stop", len(params.stop), _MAX_STOPS)
        read["stop"] = [_stop(i, text, wrong) for i, text in enumerate(params.stop)]
    if params.HasField("seed"):
        read["seed"] = params.seed
    return read


def _stop(i: int, text: str, wrong: Violations) -> str:
    # Blanks are meant: "\n\n" is the usual one.
    if not text:
        wrong.add(f"query.params.stop[{i}]", "must not be empty")
    return wrong.text(f"query.params.stop[{i}]", text, MAX_NAME)


def _preference(preference: v1.Preference, wrong: Violations) -> Preference:
    tradeoff = preference.WhichOneof("tradeoff")
    if tradeoff == "dial":
        wrong.between("query.preference.dial", preference.dial, 0.0, 1.0)
    elif tradeoff == "cost_weight":
        wrong.between("query.preference.cost_weight", preference.cost_weight, 0.0)
    has_ceiling, has_floor = preference.HasField("max_cost_usd"), preference.HasField("min_quality")
    if has_ceiling:
        wrong.above_zero("query.preference.max_cost_usd", preference.max_cost_usd)
    if has_floor:
        wrong.between("query.preference.min_quality", preference.min_quality, 0.0, 1.0)
    return Preference(
        dial=preference.dial if tradeoff == "dial" else None,
        cost_weight=preference.cost_weight if tradeoff == "cost_weight" else None,
        max_cost_usd=preference.max_cost_usd if has_ceiling else None,
        min_quality=preference.min_quality if has_floor else None,
    )
