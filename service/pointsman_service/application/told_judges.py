"""Judges of whom callers tell: only configured ones.

What a judge is worth is learnt, and kept for ever: a name that anybody may invent would grow the learner's state with
each call. A team's own judge is configured as `kind = "reported"`.
"""

from __future__ import annotations

from collections.abc import Iterable

from pointsman_service.domain.near_miss import nearest
from pointsman_service.errors import Fault, InvalidRequest


def check_judges(told: Iterable[tuple[str, str]], known: frozenset[str] | None) -> None:
    """told: (the field that names it, its name). known: the configured ones, None where any will do.

    Raises InvalidRequest naming each field.

    >>> check_judges([("verdicts[0].judge", "formt")], frozenset({"format"}))
    Traceback (most recent call last):
    pointsman_service.errors.InvalidRequest: verdicts[0].judge: no judge is named 'formt'; did you mean "format"?
    """
    if known is None:
        return
    wrong = [(field, _unknown(name, known)) for field, name in told if name not in known]
    if wrong:
        raise InvalidRequest(wrong, Fault.UNKNOWN_VALUE)


def _unknown(name: str, known: frozenset[str]) -> str:
    if not known:
        return f'no judge is named {name!r}: configure it, as kind = "reported" where callers ask it'
    return f"no judge is named {name!r}{nearest(name, sorted(known))}"
