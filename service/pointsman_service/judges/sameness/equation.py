"""Equations and inequalities as answers: `x = 5` is 5 where a value was asked for, `2 + 3 = 5` is its last side."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pointsman_service.judges.sameness.expression import formula, value_key
from pointsman_service.judges.sameness.folded_text import stem
from pointsman_service.judges.sameness.polynomial import value_of
from pointsman_service.judges.sameness.quantity import quantity_key, quantity_of
from pointsman_service.judges.sameness.question_form import QuestionForm
from pointsman_service.judges.sameness.relation import relation_in_words, relation_key, sides_of
from pointsman_service.judges.sameness.several import ASSIGNED, is_asked
from pointsman_service.judges.sameness.splitting import bracketed, parts_of

_NAMED_TUPLE = re.compile(r"\(\s*[a-z](?:\s*,\s*[a-z])+\s*\)")
_FUNCTION_OF = re.compile(r"[fgh]\([a-z]\)")
_MONEY = re.compile(r"(?<!\w)[$\u20ac\u00a3](?=\d)")
_RESULTS = frozenset(("total", "sum", "answer", "result", "value", "final", "altogether"))


@dataclass(frozen=True, slots=True)
class Reader:
    """part: gives the one spelling of a part, None where it has none; whole: whether this is all of the answer."""

    part: Callable[[str], str | None]
    whole: bool

    def __call__(self, text: str) -> str | None:
        """The spelling of a part."""
        return self.part(text)


def equation_key(text: str, form: QuestionForm, read: Reader) -> str | None:
    """An equation, an inequality, or `name = value`."""
    if len(parts_of(text)[0]) > 1:
        return None
    sides, operators = sides_of(relation_in_words(text))
    if not operators or not all(sides):
        return None
    if operators[-1] == "\u2208" and len(sides) == 2:
        return read(sides[1])
    if set(operators) <= {"=", "\u2248"}:
        assigned = _tuple_of_names(sides, read) or _assigned(sides, form, read)
        if assigned is not None:
            return assigned
    return relation_key(sides, operators)


def _tuple_of_names(sides: Sequence[str], read: Reader) -> str | None:
    """`(x, y) = (2, 1)`, as `x = 2, y = 1`."""
    if len(sides) != 2 or not _NAMED_TUPLE.fullmatch(sides[0]) or not sides[1].startswith("("):
        return None
    names, values = (parts_of(side[1:-1])[0] for side in sides)
    if len(names) != len(values):
        return None
    return read(", ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True)))


def _assigned(sides: Sequence[str], form: QuestionForm, read: Reader) -> str | None:
    """The value of `x = 5`, with its name where the question does not ask for it; of `2 + 3 = 5`, the last side."""
    *before, last = sides
    name = before[0]
    worked_out = formula(_MONEY.sub("", name))
    if worked_out is not None and value_of(worked_out) is not None:
        return _worked_out(sides, form, read)
    if read.whole and form.value and len(sides) == 2 and _FUNCTION_OF.fullmatch(name):
        return value_key(last)
    if any((t := formula(side)) is None or value_of(t) is None for side in before[1:]):
        return None
    value = _either_sign(last, read) or _value(last, form, read)
    if value is None or not (ASSIGNED.fullmatch(name) or _asked_for(name, form)):
        return None
    if read.whole and (is_asked(name, form) or (form.quantity and _asked_for(name, form))):
        return value
    return f"a:{name}={value}"


def _worked_out(sides: Sequence[str], form: QuestionForm, read: Reader) -> str | None:
    """The last side of `2 + 3 = 5`; `5 = x` turned."""
    name, *_, last = sides
    if len(sides) == 2 and ASSIGNED.fullmatch(last) and formula(last) is not None:
        return _assigned([last, name], form, read)
    counted = quantity_of(last, form)
    return _value(last, form, read) if counted is None else quantity_key(counted, form)


def _value(text: str, form: QuestionForm, read: Reader) -> str | None:
    """What stands after `name =`, where it is a value and no formula of other names."""
    quantity = quantity_of(text, form)
    if quantity is not None and not quantity.words:
        return quantity_key(quantity, form)
    key = value_key(text)
    if key is not None and not re.search(r"[a-z]", key[2:].replace("pi", "").replace("sqrt", "").replace("inf", "")):
        return key
    inner = bracketed(text)
    several = inner is not None and (inner[0] != "(" or len(parts_of(inner[1])[0]) > 1)
    return read(text) if several else None


def _either_sign(text: str, read: Reader) -> str | None:
    return read(text) if text.count("\u00b1") == 1 else None


def _asked_for(name: str, form: QuestionForm) -> bool:
    """Whether a name of several letters is the question's own for what it asks, or what any result is called."""
    words = re.findall(r"[^\W\d_]+", name)
    known = all(stem(w) in form.words or w.lower() in _RESULTS for w in words)
    return bool(words) and len(name) > 2 and known and name.replace(" ", "").isalpha()
