"""The answer-like field of a JSON object in a text: fenced, malformed or cut off too."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

SHORT = 80
_BOUND = 24_000
_STRICT = json.JSONDecoder(strict=False)
_ANSWER_FIELD = re.compile(r"""(?<!\\)["'](?:final|correct)?[ _-]?answer["']\s{0,20}:\s{0,20}""", re.IGNORECASE)
_OTHER_FIELD = re.compile(
    r"""(?<!\\)["'](?:solution|result|output|choice|prediction|label)["']\s{0,20}:\s{0,20}""", re.IGNORECASE
)
_REASONS = re.compile(r"reason|explan|thought|step|rationale|analy|justif|confiden|work|think|comment", re.IGNORECASE)
_STRING_END = re.compile(r"""["']\s*(?:\}|,\s*["'][^"'\n]{1,40}["']\s*:|```|$)""")
_BARE_END = re.compile(r"[\n}]|```|,\s*[\"'][^\"'\n]{1,40}[\"']\s*:")


def from_json(text: str, *, field_only: bool = False) -> str | None:
    """The answer-like field of a JSON object in the text, as text; containers as JSON.

    field_only: whether an object without such a field is no wrapping of the answer, but may be it.
    """
    field = last_around(_ANSWER_FIELD, "nswer", text)
    if field is not None:
        return _value_at(text, field.end())
    if field_only:
        return None
    start = text.find("{")
    if start < 0 or '"' not in text:
        return None
    try:
        value, _ = _STRICT.raw_decode(text, start)
    except (ValueError, RecursionError):
        field = last_match(_OTHER_FIELD, text)
        return None if field is None else _value_at(text, field.end())
    short = start < SHORT and len(text) - start < _BOUND
    return _without_reasons(value) if short and isinstance(value, dict) and value else None


def _without_reasons(value: Mapping[str, Any]) -> str | None:
    """An object is its own final answer, but for the fields that explain it; a single field left is its value."""
    rest = {k: v for k, v in value.items() if not _REASONS.search(k)}
    if not rest:
        return None
    return _as_text(next(iter(rest.values())) if len(rest) == 1 else rest)


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The last place where a pattern matches."""
    match = None
    for match in pattern.finditer(text):  # noqa: B007 - the last one is wanted
        pass
    return match


def last_around(pattern: re.Pattern[str], anchor: str, text: str) -> re.Match[str] | None:
    """As `last_match`, for a pattern with `anchor` at most 14 characters after its start; fast, it is rare."""
    end = len(text)
    for form in (anchor, anchor.upper()):
        at = text.rfind(form, 0, end)
        while at >= 0:
            for start in range(max(0, at - 14), at):
                match = pattern.match(text, start)
                if match and start + 14 >= at:
                    return match
            at = text.rfind(form, 0, at)
    return None


def _value_at(text: str, at: int) -> str:
    """The JSON value that starts here; where it is malformed or cut off, what was meant."""
    try:
        value, end = _STRICT.raw_decode(text, at)
    except (ValueError, RecursionError):
        return _tolerant_value(text, at)
    follows = text[end : end + 40].lstrip()
    if follows and follows[0] not in ",}]`":
        return _tolerant_value(text, at)
    return _as_text(value)


def _tolerant_value(text: str, at: int) -> str:
    if text[at : at + 1] in ('"', "'"):
        end = _STRING_END.search(text, at + 1)
        inner = text[at + 1 : end.start() if end else len(text)].rstrip("`} \n")
        return inner.replace('\\"', '"').replace("\\\\", "\\")
    end = _BARE_END.search(text, at)
    return text[at : end.start() if end else len(text)].strip().rstrip(",")
