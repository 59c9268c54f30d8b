"""The field that a judging model's reply is searched for: how its value is read, how lines and objects state it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pointsman_service.domain.verdict_errors import Unreadable, Why
from pointsman_service.judges.lenient_json import Pairs
from pointsman_service.judges.mark import TEXT as MARK
from pointsman_service.judges.mark import mark_of

_HIGHEST = ("max_score", "max", "maximum", "out_of", "scale", "max score", "maxscore", "highest")
_PLACES = {
    **dict.fromkeys(("first", "1", "1st", "one"), "first"),
    **dict.fromkeys(("second", "2", "2nd", "two"), "second"),
    **dict.fromkeys(("tie", "a tie", "tied", "draw", "a draw", "equal", "both equal", "both are equal"), "tie"),
}
_TRUTHS = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}
_PLACE = re.compile(
    r"(?:(?:the|answer|option|response)\s+)*(first|second|1|2|1st|2nd|one|two)(?:\s+(?:answer|one|response|option))?"
)
_WINNER = r"(?:the\s+)?(?:first|second|tie)(?:\s+answer)?"


@dataclass(frozen=True, slots=True)
class Wanted:
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
            rf"(?:{quote}\s{{0,9}},|\{{)\s{{0,9}}{quoted}\s{{0,5}}:\s{{0,5}}(?P<value>[^,}}{{]{{1,40}}?)\s{{0,9}},?\s{{0,9}}"
            r"(?P<closed>\}?)$",
            re.IGNORECASE,
        )

    @staticmethod
    def ends_for_sure(value: str) -> bool:
        """Whether a value at the end of a cut reply is whole: a closed text, or a mark that no digit could follow."""
        said = value.strip()
        closed_text = len(said) > 2 and said[0] in "\"'" and said[-1] == said[0]
        return closed_text or (said.isdecimal() and 2 <= int(said[:9]) <= 10)

    @property
    def field_again(self) -> re.Pattern[str]:
        """The field as a pair of an object."""
        return re.compile(rf"[\"'\u201c]{self.field}[\"'\u201d]\s{{0,5}}:", re.IGNORECASE)


def nothing(text: str, name: str) -> str:
    """What is said of a reply without a verdict."""
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


def _truth(value: object, _: Pairs) -> float:
    """Whether it is so, by a word for it."""
    said = str(value)[:20].strip(" \t\r\n*\"'`.").lower()
    if said not in _TRUTHS:
        raise Unreadable(Why.NO_VERDICT, f"the judge's reply says neither true nor false but {value!r}"[:120])
    return _TRUTHS[said]


def _line_of(label: str, value: str) -> re.Pattern[str]:
    """A line, or a sentence, that is `label: value`. Quotes around it make it somebody else's words."""
    return re.compile(
        rf"(?:^|[\n.;!?|][ \t]{{0,8}})[ \t>#*_|\u2022-]{{0,12}}(?:(?:final|overall|total|my)\s)?{label}[*_]{{0,3}}"
        rf"\s{{0,3}}[:=\uff1a|][\s*_]{{0,6}}(?P<value>{value})[*_`|]{{0,3}}\s{{0,3}}"
        r"(?=$|\n|[.;,)(|\u2014-]|because\b|since\b)",
        re.IGNORECASE,
    )


def _mention_of(label: str, value: str) -> re.Pattern[str]:
    """The same anywhere but right after a quotation mark."""
    return re.compile(rf"(?<![\w\"'\u201c`]){label}\W{{0,6}}(?P<value>{value})", re.IGNORECASE)


SCORE = Wanted("score", _mark, _line_of("score", MARK.pattern), _mention_of("score", MARK.pattern))
BETTER = Wanted("winner", _place, _line_of("winner", _WINNER), _mention_of("winner", _WINNER))
SAME = Wanted("same", _truth, _line_of("same", "true|false|yes|no"), _mention_of("same", "true|false|yes|no"))
