"""One spelling for each final answer: the first reading that understands the whole of it speaks.

Date or time, quantity, ratio, relation, assignments, list or interval, formula, object; where none does, the text
itself, folded. Nothing is left over: what no reading understands stays in the text, so that it tells answers apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from pointsman_service.judges.question_form import QuestionForm
from pointsman_service.judges.sameness.dates import moment_of
from pointsman_service.judges.sameness.exact_text import exact_key
from pointsman_service.judges.sameness.expression import formula, value_key
from pointsman_service.judges.sameness.folded_text import folded, stem, unquoted
from pointsman_service.judges.sameness.latex import plain_math, undelimited
from pointsman_service.judges.sameness.literal import output_key
from pointsman_service.judges.sameness.polynomial import value_of
from pointsman_service.judges.sameness.quantity import quantity_key, quantity_of
from pointsman_service.judges.sameness.relation import bound_of, relation_key, sides_of
from pointsman_service.judges.sameness.spelling import ascii_spelling, without_accents
from pointsman_service.judges.sameness.splitting import bracketed, parts_of
from pointsman_service.judges.sameness.yes_no import yes_or_no

_DEPTH = 5
_LONGEST = 2_000
_RANGE = re.compile(r"(\d{1,6})\s*(?:-|:| to )\s*(\d{1,6})")
_MOD = re.compile(r"(-?\d{1,15})\s*\(?\s*mod(?:ulo)?\s*(\d{1,15})\s*\)?")
_ASSIGNED = re.compile(r"[^\W\d]\w{0,30}(?:_\w{1,10})?")
_INVERTED = re.compile(r"([^\W\d_][\w'.-]*(?: [^\W\d_][\w'.-]*)?), ((?:[^\W\d_][\w'.-]*\s?){1,3})")
_FORMULA_SIGNS = re.compile(r"[=+*/^_<>|\\]")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_UNION = re.compile(r"\s*\u222a\s*|\s+U\s+")
_RESULTS = frozenset(("total", "sum", "answer", "result", "value", "final", "altogether"))
_OUT_OF = re.compile(r"(\d{1,6}) (?:in|out of) (\d{1,6})")
_CHANCES = frozenset(map(stem, ("probability", "chance", "likelihood", "fraction", "proportion")))
_COORDINATES = (["x", "y"], ["x", "y", "z"])
_OBJECT = re.compile(r"\{\s*[\"']?[^\W\d]")


def canonical(text: str, form: QuestionForm) -> str:
    r"""The one spelling of a final answer to a question of this form; "" where nothing is left of it.

    >>> math = QuestionForm(value=True, quantity=True)
    >>> canonical(r"1\frac{1}{2}", math), canonical("x = 1.5", math), canonical("1 1/2", math)
    ('n:3/2', 'n:3/2', 'n:3/2')
    """
    if form.code:
        return output_key(text)
    said = unwrapped(text)
    if form.yes_no and (yes_no := yes_or_no(said)):
        return yes_no
    if not said or len(said) > _LONGEST:
        return folded(said)
    if form.exact and (exact := exact_key(said, form)):
        return exact
    return _read(said, form, 0) or _text_key(said, form)


def unwrapped(text: str) -> str:
    r"""Without markdown, mathematical delimiters, LaTeX and a closing full stop.

    >>> unwrapped("**$\\frac{1}{2}$**."), unwrapped("5!"), unwrapped("Paris!")
    ('((1)/(2))', '5!', 'Paris')
    """
    text = text.strip()
    previous = None
    while text != previous:
        previous = text
        text = text.strip("*\n\t ").removesuffix("\\\\")
        for opening, closing in (("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]"), ("`", "`"), ("__", "__")):
            if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening) + len(closing):
                text = text[len(opening) : -len(closing)]
        if text.startswith("\\boxed{") and text.endswith("}"):
            text = text[7:-1]
        text = _without_stop(unquoted(text))
    return " ".join(ascii_spelling(plain_math(undelimited(text))).split()).strip()


def _without_stop(text: str) -> str:
    text = text[1:].lstrip() if text.startswith("=") and not text.startswith("==") else text
    if text.endswith((".", "\u3002", ",", ";")) and not text.endswith(".."):
        return text[:-1]
    return text[:-1] if text.endswith("!") and text[-2:-1].isalpha() and len(text) > 3 else text


def _read(text: str, form: QuestionForm, depth: int) -> str | None:
    """The first reading that understands the whole text, None where none does."""
    if depth > _DEPTH:
        return None
    inner = bracketed(text)
    if inner and inner[0] == "(" and len(parts_of(inner[1])[0]) == 1 and inner[2] == ")":
        return _read(inner[1], form, depth + 1)
    for reading in _READINGS:
        found = reading(text, form, depth)
        if found is not None:
            return found
    return None


def _member(text: str, form: QuestionForm, depth: int) -> str:
    """A member of a list: what is counted stays with its number."""
    text = unquoted(text.strip())
    quantity = quantity_of(text, form)
    if quantity is not None:
        return quantity_key(quantity, form, alone=False)
    return _read(text, form, depth + 1) or _text_key(text, form)


def _moment(text: str, form: QuestionForm, _: int) -> str | None:
    return None if form.ratio or form.score else moment_of(text)


def _quantity(text: str, form: QuestionForm, depth: int) -> str | None:
    quantity = quantity_of(text, form)
    return None if quantity is None else quantity_key(quantity, form, alone=depth == 0)


def _bound(text: str, form: QuestionForm, __: int) -> str | None:
    """`at least 5`; with a unit the amount is written in the asked one."""
    spelled = bound_of(text)
    if spelled == text:
        return None
    sign, _, amount = spelled.removeprefix("x ").partition(" ")
    quantity = quantity_of(amount, form)
    if quantity is None:
        return None
    key = quantity_key(quantity, form)
    plain = re.fullmatch(r"n:(-?[\d/]+)", key)
    return relation_key(["x", plain[1]], [sign]) if plain else f"{sign}{key}"


def _pair(text: str, form: QuestionForm, _: int) -> str | None:
    """`3-1`, `2:3`: a score, a ratio, a range. Never worked out; a ratio is reduced where one was asked for."""
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    if form.ratio and "-" not in text and int(match[2]):
        ratio = Fraction(int(match[1]), int(match[2]))
        return f"r:{ratio.numerator}:{ratio.denominator}"
    if " to " in text or "-" in text:
        return f"t:{match[1]}-{match[2]}"
    return f"t:{match[1]}:{match[2]}"


def _remainder(text: str, _: QuestionForm, __: int) -> str | None:
    match = _MOD.fullmatch(text)
    return f"n:{int(match[1]) % int(match[2])}" if match and int(match[2]) else None


def _out_of(text: str, form: QuestionForm, _: int) -> str | None:
    """`1 in 4`, where a chance was asked for."""
    match = _OUT_OF.fullmatch(text)
    if match is None or not int(match[2]) or not _CHANCES & form.words:
        return None
    return f"n:{Fraction(int(match[1]), int(match[2]))}"


def _plus_minus(text: str, form: QuestionForm, depth: int) -> str | None:
    if text.count("\u00b1") != 1 or "=" in text:
        return None
    both = [_read(text.replace("\u00b1", sign), form, depth + 1) for sign in ("+", "-")]
    return None if None in both else _set([key for key in both if key is not None])


def _related(text: str, form: QuestionForm, depth: int) -> str | None:
    """An equation, an inequality, or `name = value`."""
    if len(parts_of(text)[0]) > 1:
        return None
    sides, operators = sides_of(text)
    if not operators or not all(sides):
        return None
    if operators[-1] == "\u2208" and len(sides) == 2:
        return _read(sides[1], form, depth + 1)
    if set(operators) <= {"=", "\u2248"}:
        assigned = _assigned(sides, form, depth)
        if assigned is not None:
            return assigned
    return relation_key(sides, operators)


def _assigned(sides: Sequence[str], form: QuestionForm, depth: int) -> str | None:
    """The value of `x = 5`, with its name where the question does not ask for it; of `2 + 3 = 5`, the last side."""
    *before, last = sides
    name = before[0]
    worked_out = formula(name)
    if worked_out is not None and value_of(worked_out) is not None:
        if len(sides) == 2 and _ASSIGNED.fullmatch(last) and formula(last) is not None:
            return _assigned([last, name], form, depth)
        return _value(last, form, depth)
    if any((t := formula(side)) is None or value_of(t) is None for side in before[1:]):
        return None
    value = _plus_minus(last, form, depth) or _value(last, form, depth)
    if value is None or not (_ASSIGNED.fullmatch(name) or _asked_for(name, form)):
        return None
    if depth == 0 and (_is_asked(name, form) or (form.quantity and _asked_for(name, form))):
        return value
    return f"a:{name}={value}"


def _value(text: str, form: QuestionForm, depth: int) -> str | None:
    """What stands after `name =`, where it is a value and no formula of other names."""
    quantity = quantity_of(text, form)
    if quantity is not None and not quantity.words:
        return quantity_key(quantity, form)
    key = value_key(text)
    if key is not None and not re.search(r"[a-z]", key[2:].replace("pi", "").replace("sqrt", "").replace("inf", "")):
        return key
    return _bracketed(text, form, depth) if text[:1] in "([{" else None


def _is_asked(name: str, form: QuestionForm) -> bool:
    """Whether a one-letter name may be left off: the question asks for a value, and for no other letter's."""
    if not form.value or len(name) != 1:
        return False
    return name in form.variables or not form.variables


