"""What a message of a provider says, whole or a piece of it: text, reasoning, refusal, parts that are not text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NEEDS = {"image_url": {"url"}, "input_audio": {"data"}, "file": {"file_id", "file_data"}}
"""Parts that are not text, and what each must have one of."""
_THOUGHT = ("thinking", "reasoning")


@dataclass(frozen=True, slots=True)
class Said:
    """text, reasoning, refusal: empty where there is none. parts: as the OpenAI wire has them, text ones left out."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    parts: tuple[Mapping[str, Any], ...] = ()


def said_of(message: Mapping[str, Any]) -> Said:
    """Read a message, or the delta of a stream's chunk; what is of no known form is left out.

    Reasoning is in `reasoning_content` (DeepSeek, litellm), in `reasoning` (OpenRouter, vLLM), or in thinking parts of
    the content (Mistral); pictures in the content or in `images` (OpenRouter); of a spoken answer, the transcript is
    the text.

    >>> said_of({"content": [{"type": "text", "text": "A cat."}], "reasoning": "Whiskers."})
    Said(text='A cat.', reasoning='Whiskers.', refusal='', parts=())
    """
    content, pictures = message.get("content"), message.get("images")
    listed = [p for p in content if isinstance(p, Mapping)] if isinstance(content, list) else []
    shown = [p for p in pictures if isinstance(p, Mapping)] if isinstance(pictures, list) else []
    audio = message.get("audio")
    text = content_text([p for p in listed if p.get("type") not in _THOUGHT]) if listed else content_text(content)
    return Said(
        text=text or (_text(audio.get("transcript")) if isinstance(audio, Mapping) else ""),
        reasoning=_text(message.get("reasoning_content")) or _text(message.get("reasoning")) or _thoughts(listed),
        refusal=_text(message.get("refusal")) or _refusals(message, listed),
        parts=tuple(part for p in (*listed, *shown) if (part := _part(p)) is not None),
    )


def content_text(content: object) -> str:
    """The text of a message's content: a string, or the text parts of a list.

    >>> content_text([{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}])
    'ab'
    """
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_text(p.get("text")) for p in content if isinstance(p, Mapping))
    return ""


def spoken_part(message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The sound of a whole spoken answer, as a part; its format is the one that was asked for."""
    audio = message.get("audio")
    data = _text(audio.get("data")) if isinstance(audio, Mapping) else ""
    return {"type": "input_audio", "input_audio": {"data": data}} if data else None


def _thoughts(listed: list[Mapping[str, Any]]) -> str:
    thoughts = [p for p in listed if p.get("type") in _THOUGHT]
    return "".join(content_text(p.get("thinking")) or _text(p.get("text")) for p in thoughts)


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
    kept = {k: v for k, v in inner.items() if isinstance(v, str)} if isinstance(inner, Mapping) else {}
    return {"type": kind, kind: kept} if kept.keys() & _NEEDS[kind] else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
