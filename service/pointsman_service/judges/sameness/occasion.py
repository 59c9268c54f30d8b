"""A day with the name of what happened then in brackets: the name tells nothing of when it was."""

from __future__ import annotations

import re

from pointsman_service.judges.sameness.dates import MONTHS, WEEKDAYS, moment_of
from pointsman_service.judges.sameness.denial import DENIES, TURNS

_OCCASION = re.compile(
    r"(?P<date>[^()]{4,40}?)\s*\((?P<what>(?:the )?[A-Z][a-z]{2,20}(?: [A-Z][a-z]{2,20}){0,2}(?: \d{1,3})?)\)"
)
_NO_OCCASION = frozenset((
    *("julian", "gregorian", "old", "new", "style", "time", "local", "estimated", "approximate", "approximately"),
    *("planned", "scheduled", "uncertain", "probably", "possibly", "about", "disputed", "calendar", "morning"),
    *("evening", "afternoon", "night", "start", "started", "end", "ended", "announced", "released", "australia"),
))  # fmt: skip
"""Of another calendar or place, or of another moment than the day that stands before them."""


def occasion_of(text: str) -> str | None:
    """The day of `July 20, 1969 (Apollo 11)`: a name in brackets says what happened, and not when.

    >>> occasion_of("July 20, 1969 (Apollo 11)") == moment_of("July 20, 1969")
    True
    >>> [occasion_of(f"July 20, 1969 ({note})") for note in ("Julian", "planned", "not July 16", "Houston Time")]
    [None, None, None, None]
    """
    match = _OCCASION.fullmatch(text)
    if match is None or moment_of(match["what"]):
        return None
    words = match["what"].lower().split()
    if any(w in MONTHS or w in _NO_OCCASION or w in DENIES or w in TURNS or w[:3] in WEEKDAYS for w in words):
        return None
    found = moment_of(match["date"])
    return found if found is not None and found.startswith("d:") else None
