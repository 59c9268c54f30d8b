"""Content, tool calls and tokens of answers as messages. Providers write these, so what is missing stays empty."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pointsman import v1

from pointsman_service.domain import Usage

_DATA_URL = re.compile(r"data:(?P<media_type>[^;,]+);base64,(?P<data>.*)", re.DOTALL)


def usage_message(usage: Usage) -> v1.Usage | None:
    """None where nothing is known."""
    if usage == Usage():
        return None
    return v1.Usage(
        input_tokens=usage.input_tokens,
        cached_input_tokens=usage.cached_input_tokens,
        output_tokens=usage.output_tokens,
        reasoning_tokens=usage.reasoning_tokens,
    )


def tool_call_message(call: Mapping[str, Any]) -> v1.ToolCall:
    """As OpenAI's wire format has it."""
    function = call.get("function") or {}
    return v1.ToolCall(
        tool_call_id=call.get("id") or "",
        function=function.get("name") or "",
        arguments_json=function.get("arguments") or "",
    )


def part_messages(parts: Iterable[Mapping[str, Any]]) -> list[v1.ContentPart]:
    """As OpenAI's wire format has them; a part of a kind that the contract has no word for is left out."""
    written = (_part(part) for part in parts)
    return [part for part in written if part is not None]


def _part(part: Mapping[str, Any]) -> v1.ContentPart | None:
    kind = str(part.get("type"))
    held = part.get(kind)
    if kind == "text":
        return v1.ContentPart(text=_text(held))
    if kind == "image_url":
        return v1.ContentPart(image=_image(held))
    if not isinstance(held, Mapping):
        return None
    if kind in {"input_audio", "audio"}:
        data = _bytes(_text(held.get("data")))
        return v1.ContentPart(audio=v1.AudioPart(data=data, format=_text(held.get("format"))))
    return v1.ContentPart(file=_file(held)) if kind == "file" else None


def _image(held: object) -> v1.ImagePart:
    url = _text(held.get("url")) if isinstance(held, Mapping) else _text(held)
    media_type, data = _unpacked(url)
    return v1.ImagePart(data=data, media_type=media_type) if data else v1.ImagePart(url=url)


def _file(held: Mapping[str, Any]) -> v1.FilePart:
    media_type, data = _unpacked(_text(held.get("file_data")))
    filename = _text(held.get("filename")) or None
    if data:
        return v1.FilePart(data=data, media_type=media_type, filename=filename)
    return v1.FilePart(file_id=_text(held.get("file_id")), filename=filename)


def _unpacked(url: str) -> tuple[str | None, bytes]:
    """The media type and the bytes of a data: URL, (None, b"") of another."""
    match = _DATA_URL.fullmatch(url)
    return (match["media_type"], _bytes(match["data"])) if match else (None, b"")


def _bytes(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
