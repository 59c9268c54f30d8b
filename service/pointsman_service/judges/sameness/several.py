"""Answers of several parts: tuples, intervals, sets, unions, lists, and systems of assignments."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pointsman_service.judges.sameness.question_form import QuestionForm
from pointsman_service.judges.sameness.relation import sides_of
from pointsman_service.judges.sameness.splitting import bracketed, parts_of
from pointsman_service.judges.sameness.text_key import is_inverted, is_place_with_state, is_set_off

Member = Callable[[str], str]
"""Gives the one spelling of a part."""
_UNION = re.compile(r"\s*\u222a\s*|\s+U\s+")
_COORDINATES = (["x", "y"], ["x", "y", "z"])
_OBJECT = re.compile(r"\{\s*[\"']?[^\W\d]")
ASSIGNED = re.compile(r"[^\W\d]\w{0,30}(?:_\w{1,10})?")
_LABELLED = re.compile(r"^([^\W\d]\w{0,30})\s*:\s*(?=[^\s/])")
"""`a: 1, b: 2` says what `a = 1, b = 2` says."""


def bracketed_key(text: str, member: Member) -> str | None:
    """A tuple, an interval, a list, a set; braces are in any order."""
    inner = bracketed(text)
    if inner is None:
        return None
    opening, held, closing = inner
    if opening == "{" and closing == "}":
        if _OBJECT.match(text) and ":" in text:
            return None
        return set_key([member(part) for part in parts_of(held)[0]]) if held else "\u2205"
    if opening == "{" or closing == "}":
        return None
    members = [member(part) for part in parts_of(held)[0]] if held else []
    return f"{opening}{';'.join(members)}{closing}"


def union_key(text: str, member: Member) -> str | None:
    """A union of intervals or sets, in any order."""
    parts = _UNION.split(text)
    if len(parts) < 2 or not all(part[:1] in ("(", "[", "{") for part in parts):
        return None
    return set_key([member(part) for part in parts])


def listed_key(text: str, form: QuestionForm, member: Member) -> str | None:
    """Several things beside each other: assignments by name, the rest in their order unless any order will do."""
    parts, either = parts_of(text)
    if len(parts) < 2 or _reads_as_prose(parts) or _is_one_name(text, form):
        return None
    if all(_LABELLED.match(part) for part in parts):
        parts = [_LABELLED.sub(r"\1 = ", part, count=1) for part in parts]
    members = _with_names(parts, member)
    if any(_is_clause(m) for m in members):
        return None
    named = [re.fullmatch(r"a:([^=]+)=(.*)", m) for m in members]
    if all(named):
        return system_key([(m[1], m[2]) for m in named if m], form)
    if either or form.unordered or _both_signs(members, form):
        return set_key(members)
    if set(form.variables) >= {"x", "y"} and len(members) in (2, 3) and not any(m.startswith("t:") for m in members):
        return f"({';'.join(members)})"
    return f"l[{';'.join(members)}]"


def _is_one_name(text: str, form: QuestionForm) -> bool:
    """Whether the comma stands within one name."""
    return is_inverted(text, form) or is_place_with_state(text) or is_set_off(text, form)


def _both_signs(members: Sequence[str], form: QuestionForm) -> bool:
    """Whether two values are one with either sign, which is what a square root gives, and no point's coordinates."""
    if len(members) != 2 or "y" in form.variables or not all(m.startswith(("n:", "e:")) for m in members):
        return False
    one, other = (m.replace("n:-", "n:").replace("e:-1*", "e:").replace("e:-", "e:") for m in members)
    return one == other and members[0] != members[1]


def _reads_as_prose(parts: Sequence[str]) -> bool:
    """Whether commas set off clauses, not members: long parts, which no two people word alike."""
    return any(len(re.findall(r"[^\W\d_]{2,}", part)) > 5 for part in parts)


def _is_clause(spelled: str) -> bool:
    """Whether a member that nobody could read tells of a number in a clause of its own."""
    return spelled.startswith("t:") and any(c.isdigit() for c in spelled) and len(spelled.split()) > 2


def _with_names(parts: Sequence[str], member: Member) -> list[str]:
    """The members' spellings; `x = 5 or -5` gives its name to what follows."""
    members: list[str] = []
    name = ""
    for part in parts:
        own, equals, _ = part.partition("=")
        name = own if equals and ASSIGNED.fullmatch(own.strip()) else name
        whole = part if equals or not name or sides_of(part)[1] else f"{name}= {part}"
        members.append(member(whole))
    return members


def system_key(named: Sequence[tuple[str, str]], form: QuestionForm) -> str:
    """`x = 2, y = 1` in any order; several values of one name are a set."""
    names = sorted({name.strip() for name, _ in named})
    if len(names) == 1:
        values = set_key([value for _, value in named])
        return values if is_asked(names[0], form) else f"a:{names[0]}={values}"
    pairs = sorted((name.strip(), value) for name, value in named)
    if names in _COORDINATES and len(pairs) == len(names) and set(names) <= form.variables:
        return f"({';'.join(value for _, value in pairs)})"
    return "s:" + ";".join(f"{name}={value}" for name, value in pairs)


def set_key(members: Sequence[str]) -> str:
    """Spellings in any order, each once; of one, that one."""
    distinct = sorted(set(members))
    return distinct[0] if len(distinct) == 1 else "u{" + ";".join(distinct) + "}"


def is_asked(name: str, form: QuestionForm) -> bool:
    """Whether a one-letter name may be left off: the question asks for its value alone, or names none and it is `x`.

    >>> form = QuestionForm(value=True)
    >>> is_asked("x", form), is_asked("y", form), is_asked("y", QuestionForm(value=True, variables=frozenset("y")))
    (True, False, True)
    """
    if not form.value or len(name) != 1:
        return False
    if form.several:
        return False
    return name in form.variables or (not form.variables and name == "x")
