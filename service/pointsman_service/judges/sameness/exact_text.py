"""Identifiers, versions, telephone numbers, commands: every character counts, a leading zero too."""

from __future__ import annotations

import re

from pointsman_service.judges.sameness.folded_text import stem
from pointsman_service.judges.sameness.question_form import QuestionForm

_PHONE = re.compile(r"\+?[\d\s().-]{7,24}(?:\s*(?:ext\.?|x)\s*\d{1,6})?")
_PHONE_SEPARATOR = re.compile(r"(?<=[\d)])[\s.-]+|[()]|\s+")
_VERSION = re.compile(r"(?:version\s*)?v?\.?\s*(\d+(?:\.\d+)+(?:[-+.]?\w+)*)", re.IGNORECASE)
_LEADING = re.compile(r"^(?:(?:is|the|no\.?|number|#|code)\W*|([^\W\d_]{2,})\s+(?=\S*\d))")
_SENTENCE_LEAD = re.compile(
    r"((?:[^\W\d_]+\s+){0,6}[^\W\d_]+)\s*(?:(?<=\s)(?:is|was)\b|:|=)\s*:?\s*(?=\S*\d)", re.IGNORECASE
)
_FUNCTION = frozenset(
    (
        "the",
        "its",
        "a",
        "of",
        "my",
        "your",
        "their",
        "correct",
        "number",
        "code",
        "it",
        "this",
        "that",
        "latest",
        "current",
        "newest",
    )
)
_SPLIT_CODE = re.compile(r"([A-Za-z]{1,3})[ -](\d{1,6}[A-Za-z]?)")
"""A flight, a road, a room: `BA 117` is `BA117`."""
_EQUALS = re.compile(r"\s*=\s*")
_LONGEST = 80
_DATED = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}$")


def _without_lead(text: str, form: QuestionForm) -> str:
    """Without the question's own words before it: "The phone number is 555-1234", "Room 12B"."""
    said = _SENTENCE_LEAD.match(text)
    if said and all(stem(word) in form.words or word.lower() in _FUNCTION for word in said[1].split()):
        text = text[said.end() :]
    while (match := _LEADING.match(text)) and (match[1] is None or stem(match[1]) in form.words):
        text = text[match.end() :].lstrip(" :#")
    return text


def exact_key(text: str, form: QuestionForm) -> str | None:
    """The spelling of an identifier; None where the text holds no digit, or more than an identifier.

    >>> form = QuestionForm(exact=True, words=frozenset({"room"}))
    >>> exact_key("Room 12B", form), exact_key("(555) 123-4567", form) == exact_key("555 123 4567", form)
    ('id:12b', True)
    >>> exact_key("3.10", form), exact_key("v3.10", form), exact_key("02134", form)
    ('id:3.10', 'id:3.10', 'id:02134')
    """
    text = text.strip().strip("`\"'")
    if len(text) > _LONGEST or not any(c.isdigit() for c in text):
        return None
    text = _without_lead(text, form)
    version = _VERSION.fullmatch(text)
    if version:
        return f"id:{version[1].lower()}"
    if _PHONE.fullmatch(text) and not _DATED.match(text):
        return "id:" + _PHONE_SEPARATOR.sub("", text)
    split = None if form.cased else _SPLIT_CODE.fullmatch(text)
    text = f"{split[1]}{split[2]}" if split else text
    text = _EQUALS.sub("=", " ".join(text.split()))
    return f"id:{text if form.cased else text.lower()}"