def _asked_for(name: str, form: QuestionForm) -> bool:
    """Whether a name of several letters is the question's own for what it asks, or what any result is called."""
    words = re.findall(r"[^\W\d_]+", name)
    known = all(stem(w) in form.words or w.lower() in _RESULTS for w in words)
    return bool(words) and len(name) > 2 and known and name.replace(" ", "").isalpha()


def _bracketed(text: str, form: QuestionForm, depth: int) -> str | None:
    """A tuple, an interval, a list, a set; braces are in any order."""
    inner = bracketed(text)
    if inner is None:
        return None
    opening, held, closing = inner
    if opening == "{" and closing == "}":
        if _OBJECT.match(text) and ":" in text:
            return None
        return _set([_member(part, form, depth) for part in parts_of(held)[0]]) if held else "\u2205"
    if opening == "{" or closing == "}":
        return None
    members = [_member(part, form, depth) for part in parts_of(held)[0]] if held else []
    return f"{opening}{';'.join(members)}{closing}"


def _union(text: str, form: QuestionForm, depth: int) -> str | None:
    parts = _UNION.split(text)
    if len(parts) < 2 or not all(part[:1] in ("(", "[", "{") for part in parts):
        return None
    return _set([_member(part, form, depth) for part in parts])


def _listed(text: str, form: QuestionForm, depth: int) -> str | None:
    """Several things beside each other: assignments by name, the rest in their order unless any order will do."""
    parts, either = parts_of(text)
    if len(parts) < 2 or _reads_as_prose(parts) or (form.who and _INVERTED.fullmatch(text)):
        return None
    members = _with_names(parts, form, depth)
    if any(_is_clause(member) for member in members):
        return None
    named = [re.fullmatch(r"a:([^=]+)=(.*)", member) for member in members]
    if all(named):
        return _system([(m[1], m[2]) for m in named if m], form)
    if either or form.unordered:
        return _set(members)
    if set(form.variables) >= {"x", "y"} and len(members) in (2, 3) and not any(m.startswith("t:") for m in members):
        return f"({';'.join(members)})"
    return f"l[{';'.join(members)}]"


