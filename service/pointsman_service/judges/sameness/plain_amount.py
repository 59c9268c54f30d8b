"""Amounts without what people write around them: "about", halves in words, hours and minutes with a colon."""

from __future__ import annotations

import re

from pointsman_service.judges.sameness.number_words import worded_number
from pointsman_service.judges.sameness.units import unit_of

_ABOUT = re.compile(
    r"^(?:(?:about|approximately|approx\.?|around|roughly|circa|ca?\.|exactly|just|only|a total of|\u2248|~|\\approx"
    r"|около|примерно|ungef\u00e4hr|etwa|environ|aproximadamente|大约|约)\s*)+",
    re.IGNORECASE,
)
_HOURS = re.compile(r"^(\d{1,4})\s?h\s?(\d{1,2})\s?m(?:in)?$", re.IGNORECASE)
_HOURS_ONLY_NAMED = re.compile(r"^(\d{1,4})\s?h\s?(\d{2})$", re.IGNORECASE)
_MINUS = re.compile(r"^(?:minus|negative)\s+(?=\d)", re.IGNORECASE)
_AND_A_HALF = re.compile(r"(?P<whole>an?|[a-z]{3,9}|\d{1,4}) (?P<unit>[^\W\d_]+) and a half", re.IGNORECASE)
_PART_OF = re.compile(r"(?P<part>half|(?:a )?quarter)(?: of)? an? (?P<unit>[^\W\d_]+)", re.IGNORECASE)
_LASTED = re.compile(r"(\d{1,3}):(\d{2})\s?(?:h|hrs?|hours?)", re.IGNORECASE)
_POUNDS_AND_PENCE = re.compile(r"(\d{1,9}) pounds?(?:,? and|,)? (\d{1,2}) ?(?:pence|p)", re.IGNORECASE)
_ONE_OF = {"a": "1", "an": "1"}
_CLASSIFIED = re.compile(r"^(\d[\d,.]{0,15})\s?[个個名位只本张件条]$")
"""Chinese counts with a word after the number that says no unit."""


def plainly_written(text: str, *, lasts: bool) -> str:
    """The amount in digits and units; a text that is no such amount is left as it is.

    lasts: whether a length of time was asked for, so that `1:30 hours` is no time of day.

    >>> plainly_written("about an hour and a half", lasts=True), plainly_written("2h30m", lasts=True)
    ('1.5 hour', '2 h 30 min')
    >>> plainly_written("1:30 hours", lasts=True), plainly_written("minus 4", lasts=False)
    ('1 h 30 min', '-4')
    >>> plainly_written("1h30", lasts=True), plainly_written("1h30", lasts=False)
    ('1 h 30 min', '1h30')
    """
    text = _with_half(_MINUS.sub("-", _ABOUT.sub("", text.strip()).strip()))
    text = _POUNDS_AND_PENCE.sub(r"\1 gbp \2 pence", text)
    text = _CLASSIFIED.sub(r"\1", text)
    clock = (_LASTED.fullmatch(text) or _HOURS_ONLY_NAMED.match(text)) if lasts else None
    return f"{clock[1]} h {clock[2]} min" if clock else _HOURS.sub(r"\1 h \2 min", text)


def _with_half(text: str) -> str:
    """`an hour and a half` and `half a cup` with the half in digits."""
    half = _AND_A_HALF.fullmatch(text)
    if half and unit_of(half["unit"]):
        whole = _ONE_OF.get(half["whole"].lower(), half["whole"])
        value = whole if whole.isdecimal() else worded_number(whole)
        return text if value is None else f"{value}.5 {half['unit']}"
    part = _PART_OF.fullmatch(text)
    if part and unit_of(part["unit"]):
        return f"{'0.5' if part['part'].lower() == 'half' else '0.25'} {part['unit']}"
    return text
