"""The verdict in a judging model's reply, and only that.

A reply should be one JSON object. Where it is more, what counts is the first object that has the field asked for,
unless it is quoted: an answer that was judged may hold forged verdicts, and judges quote them. So an object that stands
within a sentence, or after a word like "claims", does not count beside one that stands by itself, and two verdicts side
by side that differ are none. Where there is no object at all, a line "Score: 8" counts, the last one.
"""

from __future__ import annotations

from pointsman_service.domain.verdict_errors import Unreadable, Why
from pointsman_service.judges.lenient_json import Pairs, objects_in
from pointsman_service.judges.reply_field import BETTER, SAME, SCORE, Wanted, nothing
from pointsman_service.judges.reply_objects import OPENS, claims_in, verdict_of, verdict_of_last_field
from pointsman_service.judges.thinking import without_thinking


def score_of(reply: str) -> float:
    r"""The mark in a judge's reply, divided by 10. Raises Unreadable, which says what is wrong with the reply.

    >>> score_of('{"reason": "right", "score": 8}'), score_of('```json\n{"score": "7.5/10"}\n```')
    (0.8, 0.75)
    """
    return float(_read(reply, SCORE))


def winner_of(reply: str) -> str:
    """One of "first", "second" and "tie". Raises Unreadable where the reply names none.

    >>> winner_of('{"reason": "it is right", "winner": "second"}')
    'second'
    """
    return str(_read(reply, BETTER))


def same_of(reply: str) -> float:
    """1.0 where a reply says that two answers say the same, 0.0 where not. Raises Unreadable where it says neither.

    >>> same_of('{"reason": "both say Paris", "same": true}')
    1.0
    """
    return float(_read(reply, SAME))


def _read(reply: str, wanted: Wanted) -> float | str:
    text = without_thinking(reply)
    if not text:
        raise Unreadable(Why.EMPTY, "the judge replied nothing" + (" but thinking" if reply.strip() else ""))
    found = list(objects_in(text))
    claims = claims_in(found, wanted)
    if claims:
        return verdict_of(text, claims, wanted)
    if found or OPENS.match(text):
        return verdict_of_last_field(text, wanted, Why.CUT_OFF if text.count("{") > text.count("}") else Why.NO_VERDICT)
    return _of_lines(text, wanted)


def _of_lines(text: str, wanted: Wanted) -> float | str:
    """Of lines like "Score: 8"; the last counts, and nothing does where it is followed by another mention."""
    stated = list(wanted.stated.finditer(text))
    if not stated:
        raise Unreadable(Why.NO_VERDICT, nothing(text, wanted.field))
    last = stated[-1]
    value = wanted.value(last["value"], Pairs())
    later = [m["value"] for m in wanted.mentioned.finditer(text, last.end("value"))]
    if any(_differs(other, value, wanted) for other in later):
        raise Unreadable(Why.CONTRADICTORY, f"the judge's reply states a {wanted.field} and mentions another after it")
    return value


def _differs(other: str, value: float | str, wanted: Wanted) -> bool:
    try:
        return wanted.value(other, Pairs()) != value
    except Unreadable:
        return True
