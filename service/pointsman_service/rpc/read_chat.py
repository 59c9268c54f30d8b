"""The messages of a query, checked and as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman import v1

from pointsman_service.domain import ChatMessage
from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.request_limits import Limits
from pointsman_service.errors import Fault
from pointsman_service.rpc.enums import ROLES
from pointsman_service.rpc.presence import Told
from pointsman_service.rpc.read_parts import Part, read_part
from pointsman_service.rpc.validation import Violations

_PATH = "query.messages"
_INSTRUCTS = frozenset({v1.Role.ROLE_SYSTEM, v1.Role.ROLE_DEVELOPER})


def read_messages(messages: Sequence[v1.ChatMessage], limits: Limits, wrong: Violations) -> tuple[ChatMessage, ...]:
    """A chat that somebody can answer."""
    if not messages:
        wrong.add(_PATH, "must hold at least one message", Fault.REQUIRED)
    wrong.at_most(_PATH, len(messages), limits.messages)
    messages = messages[: limits.messages]
    if messages and all(m.role in _INSTRUCTS for m in messages):
        wrong.add(_PATH, "must hold a message to answer; instructions alone are none", Fault.REQUIRED)
    if not _within(messages, limits, wrong):
        return ()
    return tuple(_message(f"{_PATH}[{i}]", m, limits, wrong) for i, m in enumerate(messages))


def _within(messages: Sequence[v1.ChatMessage], limits: Limits, wrong: Violations) -> bool:
    """Whether what all messages hold together may be read at all; what is too much is noted."""
    parts = sum(len(m.parts) for m in messages)
    calls = sum(len(m.tool_calls) for m in messages)
    if parts > limits.all_parts or calls > limits.all_parts:
        held = f"{parts} parts" if parts > limits.all_parts else f"{calls} tool calls"
        wrong.add(_PATH, f"hold {held} together; at most {limits.all_parts} are allowed", Fault.TOO_MANY)
        return False
    total = sum(len(m.content) + sum(len(part.text) for part in m.parts) for m in messages)
    if total > limits.text_chars:
        wrong.add(_PATH, f"hold {total} characters together; at most {limits.text_chars} are allowed", Fault.TOO_LONG)
    told = sum(len(call.arguments_json) for m in messages for call in m.tool_calls)
    if told > limits.all_json_chars:
        wrong.add(
            _PATH,
            f"hold tool calls of {told} characters together; at most {limits.all_json_chars} are allowed",
            Fault.TOO_LONG,
        )
    return True


def _message(path: str, message: v1.ChatMessage, limits: Limits, wrong: Violations) -> ChatMessage:
    told = Told(message, f"{path}.", wrong)
    parts = _parts(path, message, limits, wrong) if message.parts else ()
    content = _text_of(parts) if parts else message.content
    if not parts and not _may_be_empty(message) and (not content or content.isspace()):
        wrong.add(f"{path}.content", "must not be empty", Fault.REQUIRED)
    if message.role == v1.Role.ROLE_TOOL and not message.tool_call_id:
        wrong.add(f"{path}.tool_call_id", "must say which call this is the result of", Fault.REQUIRED)
    if message.tool_calls and message.role != v1.Role.ROLE_ASSISTANT:
        wrong.add(f"{path}.tool_calls", "belong to messages of ROLE_ASSISTANT only", Fault.CONFLICTING)
    return ChatMessage(
        role=wrong.required_choice(f"{path}.role", ROLES, message.role),
        content=content,
        parts=parts,
        name=told.identifier("name", MAX_NAME),
        tool_call_id=told.identifier("tool_call_id", MAX_NAME) if message.tool_call_id else None,
        tool_calls=tuple(
            _tool_call(f"{path}.tool_calls[{j}].", c, limits, wrong) for j, c in enumerate(message.tool_calls)
        ),
    )


def _may_be_empty(message: v1.ChatMessage) -> bool:
    # Models do answer with nothing, and tools return it: such a turn belongs to the history as it was.
    return message.role in {v1.Role.ROLE_ASSISTANT, v1.Role.ROLE_TOOL}


def _parts(path: str, message: v1.ChatMessage, limits: Limits, wrong: Violations) -> tuple[Part, ...]:
    if message.content:
        wrong.add(
            f"{path}.parts", "must be empty where there is content: a message has one or the other", Fault.CONFLICTING
        )
    wrong.at_most(f"{path}.parts", len(message.parts), limits.parts)
    given = message.parts[: limits.parts]
    if all(part.WhichOneof("part") == "text" and part.text.isspace() for part in given):
        wrong.add(f"{path}.parts", "must hold more than blanks", Fault.REQUIRED)
    return tuple(read_part(f"{path}.parts[{j}]", part, limits, wrong) for j, part in enumerate(given))


def _text_of(parts: tuple[Part, ...]) -> str:
    # On lines of their own: joined without, the last word of one part and the first of the next become one.
    return "\n".join(part["text"] for part in parts if part.get("type") == "text")


def _tool_call(path: str, call: v1.ToolCall, limits: Limits, wrong: Violations) -> Mapping[str, Any]:
    wrong.identifier(f"{path}tool_call_id", call.tool_call_id, MAX_NAME)
    wrong.identifier(f"{path}function", call.function, MAX_NAME)
    wrong.text(f"{path}arguments_json", call.arguments_json, limits.json_chars)
    function = {"name": call.function, "arguments": call.arguments_json}
    return {"id": call.tool_call_id, "type": "function", "function": function}
