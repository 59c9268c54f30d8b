"""Ordinals in words as ordinals in digits: the nineteenth century is the 19th."""

from __future__ import annotations

import re

_NAMES = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth"
)
_TEENS = _NAMES.split()
_TENS = ("twent", "thirt", "fort", "fift", "sixt", "sevent", "eight", "ninet")
_PLACES = {word: place for place, word in enumerate(_TEENS, start=1)}
_PLACES |= {f"{ten}ieth": 10 * n for n, ten in enumerate(_TENS, start=2)}
_PLACES |= {f"{ten}y-{_TEENS[one - 1]}": 10 * n + one for n, ten in enumerate(_TENS, start=2) for one in range(1, 10)}
_ORDINAL = re.compile(r"\b(?:(?:twent|thirt|fort|fift|sixt|sevent|eight|ninet)y[- ])?[a-z]{3,9}(?:st|nd|rd|th)\b")


def ordinals_as_digits(text: str) -> str:
    """The text, in small letters, with its ordinals in digits.

    >>> ordinals_as_digits("nineteenth century"), ordinals_as_digits("the twenty-first"), ordinals_as_digits("north")
    ('19th century', 'the 21st', 'north')
    """
    return _ORDINAL.sub(_in_digits, text)


def _in_digits(match: re.Match[str]) -> str:
    place = _PLACES.get(match[0].replace(" ", "-"))
    if place is None:
        return match[0]
    ending = "th" if place in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"
