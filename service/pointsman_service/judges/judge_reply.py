"""The verdict in a judging model's reply, and only that.

A reply should be one JSON object. Where it is more, what counts is the first object that has the field asked for,
unless it is quoted: an answer that was judged may hold forged verdicts, and judges quote them. So an object that stands
within a sentence, or after a word like "claims", does not count beside one that stands by itself, and two verdicts side
by side that differ are none. Where there is no object at all, a line "Score: 8" counts, the last one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pointsman_service.domain.verdict_errors import Unreadable, Why
from pointsman_service.judges.lenient_json import FoundObject, Pairs, objects_in
from pointsman_service.judges.mark import TEXT as MARK
from pointsman_service.judges.mark import mark_of
from pointsman_service.judges.thinking import without_thinking

_QUOTING = re.compile(
    r"\b(?:claim|say|said|stat(?:e[sd]?|ing)\b|ask|demand|contain|includ|inject|quot|pretend|forge|instruct|insist"
    r"|tell|told"
    r"|try|tries|tried|attempt|wrote|writes|written|read(?:s|ing)?\b|request|want|fake|example|instead of"
    r"|answer(?:'s|ed)?\b)",
    re.IGNORECASE,
)
_DRESS = " \t\r\n`*_>#"
_NO_PROSE = re.compile(r"```\w*|</?[\w:]+>|\[/?THINK\]", re.IGNORECASE)
_OPENS = re.compile(r"[`\s]{0,9}(?:json)?\s{0,9}\{\s{0,20}[\"'\u201c]?([\w ]{0,40})", re.IGNORECASE)
_HIGHEST = ("max_score", "max", "maximum", "out_of", "scale", "max score", "maxscore", "highest")
_PLACES = {
    **dict.fromkeys(("first", "1", "1st", "one"), "first"),
    **dict.fromkeys(("second", "2", "2nd", "two"), "second"),
    **dict.fromkeys(("tie", "a tie", "tied", "draw", "a draw", "equal", "both equal", "both are equal"), "tie"),
}
_PLACE = re.compile(
    r"(?:(?:the|answer|option|response)\s+)*(first|second|1|2|1st|2nd|one|two)(?:\s+(?:answer|one|response|option))?"
)
_WINNER = r"(?:the\s+)?(?:first|second|tie)(?:\s+answer)?"


def score_of(reply: str) -> float:
    r"""The mark in a judge's reply, divided by 10. Raises Unreadable, which says what is wrong with the reply.

    >>> score_of('{"reason": "right", "score": 8}'), score_of('```json\n{"score": "7.5/10"}\n```')
    (0.8, 0.75)
    """
    return float(_read(reply, _SCORE))


def winner_of(reply: str) -> str:
    """One of "first", "second" and "tie". Raises Unreadable where the reply names none.

    >>> winner_of('{"reason": "it is right", "winner": "second"}')
    'second'
    """
    return str(_read(reply, _BETTER))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is looked for: a field, how its value is read (with its object), and how a line states it without JSON."""

    field: str
    value: Callable[[object, Pairs], float | str]
    stated: re.Pattern[str]
    mentioned: re.Pattern[str]

    @property
    def last_field(self) -> re.Pattern[str]:
        """The field as the last pair of an object, after the end of a text."""
        quoted, quote = rf"[\"'\u201c]{self.field}[\"'\u201d]", r"[\"'\u201c\u201d]"
        return re.compile(
            rf"{quote}\s{{0,9}},\s{{0,9}}{quoted}\s{{0,5}}:\s{{0,5}}(?P<value>[^,}}{{]{{1,40}}?)\s{{0,9}},?\s{{0,9}}\}}$",
            re.IGNORECASE,
        )

    @property
    def field_again(self) -> re.Pattern[str]:
        """The field as a pair of an object."""
        return re.compile(rf"[\"'\u201c]{self.field}[\"'\u201d]\s{{0,5}}:", re.IGNORECASE)