def _reads_as_prose(parts: Sequence[str]) -> bool:
    """Whether commas set off clauses, not members: long parts, which no two people word alike."""
    return any(len(re.findall(r"[^\W\d_]{2,}", part)) > 5 for part in parts)


def _is_clause(member: str) -> bool:
    """Whether a member that nobody could read tells of a number in a clause of its own."""
    return member.startswith("t:") and any(c.isdigit() for c in member) and len(member.split()) > 2


def _with_names(parts: Sequence[str], form: QuestionForm, depth: int) -> list[str]:
    """The members' spellings; `x = 5 or -5` gives its name to what follows."""
    members: list[str] = []
    name = ""
    for part in parts:
        own, equals, _ = part.partition("=")
        name = own if equals and _ASSIGNED.fullmatch(own.strip()) else name
        whole = part if equals or not name or sides_of(part)[1] else f"{name}= {part}"
        members.append(_member(whole, form, depth))
    return members


def _system(named: Sequence[tuple[str, str]], form: QuestionForm) -> str:
    """`x = 2, y = 1` in any order; several values of one name are a set."""
    names = sorted({name.strip() for name, _ in named})
    if len(names) == 1:
        values = _set([value for _, value in named])
        return values if _is_asked(names[0], form) else f"a:{names[0]}={values}"
    pairs = sorted((name.strip(), value) for name, value in named)
    if names in _COORDINATES and len(pairs) == len(names) and set(names) <= form.variables:
        return f"({';'.join(value for _, value in pairs)})"
    return "s:" + ";".join(f"{name}={value}" for name, value in pairs)


def _set(members: Sequence[str]) -> str:
    distinct = sorted(set(members))
    return distinct[0] if len(distinct) == 1 else "u{" + ";".join(distinct) + "}"


def _formula(text: str, form: QuestionForm, _: int) -> str | None:
    return value_key(text, factored=form.factored)


def _object(text: str, form: QuestionForm, depth: int) -> str | None:
    """A JSON object, as a mapping in any order; of letters and numbers, as the assignments that it says."""
    if not text.startswith("{"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, Mapping) or not value:
        return None
    pairs = [(str(name), _of_json(item, form, depth)) for name, item in value.items()]
    return _system(pairs, form) if len(pairs) > 1 else f"a:{pairs[0][0]}={pairs[0][1]}"


def _of_json(value: object, form: QuestionForm, depth: int) -> str:
    if isinstance(value, str):
        return _member(value, form, depth) if len(value) <= _LONGEST else value
    return _member(json.dumps(value, ensure_ascii=False, sort_keys=True)[:_LONGEST], form, depth)


def _text_key(text: str, form: QuestionForm) -> str:
    """The folded text; a name given last name first is turned where a person was asked for."""
    turned = _INVERTED.fullmatch(text) if form.who else None
    text = f"{turned[2].strip()} {turned[1]}" if turned else text
    words = folded(text, cased=form.cased)
    if _FORMULA_SIGNS.search(words) and not _LONG_WORD.search(words):
        words = words.replace(" ", "")
    words = without_accents(words) if form.ascii else words
    return f"t:{words}" if words else ""


_Reading = Callable[[str, QuestionForm, int], "str | None"]
_READINGS: tuple[_Reading, ...] = (
    _moment, _out_of, _quantity, _bound, _pair, _remainder, _plus_minus, _union, _related, _bracketed, _listed,
    _object, _formula,
)  # fmt: skip
