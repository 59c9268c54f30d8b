"""Parts of a message: OpenAI's content parts as those of the contract."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from collections.abc import Callable, Mapping
from typing import Any

from pointsman import v1
from pointsman.arguments import invalid, put, refuse_unknown, shown

_DATA_URL = re.compile(r"data:(?P<media_type>[^;,]+)(?:;[^;,]+)*;base64,(?P<data>.*)", re.DOTALL)


def part_of(part: object, path: str) -> v1.ContentPart:
    """A content part from a dict as OpenAI has it, of type text, image_url, input_audio or file.

    Raises InvalidRequest; path: where the part stands.

    >>> part_of({"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}, "content[0]").image.url
    'https://example.com/a.png'
    """
    if isinstance(part, v1.ContentPart):
        return part
    kind = part.get("type") if isinstance(part, Mapping) else None
    if not isinstance(part, Mapping) or not isinstance(kind, str) or kind not in _OF_TYPE:
        raise invalid(
            path, f"must be a dict whose type is one of {list(_OF_TYPE)}, or a v1.ContentPart, not {shown(part)}"
        )
    refuse_unknown(f"a part of type {kind}", part, ("type", kind))
    return _OF_TYPE[kind](part.get(kind), f"{path}.{kind}")


def _text(text: object, path: str) -> v1.ContentPart:
    part = v1.ContentPart()
    put(part, "text", text, path)
    return part


def _image(given: object, path: str) -> v1.ContentPart:
    image = _fields(given, path, ("url", "detail"))
    part = v1.ImagePart()
    put(part, "url", image.get("url"), f"{path}.url")
    if image.get("detail") is not None:
        put(part, "detail", image["detail"], f"{path}.detail")
    return v1.ContentPart(image=part)


def _audio(given: object, path: str) -> v1.ContentPart:
    audio = _fields(given, path, ("data", "format"))
    part = v1.AudioPart(data=_bytes(audio.get("data"), f"{path}.data"))
    put(part, "format", audio.get("format"), f"{path}.format")
    return v1.ContentPart(audio=part)


def _file(given: object, path: str) -> v1.ContentPart:
    file = _fields(given, path, ("file_id", "file_data", "filename"))
    part = v1.FilePart()
    if file.get("filename") is not None:
        put(part, "filename", file["filename"], f"{path}.filename")
    if (file.get("file_id") is None) is (file.get("file_data") is None):
        raise invalid(path, "must have either file_id or file_data")
    if file.get("file_id") is not None:
        put(part, "file_id", file["file_id"], f"{path}.file_id")
        return v1.ContentPart(file=part)
    data = file["file_data"]
    url = _DATA_URL.fullmatch(data) if isinstance(data, str) else None
    media_type = url["media_type"] if url else mimetypes.guess_type(part.filename)[0]
    if media_type is None:
        raise invalid(f"{path}.file_data", "says no media type: write it as 'data:application/pdf;base64,...'")
    put(part, "media_type", media_type, f"{path}.file_data")
    part.data = _bytes(url["data"] if url else data, f"{path}.file_data")
    return v1.ContentPart(file=part)


_OF_TYPE: Mapping[str, Callable[[object, str], v1.ContentPart]] = {
    "text": _text,
    "image_url": _image,
    "input_audio": _audio,
    "file": _file,
}


def _fields(given: object, path: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise invalid(path, f"must be a dict with {list(known)}, not {shown(given)}")
    refuse_unknown(path, given, known)
    return given


def _bytes(data: object, path: str) -> bytes:
    try:
        if not isinstance(data, str):
            raise invalid(path, f"must be base64 in a text, not {shown(data)}")
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise invalid(path, f"is not base64: {wrong}") from wrong
