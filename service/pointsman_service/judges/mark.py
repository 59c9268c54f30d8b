"""A mark as models write it: 8, "8/10", "8 out of 10", "7,5". Only a mark from 0 to 10 is one; none is guessed."""

from __future__ import annotations

import math
import re

from pointsman_service.domain.verdict_errors import Unreadable, Why

HIGHEST = 10
_LONGEST = 60
_OUT_OF = r"(?:/|out\s+of|of|von|sur|su|de|di|van|av|\u0438\u0437)"
_TEXT = re.compile(
    rf"(?P<mark>[+-]?\d{{1,9}}(?:[.,]\d{{1,9}}|e[+-]?\d)?)\.?(?:\s*{_OUT_OF}\s*(?P<of>\d{{1,9}})(?:[.,]0+)?)?"
    r"(?P<percent>\s*%)?(?:\s*(?:points?|pts?\.?|marks?|punkte?|\u5206))?\.?",
    re.IGNORECASE,
)
_EXPLAINED = re.compile(rf"(?:{_TEXT.pattern})\s*(?:\(out of 10\)?|[(,;:\u2013\u2014][^\d]*|-\s[^\d]*)", re.IGNORECASE)
"""With a word of explanation after it that holds no other number."""
TEXT = re.compile(_TEXT.pattern.replace("?P<mark>", "?:").replace("?P<of>", "?:").replace("?P<percent>", "?:"))
"""What may be a mark, to be found in a longer text."""
_DRESS = " \t\r\n*_\"'`\u201c\u201d\u201e[]()"
_WIDE = str.maketrans({"\uff0f": "/", "\uff0c": ",", "\uff0e": ".", "\uff05": "%", "\u2212": "-"})


def mark_of(value: object, *, highest: object = None) -> float:
    """The mark as a score in [0, 1]. highest: what the reply itself says is the highest mark. Raises Unreadable.

    >>> mark_of(8), mark_of("8/10"), mark_of("7,5 out of 10"), mark_of(0)
    (0.8, 0.8, 0.75, 0.0)
    """
    if isinstance(value, str):
        mark, explicit = _of_text(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        mark, explicit = float(value), isinstance(value, int)
    else:
        raise Unreadable(Why.NO_VERDICT, f"the score is {_shown(value)}, which is no mark")
    _check_highest(highest)
    if not math.isfinite(mark) or not 0 <= mark <= HIGHEST:
        raise Unreadable(Why.OUT_OF_RANGE, f"the mark {mark:g} is not between 0 and {HIGHEST}")
    if 0 < mark <= 1 and not explicit:
        # 0.8 of a judge that marks from 0 to 1 would become 0.08: the worst mark instead of a good one.
        raise Unreadable(Why.OTHER_SCALE, f"the mark {mark:g} may be meant on a scale from 0 to 1")
    return mark / HIGHEST


def _of_text(text: str) -> tuple[float, bool]:
    """The mark, and whether its scale is sure: it is said, or a whole number stands there."""
    bare = text[:_LONGEST].translate(_WIDE).strip(_DRESS)
    match = _TEXT.fullmatch(bare) or _EXPLAINED.fullmatch(bare)
    if match is None:
        raise Unreadable(Why.NO_VERDICT, f"the score is {_shown(text)}, which is no mark")
    if match["percent"] or (match["of"] and int(match["of"]) != HIGHEST):
        raise Unreadable(Why.OTHER_SCALE, f"the mark {_shown(text)} is not on the scale from 0 to {HIGHEST}")
    mark = match["mark"].lower()
    return float(mark.replace(",", ".")), bool(match["of"]) or mark.lstrip("+-").isdecimal()


def _check_highest(highest: object) -> None:
    if highest is None or isinstance(highest, bool):
        return
    if isinstance(highest, int | float | str) and str(highest).strip() in {"10", "10.0"}:
        return
    raise Unreadable(Why.OTHER_SCALE, f"the reply marks up to {_shown(highest)} instead of {HIGHEST}")


def _shown(value: object) -> str:
    return repr(value)[:60]
