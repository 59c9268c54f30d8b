"""Yes or no, in several languages, where the text really begins with it and goes on without taking it back."""

from __future__ import annotations

import re

_YES = "yes|yeah|yep|true|correct|да|верно|ja|oui|vrai|sí|si|sim|verdadero|wahr|richtig|はい|是的|是|对|對|正确|네|예"
_NO = "no|nope|false|incorrect|нет|неверно|nein|non|faux|não|falso|falsch|いいえ|不是|否|不对|不|错误|아니요"
_SAID = re.compile(rf"^\W*(?:(?P<yes>{_YES})|(?P<no>{_NO}))(?P<rest>\W.*)?$", re.IGNORECASE | re.DOTALL)
_STOPS = re.compile(
    r"^[*_`\"']*\s*(?:$|[.,;:!\n(\u3002\uff0c\uff01]|-\s|because\b|since\b"
    r"|it (?:is|isn't|does|doesn't|has|can)\b)|^[*_`]+",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(
    r"\bbut\b|\bhowever\b|\bactually\b|\balthough\b|\bwait\b|\band no\b|\bit depends\b|\bnot sure\b", re.IGNORECASE
)
_LOOKED_AT = 200


def yes_or_no(text: str) -> str | None:
    """`yes` or `no`; None where the text begins with neither, or takes it back.

    >>> yes_or_no("No, because 91 is 7 times 13"), yes_or_no("**Yes**"), yes_or_no("Нет."), yes_or_no("No idea")
    ('no', 'yes', 'no', None)
    """
    match = _SAID.match(text[:_LOOKED_AT].strip())
    if match is None:
        return None
    rest = match["rest"] or ""
    if (rest and not _STOPS.match(rest)) or _TAKES_BACK.search(rest):
        return None
    return "yes" if match["yes"] else "no"
