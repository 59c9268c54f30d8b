"""The messages of a chat in OpenAI's form, checked and as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman_service.domain import ChatMessage
from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.request_limits import Limits
from pointsman_service.domain.violations import Violations
from pointsman_service.errors import Fault
from pointsman_service.http.fields import Fields
from pointsman_service.http.read_parts import Part, read_part

PATH = "messages"
_ROLES = ("system", "developer", "user", "assistant", "tool")
_INSTRUCTS = frozenset({"system", "developer"})
_MAY_BE_EMPTY = frozenset({"assistant", "tool"})
_ANSWERED = ("annotations", "reasoning_content", "reasoning", "reasoning_details", "thinking_blocks", "pointsman")
"""What answers have and callers send back with the history; nobody is asked by them."""


def read_messages(given: Sequence[Any] | None, limits: Limits, wrong: Violations) -> tuple[ChatMessage, ...]:
    """A chat that somebody can answer."""
    if not given:
        wrong.add(PATH, "must hold at least one message", Fault.REQUIRED)
        return ()
    wrong.at_most(PATH, len(given), limits.messages)
    messages = tuple(
        _message(f"{PATH}[{i}]", message, limits, wrong) for i, message in enumerate(given[: limits.messages])
    )
    check_together(messages, limits, wrong)
    return messages


def check_together(messages: Sequence[ChatMessage], limits: Limits, wrong: Violations, path: str = PATH) -> None:
    """What all messages hold together: something to answer, and no more than is allowed."""
    if messages and all(m.role in _INSTRUCTS for m in messages):
        wrong.add(path, "must hold a message to answer; instructions alone are none", Fault.REQUIRED)
    parts, calls = sum(len(m.parts) for m in messages), [call for m in messages for call in m.tool_calls]
    if parts > limits.all_parts or len(calls) > limits.all_parts:
        held = f"{parts} parts" if parts > limits.all_parts else f"{len(calls)} tool calls"
        wrong.add(path, f"hold {held} together; at most {limits.all_parts} are allowed", Fault.TOO_MANY)
    total = sum(len(m.content) for m in messages)
    if total > limits.text_chars:
        wrong.add(path, f"hold {total} characters together; at most {limits.text_chars} are allowed", Fault.TOO_LONG)
    told = sum(len(call["function"]["arguments"]) for call in calls)
    if told > limits.all_json_chars:
        why = f"hold tool calls of {told} characters together; at most {limits.all_json_chars} are allowed"
        wrong.add(path, why, Fault.TOO_LONG)


def text_of(parts: Sequence[Part]) -> str:
    """The text of all text parts, each on lines of its own: else two words become one."""
    return "\n".join(part["text"] for part in parts if part.get("type") == "text")


def tool_call(path: str, given: object, limits: Limits, wrong: Violations) -> Mapping[str, Any]:
    """A call that the model made before. path: without a dot at its end."""
    fields = Fields(given if isinstance(given, dict) else {}, f"{path}.", wrong)
    if fields.take("type") is not None and fields.take("type") != "function":
        wrong.add(f"{path}.type", 'can be "function" only', Fault.NOT_ALLOWED)
    function = Fields(fields.mapping("function") or {}, f"{path}.function.", wrong)
    name, arguments = function.of("name", str), function.of("arguments", str)
    call_id = wrong.identifier(f"{path}.id", fields.of("id", str) or "", MAX_NAME)
    fields.take("index")
    fields.refuse_rest()
    return made_call(
        call_id,
        wrong.identifier(f"{path}.function.name", name or "", MAX_NAME),
        wrong.text(f"{path}.function.arguments", arguments or "", limits.json_chars),
    )


def made_call(call_id: str, name: str, arguments: str) -> Mapping[str, Any]:
    """A tool call as the OpenAI wire has it."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def _message(path: str, given: object, limits: Limits, wrong: Violations) -> ChatMessage:
    if not isinstance(given, dict):
        wrong.add(path, "must be an object", Fault.MALFORMED)
        return ChatMessage("user", "")
    fields = Fields(given, f"{path}.", wrong)
    role = fields.take("role")
    if role not in _ROLES:
        wrong.add(f"{path}.role", f"must be one of {', '.join(_ROLES)}", Fault.UNKNOWN_VALUE)
        return ChatMessage("user", "")
    content, parts = _content(fields, limits)
    if role not in _MAY_BE_EMPTY and not any(p["type"] != "text" for p in parts) and not content.strip():
        wrong.add(f"{path}.content", "must not be empty", Fault.REQUIRED)
    calls = _tool_calls(fields, role, limits)
    call_id = fields.identifier("tool_call_id", MAX_NAME)
    if role == "tool" and call_id is None:
        wrong.add(f"{path}.tool_call_id", "must say which call this is the result of", Fault.REQUIRED)
    name = fields.identifier("name", MAX_NAME)
    for ignored in _ANSWERED:
        fields.take(ignored)
    fields.refuse_rest()
    return ChatMessage(role, content, parts, name, call_id, calls)


def _content(fields: Fields, limits: Limits) -> tuple[str, tuple[Part, ...]]:
    """The text, and the parts where it is not all text."""
    refused = fields.of("refusal", str)
    given, path = fields.take("content"), f"{fields.path}content"
    if given is None:
        return refused or "", ()
    if isinstance(given, str):
        return given, ()
    if not isinstance(given, list):
        fields.wrong.add(path, "must be a text or a list of parts", Fault.MALFORMED)
        return "", ()
    fields.wrong.at_most(path, len(given), limits.parts)
    parts = tuple(read_part(f"{path}[{i}]", p, limits, fields.wrong) for i, p in enumerate(given[: limits.parts]))
    whole = tuple(part for part in parts if part)
    if len(whole) == 1 and whole[0]["type"] == "text":
        return whole[0]["text"], ()  # what many SDKs make of a plain text
    return text_of(whole), whole


def _tool_calls(fields: Fields, role: str, limits: Limits) -> tuple[Mapping[str, Any], ...]:
    path, given = f"{fields.path}tool_calls", fields.listed("tool_calls") or ()
    if given and role != "assistant":
        fields.wrong.add(path, 'belong to messages of the role "assistant" only', Fault.CONFLICTING)
    kept = given[: limits.all_parts + 1]
    return tuple(tool_call(f"{path}[{j}]", call, limits, fields.wrong) for j, call in enumerate(kept))
