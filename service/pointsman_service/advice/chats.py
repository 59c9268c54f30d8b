"""Conversations as logs have them: OpenAI's messages and items, LangChain's roles, OpenTelemetry's parts, texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pointsman_service.advice.foreign import listed, mapping, name, structure
from pointsman_service.domain import ChatMessage, Question
from pointsman_service.domain.well_formed import well_formed

_ROLES = {"human": "user", "ai": "assistant", "developer": "system", "model": "assistant"}
_TEXTS = frozenset({"text", "input_text", "output_text"})
_PARTS = {
    "image_url": "image_url", "input_image": "image_url", "image": "image_url", "input_audio": "input_audio",
    "audio": "input_audio", "file": "file", "input_file": "file", "document": "file",
}  # fmt: skip
"""What parts of other formats are called in OpenAI's chats. Their content is not kept, only what a model needs."""


def question_of(
    messages: object, tools: object = None, response_format: object = None, longest_answer: object = None
) -> Question | None:
    """What was asked, None where nothing of it is kept.

    >>> question_of([{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}]).text
    'Why?'
    >>> question_of("[REDACTED]"), question_of({})
    (Question(messages=(ChatMessage(role='user', content='[REDACTED]', parts=(), name=None, tool_call_id=None, \
tool_calls=()),), tools=(), response_format=None, params={}), None)
    """
    said = tuple(_messages(messages))
    if not any(m.content.strip() or m.parts for m in said):
        return None
    asked = mapping(response_format)
    room = {"max_tokens": longest_answer} if isinstance(longest_answer, int) else {}
    return Question(said, tuple(t for t in listed(tools) if isinstance(t, Mapping)), asked or None, room)


def _messages(told: object) -> Iterator[ChatMessage]:
    told = structure(told)
    if isinstance(told, str):
        yield ChatMessage("user", well_formed(told))
    elif isinstance(told, Mapping):
        inner = next((told[key] for key in ("messages", "input", "prompt") if told.get(key)), None)
        if inner is not None and not told.get("role"):
            yield from _messages(inner)
        else:
            yield from _message(told)
    elif isinstance(told, list):
        for each in told:
            if isinstance(each, Mapping):
                yield from _message(each)
            elif isinstance(each, str):
                yield ChatMessage("user", well_formed(each))
            elif isinstance(each, list):  # a batch of one conversation, as LangChain's
                yield from (m for inner in each if isinstance(inner, Mapping) for m in _message(inner))


def _message(told: Mapping[str, Any]) -> Iterator[ChatMessage]:
    role = name(told.get("role")) or name(told.get("type")) or "user"
    content = next((told[key] for key in ("content", "parts", "text") if told.get(key)), None)
    text, parts = text_of(content), tuple(_others(content))
    if text or parts:
        yield ChatMessage(_ROLES.get(role, role), text, parts)


def text_of(content: object) -> str:
    """The texts of a content: a string, or text parts, which OpenTelemetry writes {"type": "text", "content": ...}.

    >>> text_of([{"type": "text", "text": "a"}, {"type": "text", "content": "b"}, {"type": "image_url"}])
    'ab'
    """
    if isinstance(content, str):
        return well_formed(content)
    if isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, list):
        return ""
    return "".join(_text_of(part) for part in content)


def _text_of(part: object) -> str:
    if isinstance(part, str):
        return well_formed(part)
    if not isinstance(part, Mapping) or (name(part.get("type")) or "text") not in _TEXTS:
        return ""
    return well_formed(next((t for key in ("text", "content") if isinstance(t := part.get(key), str)), ""))


def _others(content: object) -> Iterator[Mapping[str, Any]]:
    for part in content if isinstance(content, list) else ():
        kind = part.get("type") if isinstance(part, Mapping) else None
        if isinstance(kind, str) and kind in _PARTS:
            yield {"type": _PARTS[kind]}


def answer_of(told: object) -> str | None:
    """The text of an answer: of a completion, a message, an item of the Responses API, or bare; None for none.

    >>> answer_of({"choices": [{"message": {"role": "assistant", "content": "Yes."}}]}), answer_of({})
    ('Yes.', None)
    """
    told = structure(told)
    if isinstance(told, str):
        return well_formed(told) or None
    if isinstance(told, list):
        texts = [text for each in told if (text := answer_of(each))]
        return "".join(texts) or None
    if not isinstance(told, Mapping):
        return None
    for key in ("choices", "message", "content", "parts", "output", "output_text", "text", "completion"):
        inner = told.get(key)
        if inner:
            return (text_of(inner) or None) if key in {"content", "parts"} else answer_of(inner)
    return None
