"""A wording that a question may have: words in Latin letters at the start of a word, and what other scripts write."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """latin: begins where a word begins, which makes it fast on long texts; other: for texts beyond ASCII."""

    latin: re.Pattern[str]
    other: re.Pattern[str] | None = None

    def __call__(self, low: str) -> bool:
        """Whether a text in small letters has this wording."""
        if self.latin.search(low):
            return True
        return self.other is not None and not low.isascii() and self.other.search(low) is not None


def wording(latin: str, other: str = "") -> Wording:
    """The wording of these two alternations.

    >>> asks_how_many = wording("how many|wie viele", "сколько|多少")
    >>> asks_how_many("how many are left?"), asks_how_many("сколько осталось?"), asks_how_many("show many")
    (True, True, False)
    """
    return Wording(re.compile(rf"\b(?:{latin})"), re.compile(other) if other else None)
