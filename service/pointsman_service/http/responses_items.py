"""`input` of `/v1/responses`: a text, or messages, calls and their results, as the messages of a chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pointsman_service.domain import ChatMessage
from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.request_limits import Limits
from pointsman_service.domain.violations import Violations
from pointsman_service.errors import Fault
from pointsman_service.http.fields import Fields
from pointsman_service.http.read_messages import check_together, made_call, text_of
from pointsman_service.http.read_parts import Part, read_part

PATH = "input"
_ROLES = ("user", "assistant", "system", "developer")
_PARTS = "input_text, input_image, input_file, output_text, refusal"


def read_input(fields: Fields, limits: Limits) -> tuple[ChatMessage, ...]:
    """A chat that somebody can answer. What is wrong is noted."""
    wrong, given = fields.wrong, fields.take(PATH)
    if isinstance(given, str):
        if not given.strip():
            wrong.add(PATH, "must not be empty", Fault.REQUIRED)
        messages: tuple[ChatMessage, ...] = (ChatMessage("user", given),)
    elif isinstance(given, list) and given:
        wrong.at_most(PATH, len(given), limits.messages)
        messages = _messages(given[: limits.messages], limits, wrong)
    else:
        wrong.add(PATH, "must be a text, or a list of at least one item", Fault.REQUIRED)
        return ()
    check_together(messages, limits, wrong, PATH)
    return messages


def _messages(items: Sequence[object], limits: Limits, wrong: Violations) -> tuple[ChatMessage, ...]:
    messages: list[ChatMessage] = []
    for i, item in enumerate(items):
        path = f"{PATH}[{i}]"
        if not isinstance(item, dict):
            wrong.add(path, "must be an object", Fault.MALFORMED)
            continue
        of = Fields(item, f"{path}.", wrong)
        match item.get("type", "message"):
            case "message":
                messages.append(_message(of, limits))
            case "function_call":
                _add_call(messages, _call(of, limits))
            case "function_call_output":
                messages.append(_output(of, limits))
            case "reasoning":
                pass  # what a model thought before it answered; the next is not asked by it
            case kind:
                why = f'"{str(kind)[:40]}" is not taken here; message, function_call, function_call_output are'
                wrong.add(f"{path}.type", why, Fault.NOT_ALLOWED)
    return tuple(messages)


def _message(of: Fields, limits: Limits) -> ChatMessage:
    of.take("type")
    role, content = of.take("role"), of.take("content")
    if role not in _ROLES:
        of.wrong.add(f"{of.path}role", f"must be one of {', '.join(_ROLES)}", Fault.UNKNOWN_VALUE)
        role = "user"
    for told in ("id", "status", "phase"):
        of.take(told)
    of.refuse_rest()
    text, parts = read_content(f"{of.path}content", content, limits, of.wrong)
    if role != "assistant" and not text.strip() and not parts:
        of.wrong.add(f"{of.path}content", "must not be empty", Fault.REQUIRED)
    return ChatMessage(role, text, parts)


def read_content(path: str, content: object, limits: Limits, wrong: Violations) -> tuple[str, tuple[Part, ...]]:
    """The text, and the parts where it is not all text."""
    if isinstance(content, str):
        return content, ()
    if not isinstance(content, list):
        wrong.add(path, "must be a text or a list of parts", Fault.MALFORMED)
        return "", ()
    wrong.at_most(path, len(content), limits.parts)
    parts = tuple(_part(f"{path}[{j}]", part, limits, wrong) for j, part in enumerate(content[: limits.parts]))
    whole = tuple(part for part in parts if part)
    if all(part["type"] == "text" for part in whole):
        return text_of(whole), ()
    return text_of(whole), whole


def _part(path: str, part: object, limits: Limits, wrong: Violations) -> Part:
    given: Mapping[str, Any] = part if isinstance(part, dict) else {}
    match given.get("type"):
        case "input_text" | "output_text" | "text":
            return read_part(path, {"type": "text", "text": given.get("text")}, limits, wrong)
        case "refusal":
            return read_part(path, {"type": "refusal", "refusal": given.get("refusal")}, limits, wrong)
        case "input_image":
            shown = {"url": given.get("image_url"), "detail": given.get("detail")}
            return read_part(path, {"type": "image_url", "image_url": shown}, limits, wrong)
        case "input_file":
            held = {name: given.get(name) for name in ("file_id", "file_data", "filename")}
            return read_part(path, {"type": "file", "file": held}, limits, wrong)
    wrong.add(path, f'must be an object with a "type" of {_PARTS}', Fault.MALFORMED)
    return {}


def _call(of: Fields, limits: Limits) -> Mapping[str, Any]:
    name, call_id, arguments = of.of("name", str), of.of("call_id", str), of.of("arguments", str)
    wrong = of.wrong
    return made_call(
        wrong.identifier(f"{of.path}call_id", call_id or "", MAX_NAME),
        wrong.identifier(f"{of.path}name", name or "", MAX_NAME),
        wrong.text(f"{of.path}arguments", arguments or "", limits.json_chars),
    )


def _add_call(messages: list[ChatMessage], call: Mapping[str, Any]) -> None:
    """To the assistant's turn that it is part of."""
    if messages and messages[-1].role == "assistant":
        messages[-1] = replace(messages[-1], tool_calls=(*messages[-1].tool_calls, call))
    else:
        messages.append(ChatMessage("assistant", "", tool_calls=(call,)))


def _output(of: Fields, limits: Limits) -> ChatMessage:
    call_id = of.wrong.identifier(f"{of.path}call_id", of.of("call_id", str) or "", MAX_NAME)
    text, parts = read_content(f"{of.path}output", of.take("output"), limits, of.wrong)
    return ChatMessage("tool", text, parts, tool_call_id=call_id)
