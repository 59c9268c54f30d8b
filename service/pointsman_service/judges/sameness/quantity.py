"""A number with its unit: `$1,000.00`, `10 dollars and 50 cents`, `3.5 million people`, `-4 °C`, `about 90 minutes`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from pointsman_service.judges.sameness.denial import turns
from pointsman_service.judges.sameness.folded_text import stem
from pointsman_service.judges.sameness.number_words import SCALES, numbers_in_digits, worded_number
from pointsman_service.judges.sameness.numerals import NUMBER, number_of
from pointsman_service.judges.sameness.plain_amount import plainly_written
from pointsman_service.judges.sameness.question_form import QuestionForm
from pointsman_service.judges.sameness.units import DEGREES, PERCENT, Unit, divided, is_money, unit_of

_LONGEST = 160
_PLACES_JOINED = re.compile(r"[^\W\d_] and ")
_RATE = re.compile(r"\s*(?:/|\bper\b|\ban?\b|\beach\b|\bevery\b|\bpro\b)\s*([^\W\d_]+)")
_FOR_EACH = frozenset(("a", "an", "per", "each", "every"))
_WORDED_RATE = re.compile(r"\s+(?:an?|each|every|per)\s+([^\W\d_]+)$")
_ORDINAL = re.compile(r"(?:the )?(\d{1,9})(?:st|nd|rd|th)", re.IGNORECASE)
_POUND = unit_of("pound")
_PAID = frozenset(
    map(stem, ("cost", "price", "pay", "paid", "spend", "spent", "earn", "charge", "salary", "fee", "wage"))
)
_WEIGHED = frozenset(map(stem, ("weight", "weigh", "heavy", "mass", "pound", "lb")))
_CURRENCY = r"(?:us\$|c\$|a\$|[$\u00a2\u20ac\u00a3\u00a5\u20b9\u20bd\u20a9]|usd\b|eur\b|gbp\b|inr\b|rs\.?(?=\s?\d))"
_POWER = r"(?:\s*[x*\u00d7\u00b7]\s*10\s*\^\s*\(?\s*[-+]?\d{1,4}\s*\)?|[eE][-+]?\d{1,4}(?![\w]))"
_NUMBER = re.compile(
    rf"(?P<sign>[-+]?)\s*(?P<currency>{_CURRENCY})?\s*(?P<sign2>-?)\s*"
    rf"(?:(?P<mixed>\d{{1,6}}\s+\d{{1,4}}\s*/\s*\d{{1,4}})|(?P<fraction>\d{{1,9}}\s*/\s*\d{{1,9}})(?![\d/.,])"
    rf"|(?P<number>0[xX][0-9a-fA-F]+|{NUMBER}{_POWER}?)(?![\d]|[.,/:]\d))",
    re.IGNORECASE,
)
_WORDED = re.compile(r"(?P<sign>minus|negative)?\s*(?P<words>[^\W\d_]+(?:[\s-]+[^\W\d_]+){0,8})", re.IGNORECASE)
_SCALE_LETTERS = {"k": 10**3, "m": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9, "t": 10**12}
_JOIN = re.compile(r"^\s*,?\s*(?:(?:and|und|et|y|и)\s+)?(?=[$\u00a3\u20ac]?\d)")
_NEUTRAL = frozenset(
    map(stem, ("person", "people", "inhabitant", "resident", "item", "unit", "piece", "thing", "object", "individual"))
)
_DECIMAL_COMMA = re.compile(r"\d{1,6},\d{1,2}")
_PEOPLE = frozenset(map(stem, ("population", "inhabitants", "people", "residents", "users", "views", "followers")))
"""Where these are counted, `5M` is five million and no molarity."""
_FUNCTION = frozenset(("of", "the", "a", "an", "in", "total", "all", "altogether", "for", "on", "its", "their"))
_WORD = re.compile(r"[^\W\d_]+|\S")
_NEGATING = frozenset(("not", "no", "never", "without", "except", "than", "or", "but"))


@dataclass(frozen=True, slots=True)
class Quantity:
    """value: in `unit`, which is None for a bare number; words: what is counted, where that is no unit."""

    value: Fraction
    unit: Unit | None = None
    words: tuple[str, ...] = ()


def quantity_of(text: str, form: QuestionForm) -> Quantity | None:
    """The quantity that the whole text is; None where a part of it is not understood.

    >>> quantity_of("10 dollars and 50 cents", QuestionForm()).value, quantity_of("12 Years a Slave", QuestionForm())
    (Fraction(21, 2), None)
    """
    if len(text) > _LONGEST:
        return None
    text = plainly_written(text, lasts="long" in form.words)
    ordinal = _ORDINAL.fullmatch(text) if form.quantity else None
    if ordinal:
        return Quantity(Fraction(ordinal[1]))
    first, rest = _one(text, form)
    if first is None:
        return _in_words(text, form) or _in_several_words(text, form)
    while rest:
        joined = _JOIN.match(rest)
        if joined is None or first.unit is None:
            return None
        more, rest = _one(rest[joined.end() :], form)
        if more is None or more.unit is None or not _smaller(more, first):
            return None
        first = Quantity(first.value + more.value * more.unit.factor / first.unit.factor, first.unit)
    return first


def _in_several_words(text: str, form: QuestionForm) -> Quantity | None:
    """`five dollars and twenty cents`: words for numbers in more than one place, each with its unit."""
    digits = numbers_in_digits(text) if not any(c.isdigit() for c in text) and _PLACES_JOINED.search(text) else text
    found = quantity_of(digits, form) if digits != text and digits[:1].isdigit() else None
    return found if found is not None and found.unit is not None else None


def quantity_key(quantity: Quantity, form: QuestionForm, *, alone: bool = True) -> str:
    """The one spelling of a quantity: a bare number where its unit is the one asked for, else base units with it.

    alone: whether it is the whole answer; in a list, what is counted tells one member from another.
    """
    if quantity.words:
        known = all(word in form.words or word in _NEUTRAL for word in quantity.words)
        if not (alone and known):
            return f"n:{quantity.value} {' '.join(quantity.words)}"
        return f"n:{quantity.value}"
    unit = _of_money(quantity.unit, form)
    if unit is None:
        return f"n:{quantity.value}"
    amount = quantity.value * unit.factor
    if form.unit is not None and form.unit.measures == unit.measures:
        return f"n:{amount / form.unit.factor}"
    if form.unit is None and (not unit.measures or unit.measures == DEGREES):
        return f"n:{amount}"
    return f"q:{amount} {unit.measures}"


def _of_money(unit: Unit | None, form: QuestionForm) -> Unit | None:
    """Pounds are money where the question is about money and weighs nothing."""
    if unit != _POUND or not form.words & _PAID or form.words & _WEIGHED:
        return unit
    return unit_of("gbp")


def _smaller(more: Quantity, first: Quantity) -> bool:
    """Whether a part goes on what came before: minutes after hours, cents after dollars."""
    if more.unit is None or first.unit is None or more.unit.measures != first.unit.measures:
        return False
    return more.unit.factor < first.unit.factor and more.value >= 0 <= first.value


def _one(text: str, form: QuestionForm) -> tuple[Quantity | None, str]:
    """The quantity that a text begins with, and what is left of the text."""
    match = _NUMBER.match(text)
    if match is None:
        return None, text
    currency = unit_of(match["currency"]) if match["currency"] else None
    rest = text[match.end() :]
    scale, rest = _scale(rest, money=currency is not None or bool(form.words & _PEOPLE))
    unit, words, after = _unit(rest, form) if currency is None else _priced(rest, currency, form)
    shift = 2 if unit == PERCENT else 0
    value = _value(match, comma=form.comma, shift=shift)
    if value is None and unit is not None and is_money(unit):
        value = _value(match, comma=not form.comma, shift=0)  # 12,50 EUR in an English question
    if value is None and form.unit is not None and form.quantity and _DECIMAL_COMMA.fullmatch(match["number"] or ""):
        value = _value(match, comma=True, shift=shift)  # one amount was asked for, so these are not two
    if value is None:
        return None, text
    negative = (match["sign"] == "-") != (match["sign2"] == "-")
    return Quantity((-value if negative else value) * scale, unit, words), after


def _value(match: re.Match[str], *, comma: bool, shift: int) -> Fraction | None:
    if match["mixed"]:
        whole, _, part = match["mixed"].partition(" ")
        part_value = _ratio(part)
        return None if part_value is None or part_value >= 1 else int(whole) + part_value
    if match["fraction"]:
        return _ratio(match["fraction"])
    return number_of(match["number"], comma=comma, shift=shift)


def _ratio(text: str) -> Fraction | None:
    above, _, below = text.partition("/")
    return None if int(below) == 0 else Fraction(int(above), int(below))


def _scale(rest: str, *, money: bool) -> tuple[int, str]:
    """What the number is multiplied by: `million`, `k`, and `M` after a currency."""
    match = re.match(r"\s*([^\W\d_]+)\.?", rest)
    if match is None:
        return 1, rest
    word = match[1].lower()
    if word in SCALES:
        after = rest[match.end() :]
        further = re.match(r"\s+([^\W\d_]+)", after) if word == "hundred" else None
        if further and SCALES.get(further[1].lower(), 0) > SCALES[word]:  # 5 hundred thousand
            return SCALES[word] * SCALES[further[1].lower()], after[further.end() :]
        return SCALES[word], after
    if (money or word == "k") and word in _SCALE_LETTERS and not rest[match.end() :].startswith(("/", "^")):
        return (
            (1, rest) if word == "k" and match[1] == "K" and not money else (_SCALE_LETTERS[word], rest[match.end() :])
        )
    for name in ("万", "亿", "億"):
        if word.startswith(name):
            return SCALES[name], rest.lstrip()[1:]
    return 1, rest


def _priced(rest: str, currency: Unit, form: QuestionForm) -> tuple[Unit, tuple[str, ...], str]:
    """What follows an amount whose currency stood before it: the same currency again, or per what it is."""
    match = re.match(r"\s*([^\W\d_]+)\b", rest)
    if match and unit_of(match[1]) == currency:
        rest = rest[match.end() :]
    if _follows_harmlessly(rest, form):
        return currency, (), ""
    rate = _RATE.fullmatch(rest)
    per = unit_of(rate[1]) if rate else None
    return (currency, (), rest) if per is None else (divided(currency, per), (), "")


def _unit(rest: str, form: QuestionForm) -> tuple[Unit | None, tuple[str, ...], str]:
    """(unit, counted words, what is left): the longest beginning that names a unit, else words that are counted."""
    stripped = rest.strip(" -")
    rate = _WORDED_RATE.search(stripped)
    if rate and rate_asked(rate[1], form) and (form.unit is None or len(form.unit.measures) == 1):
        stripped = stripped[: rate.start()]  # the question spoke of it: "how much does she make every day?"
    if not stripped:
        return None, (), ""
    pieces = re.split(r"(\s+|,|(?<=[^\W\d_])(?=\d))", stripped)
    for end in range(min(len(pieces), 9), 0, -1):
        named = "".join(pieces[:end]).strip()
        unit = unit_of(named)
        if unit is not None and not (named.lower() == "in" and "".join(pieces[end:]).strip()):
            after = "".join(pieces[end:])  # "7 in total" are no inches
            return unit, (), "" if _follows_harmlessly(after, form) else after
    match = re.match(r"([a-z\u00b0%]+)(?=\d)", stripped, re.IGNORECASE)
    if match and unit_of(match[1]):
        return unit_of(match[1]), (), " " + stripped[match.end() :]
    words = tuple(stem(w) for w in _WORD.findall(stripped) if w.lower() not in _FUNCTION)
    odd = "pi" in words or any(len(w) < 2 or not w[0].isalpha() or w in _NEGATING or w in SCALES for w in words)
    if odd or rest[:1].isalpha() or rest.lstrip()[:2] == "- ":
        return None, (), rest
    return None, words, ""


def _follows_harmlessly(after: str, form: QuestionForm) -> bool:
    """Whether what follows a unit says only what the question said: `50 cm long`, `18 dollars every day`."""
    rate = _RATE.match(after)
    if rate and (rate[0].strip().startswith("/") or not rate_asked(rate[1], form)):
        return False
    words = [w.lower() for w in _WORD.findall(after[rate.end() if rate else 0 :].strip())]
    return all(
        w in _FUNCTION or (stem(w) in form.words and w not in _NEGATING and not turns(w, form.words, form.asking))
        for w in words
    )


def rate_asked(name: str, form: QuestionForm) -> bool:
    """Whether the sentence that asks speaks of so much for each of it; elsewhere it is the rate of something else."""
    asking = form.asking or form.words
    return stem(name) in asking and bool(_FOR_EACH & asking)


def _in_words(text: str, form: QuestionForm) -> Quantity | None:
    """A quantity whose number is written in words: `twelve`, `three million people`, `half a dozen eggs`."""
    match = _WORDED.fullmatch(text.rstrip("."))
    if match is None:
        return None
    words = match["words"].split()
    for end in range(len(words), 0, -1):
        value = worded_number(" ".join(words[:end]))
        if value is not None:
            unit, counted, rest = _unit(" " + " ".join(words[end:]), form)
            return None if rest else Quantity(-value if match["sign"] else value, unit, counted)
    return None
