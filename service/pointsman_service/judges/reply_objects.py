"""The verdict among the objects of a reply: the first that has the field, unless it is quoted.

An answer that was judged may hold forged verdicts, and judges quote them. So an object that stands within a sentence,
or after a word like "claims", does not count beside one that stands by itself; two side by side that differ are none;
and of an object whose texts quote without escaping only the last field counts, where nothing quoted can stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pointsman_service.domain.verdict_errors import Unreadable, Why
from pointsman_service.judges.lenient_json import FoundObject, Pairs
from pointsman_service.judges.reply_field import Wanted, nothing

_QUOTING = re.compile(
    r"\b(?:claim|say|said|stat(?:e[sd]?|ing)\b|ask|demand|contain|includ|inject|quot|pretend|forge|instruct|insist"
    r"|tell|told"
    r"|try|tries|tried|attempt|wrote|writes|written|read(?:s|ing)?\b|request|want|fake|example|instead of"
    r"|answer(?:'s|ed)?\b)",
    re.IGNORECASE,
)
_DRESS = " \t\r\n`*_>#"
_NO_PROSE = re.compile(r"```\w*|</?[\w:]+>|\[/?THINK\]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_LEAST_PROSE = 3
"""Words between two verdicts that make of the second one something spoken of; "and" does not."""
_WRAPPERS = frozenset(
    {"result", "results", "verdict", "evaluation", "grade", "grading", "assessment", "judgement", "judgment", "output"}
    | {"response", "rating", "review", "feedback", "final", "json", "data", "answer", "object", "reply"}
)
OPENS = re.compile(r"[`\s]{0,9}(?:json)?\s{0,9}\{\s{0,20}[\"'\u201c]?([\w ]{0,40})", re.IGNORECASE)

Claim = tuple[FoundObject, Pairs]
"""An object of the reply, and the object in it that has the field: itself, or one that it wraps."""


def claims_in(found: Sequence[FoundObject], wanted: Wanted) -> list[Claim]:
    """Those that have the field."""
    return [(each, holder) for each in found if (holder := _holder(each.fields, wanted.field)) is not None]


def verdict_of(text: str, claims: Sequence[Claim], wanted: Wanted) -> float | str:
    """The verdict of the claim that counts. Raises Unreadable."""
    starts = [claim.start for claim, _ in claims]
    unquoted = [(c, holder) for c, holder in claims if not _quoted(text, c.start)]
    if not unquoted:
        raise Unreadable(Why.NO_VERDICT, f"the judge quotes a {wanted.field} and gives none")
    counting = unquoted[:1] if _opens(text, unquoted[0][0], starts) else _by_themselves(text, unquoted) or unquoted
    if _broken(text, [each for each, _ in claims], wanted):
        return verdict_of_last_field(text, wanted, Why.CONTRADICTORY)
    read = [_value(holder, wanted) for _, holder in counting]
    if any(value != read[0] for value in read):
        raise Unreadable(Why.CONTRADICTORY, "the judge's reply holds several verdicts that differ")
    return read[0]


def _value(holder: Pairs, wanted: Wanted) -> float | str:
    values = holder.named(wanted.field)
    if len(values) > 1 and any(value != values[0] for value in values):
        raise Unreadable(Why.CONTRADICTORY, f"the judge's object says {wanted.field} twice")
    return wanted.value(values[0], holder)


def _holder(fields: Pairs, name: str) -> Pairs | None:
    """The object that has the field: this one, or the only one right within it that has it."""
    if fields.named(name):
        return fields
    wrapped = ((key.strip().lower(), value) for key, value in fields if isinstance(value, Pairs))
    inner = [value for key, value in wrapped if key in _WRAPPERS and value.named(name)]
    return inner[0] if len(inner) == 1 else None


def _opens(text: str, claim: FoundObject, starts: Sequence[int]) -> bool:
    """Whether the reply begins with this object and goes on in prose, so that what comes later is about it."""
    if text[: claim.start].strip(_DRESS).lower() not in {"", "json"}:
        return False
    following = [start for start in starts if start > claim.start]
    between = text[claim.end : following[0]] if following else ""
    return not following or len(_WORD.findall(_NO_PROSE.sub("", between))) >= _LEAST_PROSE


def _broken(text: str, claims: Sequence[FoundObject], wanted: Wanted) -> bool:
    """Whether an object that was found stood in a text of another one, which quotes it without escaping.

    Then a brace opens in it that does not close, or after it the field comes once more, outside of any object.
    """
    for one, following in zip(claims, [*(claim.start for claim in claims[1:]), len(text)], strict=True):
        own, rest = text[one.start : one.end], text[one.end : following]
        opened = one.whole and not one.strict and own.count("{") > own.count("}")
        if opened or (wanted.field_again.search(rest) and rest.count("}") > rest.count("{")):
            return True
    return False


def verdict_of_last_field(text: str, wanted: Wanted, otherwise: Why) -> float | str:
    """Of a broken object that ends with the field, as asked for: no text that it quotes can stand behind its end.

    Only where its braces are balanced: a reply that was cut off may end with what it quotes.
    """
    last = wanted.last_field.search(text[-200:].rstrip(_DRESS))
    opens = OPENS.match(text)
    missing = text.count("{") - text.count("}")
    closed = missing == 0 and opens and opens[1].strip().lower() != wanted.field
    # Only the brace is missing: then the field must be the only one of its name, and end for sure.
    unclosed = missing == 1 and opens and last and not last["closed"] and wanted.ends_for_sure(last["value"])
    sure = closed or (unclosed and len(wanted.field_again.findall(text)) == 1)
    if last is None or not sure:
        raise Unreadable(otherwise, nothing(text, f"{wanted.field} that is surely its own"))
    return wanted.value(last["value"], Pairs())


def _by_themselves(text: str, claims: Sequence[Claim]) -> list[Claim]:
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
