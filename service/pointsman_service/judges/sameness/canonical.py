"""One spelling for each final answer: the first reading that understands the whole of it speaks.

Date or time, quantity, ratio, relation, assignments, list or interval, formula, object; where none does, the text
itself, folded. Nothing is left over: what no reading understands stays in the text, so that it tells answers apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from pointsman_service.judges.sameness.dates import moment_of
from pointsman_service.judges.sameness.equation import Reader, equation_key
from pointsman_service.judges.sameness.exact_text import exact_key
from pointsman_service.judges.sameness.expression import value_key
from pointsman_service.judges.sameness.folded_text import folded, unquoted
from pointsman_service.judges.sameness.how_often import often_key
from pointsman_service.judges.sameness.latex import plain_math, undelimited
from pointsman_service.judges.sameness.literal import output_key
from pointsman_service.judges.sameness.occasion import occasion_of
from pointsman_service.judges.sameness.pairs import chance_key, pair_key, remainder_key
from pointsman_service.judges.sameness.quantity import quantity_key, quantity_of
from pointsman_service.judges.sameness.question_form import QuestionForm
from pointsman_service.judges.sameness.relation import bound_of, relation_key
from pointsman_service.judges.sameness.several import (
    bracketed_key,
    listed_key,
    set_key,
    system_key,
    union_key,
)
from pointsman_service.judges.sameness.spelling import ascii_spelling
from pointsman_service.judges.sameness.splitting import bracketed, parts_of
from pointsman_service.judges.sameness.text_key import text_key
from pointsman_service.judges.sameness.yes_no import yes_or_no

_DEPTH = 5
_LONGEST = 2_000
_NOT_ANOTHER = re.compile(
    r"(?<=\w),? (?:and |but )?not (?:(?!always|only|exactly|necessarily|all|yet|really|quite|sure|just|even|including"
    r"|counting|more|less)[\w.$%'-]+ ?){1,3}$",
    re.IGNORECASE,
)
"""`5, not 6` is 5: what is set apart as not the answer."""
_NOT_BUT = re.compile(r"^not (?!only|just|merely)[\w.$%'-]+,? but (?:rather )?(?=\S)", re.IGNORECASE)
_IS = re.compile(r"(?<![\w.])([b-hj-z]) (?:is|equals) (?=-?[\d(\u221a])")
_UNQUOTED = re.compile(r"\{\s*[^\W\d]\w{0,30}\s*:[^{}]{1,400}\}")
_LASTS = re.compile(r"\d\s?h\s?\d{2}$|(?:hours?|h|hrs)$", re.IGNORECASE)
"""Of a length of time, `1h30` and `1:30 h` are no time of day."""
_NONE = re.compile(r"none|nothing|nil|no one|nobody", re.IGNORECASE)


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
    said = _IS.sub(r"\1 = ", _NOT_ANOTHER.sub("", _NOT_BUT.sub("", said)))
    if form.quantity and _NONE.fullmatch(said):
        return "n:0"
    return _read(said, form, 0) or text_key(said, form)


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
    return _read(text, form, depth + 1) or text_key(text, form)


def _moment(text: str, form: QuestionForm, _: int) -> str | None:
    lasted = "long" in form.words and _LASTS.search(text) is not None
    return None if form.ratio or form.score or lasted else moment_of(text) or occasion_of(text)


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
    return pair_key(text, form)


def _remainder(text: str, form: QuestionForm, _: int) -> str | None:
    return remainder_key(text, form)


def _chance(text: str, form: QuestionForm, _: int) -> str | None:
    return chance_key(text, form)


def _often(text: str, form: QuestionForm, _: int) -> str | None:
    return often_key(text, form)


def _plus_minus(text: str, form: QuestionForm, depth: int) -> str | None:
    if text.count("\u00b1") != 1 or "=" in text:
        return None
    both = [_read(text.replace("\u00b1", sign), form, depth + 1) for sign in ("+", "-")]
    return None if None in both else set_key([key for key in both if key is not None])


def _related(text: str, form: QuestionForm, depth: int) -> str | None:
    return equation_key(text, form, Reader(lambda part: _read(part, form, depth + 1), whole=depth == 0))


def _in_brackets(text: str, form: QuestionForm, depth: int) -> str | None:
    return bracketed_key(text, lambda part: _member(part, form, depth))


def _union(text: str, form: QuestionForm, depth: int) -> str | None:
    return union_key(text, lambda part: _member(part, form, depth))


def _listed(text: str, form: QuestionForm, depth: int) -> str | None:
    return listed_key(text, form, lambda part: _member(part, form, depth))


def _formula(text: str, form: QuestionForm, _: int) -> str | None:
    return value_key(text, factored=form.factored)


def _object(text: str, form: QuestionForm, depth: int) -> str | None:
    """A JSON object, as a mapping in any order; of letters and numbers, as the assignments that it says."""
    if not text.startswith("{"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return _listed(text[1:-1], form, depth) if _UNQUOTED.fullmatch(text) else None
    if not isinstance(value, Mapping) or not value:
        return None
    pairs = [(str(name), _of_json(item, form, depth)) for name, item in value.items()]
    return system_key(pairs, form) if len(pairs) > 1 else f"a:{pairs[0][0]}={pairs[0][1]}"


def _of_json(value: object, form: QuestionForm, depth: int) -> str:
    if isinstance(value, str):
        return _member(value, form, depth) if len(value) <= _LONGEST else value
    return _member(json.dumps(value, ensure_ascii=False, sort_keys=True)[:_LONGEST], form, depth)


_Reading = Callable[[str, QuestionForm, int], "str | None"]
_READINGS: tuple[_Reading, ...] = (
    _moment, _chance, _quantity, _often, _bound, _pair, _remainder, _plus_minus, _union, _related, _in_brackets,
    _listed, _object, _formula,
)  # fmt: skip
