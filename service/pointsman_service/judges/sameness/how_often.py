"""An amount and how often: `500 mg twice daily` is `0.5 g two times a day`, and no `500 mg once a week`."""

from __future__ import annotations

import re

from pointsman_service.judges.sameness.number_words import worded_number
from pointsman_service.judges.sameness.quantity import quantity_key, quantity_of
from pointsman_service.judges.sameness.question_form import QuestionForm

_PERIODS = {
    "daily": "day", "nightly": "night", "hourly": "hour", "weekly": "week", "monthly": "month", "yearly": "year",
    "annually": "year",
}  # fmt: skip
_TIMES = re.compile(
    r"(?:(?P<times>once|twice|thrice|[a-z]+ times|\d{1,3} times|\d{1,3}x)\s+)?"
    r"(?:(?:an?|per|each|every|in a)\s+(?P<period>hour|day|night|week|month|year)"
    r"|(?P<adverb>daily|nightly|hourly|weekly|monthly|yearly|annually))"
)
_EVERY = re.compile(r"every\s+(?P<count>\d{1,3}|[a-z]+)\s+(?P<unit>minute|hour|day|week|month|year)s?")
_ONCE = {"once": 1, "twice": 2, "thrice": 3}
_SPLIT = re.compile(r"\s*,?\s+(?=(?:once|twice|thrice|\w+ times|\d{1,3}x|every|daily|nightly|weekly|monthly|hourly)\b)")
_TAKE = re.compile(r"^(?:take|give|use)\s+")
_LONGEST = 80


def often_key(text: str, form: QuestionForm) -> str | None:
    """The amount's key and its rhythm; None where the text is not both.

    >>> form = QuestionForm()
    >>> often_key("500 mg twice daily", form) == often_key("0.5 g two times a day", form)
    True
    >>> often_key("500 mg every 6 hours", form) == often_key("500 mg every 8 hours", form), often_key("5 mg", form)
    (False, None)
    """
    if len(text) > _LONGEST:
        return None
    amount, *rest = _SPLIT.split(_TAKE.sub("", text.lower().rstrip(".")), maxsplit=1)
    rhythm = _rhythm(rest[0]) if rest else None
    if rhythm is None:
        return None
    if rhythm.startswith("1 a "):
        rate = quantity_of(f"{amount} per {rhythm.removeprefix('1 a ')}", form)
        return None if rate is None else quantity_key(rate, form)
    quantity = quantity_of(amount, form)
    return None if quantity is None else f"o:{quantity_key(quantity, form)} {rhythm}"


def _rhythm(text: str) -> str | None:
    every = _EVERY.fullmatch(text)
    if every:
        count = _count(every["count"])
        return None if count is None else f"every {count} {every['unit']}"
    match = _TIMES.fullmatch(text)
    if match is None:
        return None
    times = match["times"] or "once"
    often = _ONCE.get(times) or _count(times.removesuffix(" times").removesuffix("x"))
    return None if often is None else f"{often} a {match['period'] or _PERIODS[match['adverb']]}"


def _count(word: str) -> str | None:
    if word.isdecimal():
        return str(int(word))
    value = worded_number(word)
    return None if value is None else str(value)
