"""What a message of a provider says, whole or a piece of it: text, reasoning, refusal, parts that are not text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pointsman_service.domain.well_formed import well_formed

_NEEDS = {"image_url": {"url"}, "input_audio": {"data"}, "file": {"file_id", "file_data"}}
"""Parts that are not text, and what each must have one of."""
_REASONING = ("reasoning_content", "reasoning", "thinking", "reasoning_text")
"""Fields of messages that tell what was thought: DeepSeek's, OpenRouter's and vLLM's, Ollama's, Copilot's."""
_THOUGHT = ("thinking", "reasoning", "thought")
"""What the types of parts begin with that are thinking."""


@dataclass(frozen=True, slots=True)
class Said:
    """text, reasoning, refusal: empty where there is none. parts: as the OpenAI wire has them, text ones left out."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    parts: tuple[Mapping[str, Any], ...] = ()


def said_of(message: Mapping[str, Any]) -> Said:
    """Read a message, or the delta of a stream's chunk; what is of no known form is left out.

    Reasoning is in `reasoning_content` (DeepSeek, litellm), in `reasoning` (OpenRouter, vLLM) or its details, or in
    thinking parts of the content (Mistral); pictures in the content or in `images` (OpenRouter); of a spoken answer,
    the transcript is the text.

    >>> said_of({"content": [{"type": "text", "text": "A cat."}], "reasoning": "Whiskers."})
    Said(text='A cat.', reasoning='Whiskers.', refusal='', parts=())
    """
    content, audio = message.get("content"), message.get("audio")
    listed = [] if isinstance(content, str) else _listed(content)
    shown = _listed(message.get("images"))
    text = content if isinstance(content, str) else content_text([p for p in listed if not _is_thought(p)])
    return Said(
        text=text or (_text(audio.get("transcript")) if isinstance(audio, Mapping) else ""),
        reasoning=_reasoning(message, listed),
        refusal=_text(message.get("refusal")) or _refusals(message, listed),
        parts=tuple(part for p in (*listed, *shown) if (part := _part(p)) is not None),
    )


def content_text(content: object) -> str:
    """The text of a message's content: a string, or the text parts of a list.

    >>> content_text([{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}, "c"])
    'abc'
    """
    return content if isinstance(content, str) else "".join(_text(part.get("text")) for part in _listed(content))


def spoken_part(message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The sound of a whole spoken answer, as a part; its format is the one that was asked for."""
    audio = message.get("audio")
    data = well_formed(_text(audio.get("data"))) if isinstance(audio, Mapping) else ""
    return {"type": "input_audio", "input_audio": {"data": data}} if data else None


def _listed(content: object) -> list[Mapping[str, Any]]:
    """The parts of a content: those of a list, where texts may stand bare, or the only one."""
    if content is None:
        return []
    parts = content if isinstance(content, list) else [content]
    said = [{"type": "text", "text": part} if isinstance(part, str) else part for part in parts]
    return [part for part in said if isinstance(part, Mapping)]


def _is_thought(part: Mapping[str, Any]) -> bool:
    kind = part.get("type")
    return isinstance(kind, str) and kind.startswith((*_THOUGHT, "redacted"))


def _reasoning(message: Mapping[str, Any], listed: list[Mapping[str, Any]]) -> str:
    """What was thought; said in several fields it counts once."""
    for told in (message.get(name) for name in _REASONING):
        thought = _thought(told) if isinstance(told, Mapping) else content_text(told)
        if thought:
            return thought
    details = _listed(message.get("reasoning_details"))
    return "".join(_thought(part) for part in (details or [p for p in listed if _is_thought(p)]))


def _thought(part: Mapping[str, Any]) -> str:
    said = (part.get(field) for field in ("thinking", "reasoning", "text", "summary", "content"))
    return next((text for each in said if (text := content_text(each))), "")


def _refusals(message: Mapping[str, Any], listed: list[Mapping[str, Any]]) -> str:
    # litellm moves what it does not know to a field of its own.
    moved = message.get("provider_specific_fields")
    beside = _text(moved.get("refusal")) if isinstance(moved, Mapping) else ""
    return beside or "".join(_text(p.get("refusal")) for p in listed)


def _part(part: Mapping[str, Any]) -> Mapping[str, Any] | None:
    kind = part.get("type")
    if not isinstance(kind, str) or kind not in _NEEDS:
        return None
    inner = part.get(kind)
    if isinstance(inner, str) and kind == "image_url":
        inner = {"url": inner}
    kept = {well_formed(k): well_formed(v) for k, v in _texts(inner)}
    return {"type": kind, kind: kept} if kept.keys() & _NEEDS[kind] else None


def _texts(inner: object) -> list[tuple[str, str]]:
    return [(k, v) for k, v in inner.items() if isinstance(v, str)] if isinstance(inner, Mapping) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