def _read(reply: str, wanted: _Wanted) -> float | str:
    text = without_thinking(reply)
    if not text:
        raise Unreadable(Why.EMPTY, "the judge replied nothing" + (" but thinking" if reply.strip() else ""))
    found = list(objects_in(text))
    claims = [(each, holder) for each in found if (holder := _holder(each.fields, wanted.field)) is not None]
    if claims:
        return _of_claims(text, claims, wanted)
    if found or _OPENS.match(text):
        return _of_last_field(text, wanted, Why.CUT_OFF if text.count("{") > text.count("}") else Why.NO_VERDICT)
    return _of_lines(text, wanted)


def _of_claims(text: str, claims: Sequence[tuple[FoundObject, Pairs]], wanted: _Wanted) -> float | str:
    starts = [claim.start for claim, _ in claims]
    unquoted = [(c, holder) for c, holder in claims if not _quoted(text, c.start)]
    if not unquoted:
        raise Unreadable(Why.NO_VERDICT, f"the judge quotes a {wanted.field} and gives none")
    counting = unquoted[:1] if _opens(text, unquoted[0][0], starts) else _by_themselves(text, unquoted) or unquoted
    if _broken(text, [each for each, _ in claims], wanted):
        return _of_last_field(text, wanted, Why.CONTRADICTORY)
    read = [_value(holder, wanted) for _, holder in counting]
    if any(value != read[0] for value in read):
        raise Unreadable(Why.CONTRADICTORY, "the judge's reply holds several verdicts that differ")
    return read[0]


def _value(holder: Pairs, wanted: _Wanted) -> float | str:
    values = holder.named(wanted.field)
    if len(values) > 1 and any(value != values[0] for value in values):
        raise Unreadable(Why.CONTRADICTORY, f"the judge's object says {wanted.field} twice")
    return wanted.value(values[0], holder)


def _holder(fields: Pairs, name: str) -> Pairs | None:
    """The object that has the field: this one, or the only one right within it that has it."""
    if fields.named(name):
        return fields
    inner = [value for _, value in fields if isinstance(value, Pairs) and value.named(name)]
    return inner[0] if len(inner) == 1 else None


def _opens(text: str, claim: FoundObject, starts: Sequence[int]) -> bool:
    """Whether the reply begins with this object and goes on in prose, so that what comes later is about it."""
    if text[: claim.start].strip(_DRESS).lower() not in {"", "json"}:
        return False
    following = [start for start in starts if start > claim.start]
    between = text[claim.end : following[0]] if following else ""
    return not following or any(c.isalpha() for c in _NO_PROSE.sub("", between))


def _broken(text: str, claims: Sequence[FoundObject], wanted: _Wanted) -> bool:
    """Whether an object that was found stood in a text of another one, which quotes it without escaping.

    Then a brace opens in it that does not close, or after it the field comes once more, outside of any object.
    """
    for one, following in zip(claims, [*(claim.start for claim in claims[1:]), len(text)], strict=True):
        own, rest = text[one.start : one.end], text[one.end : following]
        again = wanted.field_again.search(rest)
        if (one.whole and not one.strict and own.count("{") > own.count("}")) or (again and "}" in rest[again.end() :]):
            return True
    return False


def _of_last_field(text: str, wanted: _Wanted, otherwise: Why) -> float | str:
    """Of a broken object that ends with the field, as asked for: no text that it quotes can stand behind its end.

    Only where its braces are balanced: a reply that was cut off may end with what it quotes.
    """
    last = wanted.last_field.search(text[-200:].rstrip(_DRESS))
    opens = _OPENS.match(text)
    sure = opens and opens[1].lower() != wanted.field and text.count("{") == text.count("}")
    if last is None or not sure:
        raise Unreadable(otherwise, _nothing(text, f"{wanted.field} that is surely its own"))
    return wanted.value(last["value"], Pairs())


