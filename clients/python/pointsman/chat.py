"""Chats from plain Python values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman import v1
from pointsman.arguments import invalid, items, put, refuse_unknown, shown
from pointsman.parts import part_of

Messages = str | v1.Query | Sequence[v1.ChatMessage | Mapping[str, Any]]
"""A user's text, a whole query, or a chat: messages, or dicts as OpenAI has them."""

_ROLES = {name.removeprefix("ROLE_").lower(): number for name, number in v1.Role.items() if number}


def chat_of(messages: Messages) -> list[v1.ChatMessage]:
    """The messages of a chat. Raises InvalidRequest for what is none, and for what it could only drop.

    >>> [m.content for m in chat_of("2 + 2?")]
    ['2 + 2?']
    """
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    listed = items(messages, "messages", "dicts or v1.ChatMessage")
    return [_message(message, f"messages[{i}]") for i, message in enumerate(listed)]


def _message(message: object, path: str) -> v1.ChatMessage:
    if isinstance(message, v1.ChatMessage):
        return message
    if not isinstance(message, Mapping):
        wanted = "must be a dict as {'role': 'user', 'content': '...'} or a v1.ChatMessage"
        raise invalid(path, f"{wanted}, not {shown(message)}; a pydantic object has model_dump()")
    # Answers of OpenAI's SDK, dumped, carry what is empty as well.
    told = {
        key: value
        for key, value in message.items()
        if value is not None and not (isinstance(value, list) and not value)
    }
    refuse_unknown(path, told, ("role", "content", "name", "tool_call_id", "tool_calls"))
    role = told.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise invalid(f"{path}.role", f"must be one of {list(_ROLES)}, not {shown(role)}")
    chat = v1.ChatMessage(role=v1.Role.Name(_ROLES[role]))
    _put_content(chat, told.get("content", ""), f"{path}.content")
    for key in ("name", "tool_call_id"):
        if key in told:
            put(chat, key, told[key], f"{path}.{key}")
    calls = items(told.get("tool_calls", ()), f"{path}.tool_calls", "dicts")
    chat.tool_calls.extend(_tool_call(call, f"{path}.tool_calls[{i}]") for i, call in enumerate(calls))
    return chat


def _put_content(chat: v1.ChatMessage, content: object, path: str) -> None:
    if isinstance(content, list | tuple):
        chat.parts.extend(part_of(part, f"{path}[{i}]") for i, part in enumerate(content))
    else:
        put(chat, "content", content, path)


def _tool_call(call: object, path: str) -> v1.ToolCall:
    match call:
        case v1.ToolCall():
            return call
        case {"id": tool_call_id, "function": {"name": function, "arguments": arguments}}:
            made = v1.ToolCall()
            put(made, "tool_call_id", tool_call_id, f"{path}.id")
            put(made, "function", function, f"{path}.function.name")
            put(made, "arguments_json", arguments, f"{path}.function.arguments")
            return made
    wanted = "must be a dict as {'id': ..., 'function': {'name': ..., 'arguments': '{...}'}} or a v1.ToolCall"
    raise invalid(path, f"{wanted}, not {shown(call)}")
