"""Parts of a message, checked and as OpenAI's wire format has them."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message
from pointsman import v1

from pointsman_service.domain.json_slices import is_printable
from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.request_limits import Limits
from pointsman_service.errors import Fault
from pointsman_service.rpc.presence import Told
from pointsman_service.rpc.validation import Violations

_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9][A-Za-z0-9.+_-]*")
_FORMAT = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_DETAILS = ("low", "high", "auto")
_URL_SCHEMES = ("http://", "https://", "data:")
_URL_CHARS = 8_192
_PIECE = 3 << 18
"""Bytes: a millisecond."""

Part = Mapping[str, Any]


def read_part(path: str, part: v1.ContentPart, limits: Limits, wrong: Violations) -> Part:
    """One part of a message. path: of the part, without a dot at its end."""
    match part.WhichOneof("part"):
        case "text":
            if not part.text:
                wrong.add(f"{path}.text", "must not be empty; leave the part out", Fault.REQUIRED)
            return {"type": "text", "text": part.text}
        case "image":
            return _image(f"{path}.image", part.image, limits, wrong)
        case "audio":
            return _audio(f"{path}.audio", part.audio, limits, wrong)
        case "file":
            return _file(f"{path}.file", part.file, limits, wrong)
        case _:
            wrong.add(path, "must be one of text, image, audio, file", Fault.REQUIRED)
            return {}


def _image(path: str, image: v1.ImagePart, limits: Limits, wrong: Violations) -> Part:
    source = image.WhichOneof("source")
    media_type = _media_type(path, image, required=source == "data", wrong=wrong)
    if media_type is not None and not media_type.startswith("image/"):
        wrong.add(f"{path}.media_type", 'must be that of a picture, for instance "image/png"', Fault.MALFORMED)
    url = ""
    if source == "data":
        url = _data_url(f"{path}.data", media_type, image.data, limits, wrong)
    elif source == "url":
        url = _url(f"{path}.url", image.url, limits, wrong)
    else:
        wrong.add(path, "must have one of url, data", Fault.REQUIRED)
    shown: dict[str, Any] = {"url": url}
    if image.HasField("detail"):
        shown["detail"] = image.detail
        if image.detail not in _DETAILS:
            wrong.add(f"{path}.detail", f"must be one of {', '.join(_DETAILS)}", Fault.UNKNOWN_VALUE)
    return {"type": "image_url", "image_url": shown}


def _audio(path: str, audio: v1.AudioPart, limits: Limits, wrong: Violations) -> Part:
    if not _FORMAT.fullmatch(audio.format):
        wrong.add(f"{path}.format", 'must name a format, for instance "wav" or "mp3"', Fault.MALFORMED)
    return {
        "type": "input_audio",
        "input_audio": {"data": _base64(f"{path}.data", audio.data, limits, wrong), "format": audio.format},
    }


def _file(path: str, file: v1.FilePart, limits: Limits, wrong: Violations) -> Part:
    told, source = Told(file, f"{path}.", wrong), file.WhichOneof("source")
    media_type = _media_type(path, file, required=source == "data", wrong=wrong)
    shown: dict[str, Any] = {}
    filename = told.identifier("filename", MAX_NAME)
    if filename is not None:
        shown["filename"] = filename
    if source == "data":
        shown["file_data"] = _data_url(f"{path}.data", media_type, file.data, limits, wrong)
    elif source == "file_id":
        shown["file_id"] = wrong.identifier(f"{path}.file_id", file.file_id, MAX_NAME)
    else:
        wrong.add(path, "must have one of file_id, data", Fault.REQUIRED)
    return {"type": "file", "file": shown}


def _media_type(path: str, part: Message, *, required: bool, wrong: Violations) -> str | None:
    media_type = Told(part, f"{path}.", wrong).identifier("media_type", MAX_NAME)
    if media_type is None and required and not part.HasField("media_type"):
        wrong.add(f"{path}.media_type", "must be given with data", Fault.REQUIRED)
    if media_type is not None and not _MEDIA_TYPE.fullmatch(media_type):
        wrong.add(
            f"{path}.media_type", 'must be a media type, for instance "image/png" or "application/pdf"', Fault.MALFORMED
        )
        return None
    return media_type


def _url(field: str, url: str, limits: Limits, wrong: Violations) -> str:
    if not url.startswith(_URL_SCHEMES):
        wrong.add(field, f"must begin with {', '.join(_URL_SCHEMES)}", Fault.NOT_ALLOWED)
    elif not is_printable(url) or " " in url:
        wrong.add(field, "must hold printable characters only, and no blanks", Fault.MALFORMED)
    elif not url.startswith("data:"):
        wrong.text(field, url, _URL_CHARS)
    elif not url.startswith("data:image/") or "," not in url:
        wrong.add(field, 'must hold a picture, as "data:image/png;base64,..."', Fault.MALFORMED)
    elif 3 * len(url) > 4 * (limits.part_bytes + MAX_NAME):
        wrong.add(
            field,
            f"is {len(url)} characters long; at most {limits.part_bytes} bytes of data are allowed",
            Fault.TOO_LONG,
        )
    return url


def _data_url(field: str, media_type: str | None, data: bytes, limits: Limits, wrong: Violations) -> str:
    return _base64(field, data, limits, wrong, f"data:{media_type or ''};base64,")


def _base64(field: str, data: bytes, limits: Limits, wrong: Violations, begins: str = "") -> str:
    """The data behind what the text begins with."""
    if not data:
        wrong.add(field, "must not be empty", Fault.REQUIRED)
    if len(data) > limits.part_bytes:
        wrong.add(field, f"is {len(data)} bytes long; at most {limits.part_bytes} are allowed", Fault.TOO_LONG)
        return ""
    # Piece by piece, each of whole triples: other threads, which the event loop is one of, go on between them. A text
    # that nobody else has grows in place; joining the pieces would copy all of them at once.
    text = begins
    for at in range(0, len(data), _PIECE):
        text += base64.b64encode(data[at : at + _PIECE]).decode("ascii")
    return text