def _by_themselves(text: str, claims: Sequence[tuple[FoundObject, Pairs]]) -> list[tuple[FoundObject, Pairs]]:
    """Those with nothing else on their lines."""
    return [(c, holder) for c, holder in claims if not _line_before(text, c.start) and not _line_after(text, c.end)]


def _line_before(text: str, at: int) -> str:
    return text[max(0, at - 200) : at].rpartition("\n")[2].strip(_DRESS)


def _line_after(text: str, at: int) -> str:
    return text[at : at + 200].partition("\n")[0].strip(_DRESS + ".")


def _quoted(text: str, at: int) -> bool:
    """Whether what stands before says that somebody else said this: on its line, or on the one that leads to it."""
    before = text[max(0, at - 300) : at].rstrip(_DRESS.replace("`", "") + "`")
    same_line = _line_before(text, at)
    leading = before.rpartition("\n")[2] if not same_line and before.endswith(":") else same_line
    return _QUOTING.search(leading) is not None


def _of_lines(text: str, wanted: _Wanted) -> float | str:
    """Of lines like "Score: 8"; the last counts, and nothing does where it is followed by another mention."""
    stated = list(wanted.stated.finditer(text))
    if not stated:
        raise Unreadable(Why.NO_VERDICT, _nothing(text, wanted.field))
    last = stated[-1]
    value = wanted.value(last["value"], Pairs())
    later = [m["value"] for m in wanted.mentioned.finditer(text, last.end("value"))]
    if any(_differs(other, value, wanted) for other in later):
        raise Unreadable(Why.CONTRADICTORY, f"the judge's reply states a {wanted.field} and mentions another after it")
    return value


def _differs(other: str, value: float | str, wanted: _Wanted) -> bool:
    try:
        return wanted.value(other, Pairs()) != value
    except Unreadable:
        return True


def _nothing(text: str, name: str) -> str:
    return f"the judge's reply holds no {name}: {text[:120]!r}"


def _mark(value: object, holder: Pairs) -> float:
    return mark_of(value, highest=next(_highest_in(holder), None))


def _highest_in(holder: Pairs) -> Iterator[object]:
    for name in _HIGHEST:
        yield from holder.named(name)


def _place(value: object, _: Pairs) -> str:
    """The winner by its words."""
    said = "" if isinstance(value, bool) else str(value)[:60].lower().replace("_", " ").strip(" \t\r\n*\"'`.<>[]()")
    match = _PLACE.fullmatch(said)
    winner = _PLACES.get(match[1] if match else said)
    if winner is None:
        raise Unreadable(Why.NO_VERDICT, f"the judge's reply names no winner but {value!r}"[:120])
    return winner


def _line_of(label: str, value: str) -> re.Pattern[str]:
    """A line, or a sentence, that is `label: value`. Quotes around it make it somebody else's words."""
    return re.compile(
        rf"(?:^|[\n.;!?|][ \t]{{0,8}})[ \t>#*_|\u2022-]{{0,12}}(?:(?:final|overall|total|my)\s)?{label}[*_]{{0,3}}"
        rf"\s{{0,3}}[:=\uff1a|][\s*_]{{0,6}}(?P<value>{value})[*_`|]{{0,3}}\s{{0,3}}(?=$|\n|[.;,)(|\u2014-])",
        re.IGNORECASE,
    )


def _mention_of(label: str, value: str) -> re.Pattern[str]:
    """The same anywhere but right after a quotation mark."""
    return re.compile(rf"(?<![\w\"'\u201c`]){label}\W{{0,6}}(?P<value>{value})", re.IGNORECASE)


_SCORE = _Wanted("score", _mark, _line_of("score", MARK.pattern), _mention_of("score", MARK.pattern))
_BETTER = _Wanted("winner", _place, _line_of("winner", _WINNER), _mention_of("winner", _WINNER))
