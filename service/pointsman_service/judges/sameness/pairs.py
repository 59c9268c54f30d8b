"""Two numbers that are one answer: a score, a ratio, a range, one in so many, a remainder. Never worked out."""

from __future__ import annotations

import re
from fractions import Fraction

from pointsman_service.judges.sameness.folded_text import stem
from pointsman_service.judges.sameness.question_form import QuestionForm

_RANGE = re.compile(r"(\d{1,6})\s*(?:-|:| to )\s*(\d{1,6})")
_BETWEEN = re.compile(r"(?:between (\d{1,6}) and|from (\d{1,6}) to) (\d{1,6})", re.IGNORECASE)
_MOD = re.compile(r"(?:[a-z]\s*(?:\u2261|=)\s*)?(-?\d{1,15})\s*\(?\s*mod(?:ulo)?\s*(\d{1,15})\s*\)?")
_OUT_OF = re.compile(r"(\d{1,6}) (?:in|out of) (\d{1,6})")
_CHANCES = frozenset(map(stem, ("probability", "chance", "likelihood", "fraction", "proportion")))


def pair_key(text: str, form: QuestionForm) -> str | None:
    """`3-1`, `2:3`, `between 5 and 6`; a ratio is reduced where one was asked for.

    >>> pair_key("3:1", QuestionForm(score=True)) == pair_key("3 - 1", QuestionForm(score=True))
    True
    >>> form = QuestionForm()
    >>> pair_key("4:6", QuestionForm(ratio=True)), pair_key("2:3", form), pair_key("from 2 to 3", form)
    ('r:2:3', 't:2:3', 't:2-3')
    """
    between = _BETWEEN.fullmatch(text)
    if between:
        return f"t:{between[1] or between[2]}-{between[3]}"
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    if form.ratio and "-" not in text and int(match[2]):
        ratio = Fraction(int(match[1]), int(match[2]))
        return f"r:{ratio.numerator}:{ratio.denominator}"
    ranged = form.score or " to " in text or "-" in text
    return f"t:{match[1]}-{match[2]}" if ranged else f"t:{match[1]}:{match[2]}"


def remainder_key(text: str, form: QuestionForm) -> str | None:
    """`5 mod 7` is 5, unless the question names another modulus.

    >>> of_seven = QuestionForm(words=frozenset({"7"}))
    >>> remainder_key("x = 12 mod 7", QuestionForm()), remainder_key("5 mod 9", of_seven)
    ('n:5', None)
    """
    match = _MOD.fullmatch(text)
    if match is None or not int(match[2]):
        return None
    named = {word for word in form.words if word.isdecimal()}
    if named and match[2] not in named:
        return None
    return f"n:{int(match[1]) % int(match[2])}"


def chance_key(text: str, form: QuestionForm) -> str | None:
    """`1 in 4`, where a chance was asked for.

    >>> chance_key("1 in 4", QuestionForm(words=frozenset({"chanc"}))), chance_key("1 in 4", QuestionForm())
    ('n:1/4', None)
    """
    match = _OUT_OF.fullmatch(text)
    if match is None or not int(match[2]) or not _CHANCES & form.words:
        return None
    return f"n:{Fraction(int(match[1]), int(match[2]))}"
