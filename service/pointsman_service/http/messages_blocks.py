"""Turns and content blocks of Anthropic's form, as the messages and parts of a chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman_service.domain import ChatMessage
from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.request_limits import Limits
from pointsman_service.domain.violations import Violations
from pointsman_service.errors import Fault
from pointsman_service.http.answers import encoded
from pointsman_service.http.fields import Fields
from pointsman_service.http.read_chat import check_object
from pointsman_service.http.read_messages import made_call, text_of
from pointsman_service.http.read_parts import Part, read_part

PATH = "messages"
_ROLES = ("user", "assistant")
_THOUGHT = ("thinking", "redacted_thinking")
"""What a model thought before; the next is not asked by it, and nobody else could read the signatures."""


def read_turns(fields: Fields, limits: Limits) -> tuple[ChatMessage, ...]:
    """Every turn; results of tools are messages of their own."""
    given, wrong = fields.listed(PATH), fields.wrong
    if not given:
        wrong.add(PATH, "must hold at least one message", Fault.REQUIRED)
        return ()
    wrong.at_most(PATH, len(given), limits.messages)
    messages: list[ChatMessage] = []
    for i, turn in enumerate(given[: limits.messages]):
        messages += _turn(f"{PATH}[{i}]", turn, limits, wrong)
    return tuple(messages)


def _turn(path: str, turn: object, limits: Limits, wrong: Violations) -> Sequence[ChatMessage]:
    of = Fields(turn if isinstance(turn, dict) else {}, f"{path}.", wrong)
    role, content = of.take("role"), of.take("content")
    of.refuse_rest()
    if role not in _ROLES:
        wrong.add(f"{path}.role", "must be one of user, assistant", Fault.UNKNOWN_VALUE)
        return ()
    blocks = [content] if isinstance(content, str) else content
    if not isinstance(blocks, list) or not blocks:
        wrong.add(f"{path}.content", "must be a text or a list of blocks", Fault.REQUIRED)
        return ()
    wrong.at_most(f"{path}.content", len(blocks), limits.all_parts)
    results: list[ChatMessage] = []
    calls: list[Mapping[str, Any]] = []
    said: list[object] = []
    for j, block in enumerate(blocks[: limits.all_parts]):
        kind = block.get("type") if isinstance(block, dict) else "text"
        if kind == "tool_result":
            results.append(_result(f"{path}.content[{j}]", block, limits, wrong))
        elif kind == "tool_use":
            calls.append(_use(f"{path}.content[{j}]", block, limits, wrong))
        elif kind not in _THOUGHT:
            said.append(block)
    if not said and role == "user" and results:
        return results
    text, parts = read_blocks(f"{path}.content", said, limits, wrong) if said else ("", ())
    if role == "user" and not text.strip() and not parts:
        wrong.add(f"{path}.content", "must not be empty", Fault.REQUIRED)
    return [*results, ChatMessage(role, text, parts, tool_calls=tuple(calls))]


def read_blocks(path: str, content: object, limits: Limits, wrong: Violations) -> tuple[str, tuple[Part, ...]]:
    """The text, and the parts where it is not all text."""
    if isinstance(content, str):
        return content, ()
    if not isinstance(content, list):
        wrong.add(path, "must be a text or a list of blocks", Fault.MALFORMED)
        return "", ()
    wrong.at_most(path, len(content), limits.parts)
    read = [_block(f"{path}[{j}]", block, limits, wrong) for j, block in enumerate(content[: limits.parts])]
    whole = tuple(part for part in read if part)
    if all(part["type"] == "text" for part in whole):
        return text_of(whole), ()
    return text_of(whole), whole


def _block(path: str, block: object, limits: Limits, wrong: Violations) -> Part:
    if isinstance(block, str):
        return {"type": "text", "text": block}
    given: Mapping[str, Any] = block if isinstance(block, dict) else {}
    source: Mapping[str, Any] = given["source"] if isinstance(given.get("source"), dict) else {}
    match given.get("type"), source.get("type"):
        case "text", _:
            return read_part(path, {"type": "text", "text": given.get("text")}, limits, wrong)
        case "image", "url":
            shown = {"type": "image_url", "image_url": {"url": source.get("url")}}
            return read_part(path, shown, limits, wrong)
        case "image", "base64":
            shown = {"type": "image_url", "image_url": {"url": _data_url(source)}}
            return read_part(path, shown, limits, wrong)
        case "document", "base64":
            held = {"file_data": _data_url(source), "filename": given.get("title") or "document.pdf"}
            return read_part(path, {"type": "file", "file": held}, limits, wrong)
    return _unread(path, given, source, limits, wrong)


def _unread(path: str, given: Mapping[str, Any], source: Mapping[str, Any], limits: Limits, wrong: Violations) -> Part:
    """A document of plain text; what is neither is noted."""
    if (given.get("type"), source.get("type")) == ("document", "text"):
        return read_part(path, {"type": "text", "text": source.get("data")}, limits, wrong)
    kind = str(given.get("type"))[:40]
    why = f'"{kind}" is not taken here; text, image and document (base64 or text) are, tool_use and tool_result'
    wrong.add(path, why, Fault.NOT_ALLOWED)
    return {}


def _data_url(source: Mapping[str, Any]) -> str:
    return f"data:{source.get('media_type') or ''};base64,{source.get('data') or ''}"


def _use(path: str, block: Mapping[str, Any], limits: Limits, wrong: Violations) -> Mapping[str, Any]:
    of = Fields(block, f"{path}.", wrong)
    given = of.mapping("input") or {}
    check_object(f"{path}.input", given, limits, wrong)
    return made_call(
        wrong.identifier(f"{path}.id", of.of("id", str) or "", MAX_NAME),
        wrong.identifier(f"{path}.name", of.of("name", str) or "", MAX_NAME),
        encoded(given).decode(),
    )


def _result(path: str, block: Mapping[str, Any], limits: Limits, wrong: Violations) -> ChatMessage:
    of = Fields(block, f"{path}.", wrong)
    call_id = wrong.identifier(f"{path}.tool_use_id", of.of("tool_use_id", str) or "", MAX_NAME)
    content = of.take("content")
    text, parts = ("", ()) if content is None else read_blocks(f"{path}.content", content, limits, wrong)
    if of.flag("is_error") is True and not parts:
        text = f"Error: {text}"  # OpenAI's form has no other word for it
    return ChatMessage("tool", text, parts, tool_call_id=call_id)
