"""Parts of a message in OpenAI's form, checked and kept as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.request_limits import Limits
from pointsman_service.domain.violations import Violations
from pointsman_service.errors import Fault
from pointsman_service.http.fields import Fields

DETAILS = ("low", "high", "auto")
_URL_CHARS = 8_192
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")
_FORMAT = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_MARKS = ("cache_control", "prompt_cache_breakpoint", "annotations")
"""Marks for a provider's cache, which clients of Anthropic's and OpenAI's set, change no answer."""
_KINDS = ("text", "image_url", "input_audio", "file", "refusal")

Part = Mapping[str, Any]


def read_part(path: str, part: object, limits: Limits, wrong: Violations) -> Part:
    """One part, `text` for a refusal that the model gave before. path: of the part, without a dot at its end."""
    if not isinstance(part, dict) or part.get("type") not in _KINDS:
        wrong.add(path, f'must be an object with a "type" of {", ".join(_KINDS)}', Fault.MALFORMED)
        return {}
    kind = part["type"]
    fields = Fields(part, f"{path}.", wrong)
    fields.take("type")
    if kind in {"text", "refusal"}:
        text = fields.of(kind, str)
        if not text:
            wrong.add(f"{path}.{kind}", "must not be empty; leave the part out", Fault.REQUIRED)
        read: Part = {"type": "text", "text": text or ""}
    else:
        held = fields.mapping(kind)
        if held is None:
            wrong.add(f"{path}.{kind}", "must be an object", Fault.REQUIRED)
        inner = Fields(held or {}, f"{path}.{kind}.", wrong)
        read = {"type": kind, kind: _READ[kind](inner, limits)}
        inner.refuse_rest()
    for mark in _MARKS:
        fields.take(mark)
    fields.refuse_rest()
    return read


def _image(fields: Fields, limits: Limits) -> dict[str, Any]:
    shown: dict[str, Any] = {"url": checked_url(f"{fields.path}url", fields.of("url", str) or "", limits, fields.wrong)}
    detail = fields.of("detail", str)
    if detail is not None:
        shown["detail"] = detail
        if detail not in DETAILS:
            fields.wrong.add(f"{fields.path}detail", f"must be one of {', '.join(DETAILS)}", Fault.UNKNOWN_VALUE)
    return shown


def _audio(fields: Fields, limits: Limits) -> dict[str, Any]:
    form = fields.of("format", str) or ""
    if not _FORMAT.fullmatch(form):
        fields.wrong.add(f"{fields.path}format", 'must name a format, for instance "wav" or "mp3"', Fault.MALFORMED)
    data = fields.of("data", str) or ""
    check_base64(f"{fields.path}data", data, limits, fields.wrong)
    return {"data": data, "format": form}


def _file(fields: Fields, limits: Limits) -> dict[str, Any]:
    shown = {
        "filename": fields.identifier("filename", MAX_NAME),
        "file_id": fields.identifier("file_id", MAX_NAME),
        "file_data": fields.of("file_data", str),
    }
    if (shown["file_id"] is None) == (shown["file_data"] is None):
        fields.wrong.add(fields.path.rstrip("."), "must have one of file_id, file_data", Fault.REQUIRED)
    if shown["file_data"] is not None:
        check_base64(f"{fields.path}file_data", shown["file_data"].partition(",")[2], limits, fields.wrong)
    return {name: value for name, value in shown.items() if value is not None}


_READ = {"image_url": _image, "input_audio": _audio, "file": _file}


def checked_url(field: str, url: str, limits: Limits, wrong: Violations) -> str:
    """The address of a picture, or the picture itself. Returned as it is."""
    if not url.startswith(("http://", "https://", "data:")):
        wrong.add(field, "must begin with http://, https://, data:", Fault.NOT_ALLOWED)
    elif not url.isprintable() or " " in url:
        wrong.add(field, "must hold printable characters only, and no blanks", Fault.MALFORMED)
    elif not url.startswith("data:"):
        wrong.text(field, url, _URL_CHARS)
    elif not url.startswith("data:image/") or "," not in url:
        wrong.add(field, 'must hold a picture, as "data:image/png;base64,..."', Fault.MALFORMED)
    else:
        _check_size(field, len(url), limits, wrong)
    return url


def check_base64(field: str, data: str, limits: Limits, wrong: Violations) -> None:
    """Not empty, of base64's letters, and no more than a part may have."""
    if not data:
        wrong.add(field, "must not be empty", Fault.REQUIRED)
    elif not _BASE64.fullmatch(data):
        wrong.add(field, "must be base64", Fault.MALFORMED)
    _check_size(field, len(data), limits, wrong)


def _check_size(field: str, chars: int, limits: Limits, wrong: Violations) -> None:
    if 3 * chars > 4 * (limits.part_bytes + MAX_NAME):
        why = f"is {chars} characters long; at most {limits.part_bytes} bytes of data are allowed"
        wrong.add(field, why, Fault.TOO_LONG)
