"""A formula, worked out to the one spelling of its value: `2x+1` and `1 + 2x`, `sqrt(8)` and `2*sqrt(2)` are equal.

Not a computer algebra system: rational coefficients, roots, pi, i, named functions, letters. What it does not
understand has no reading here and is compared as text. A word is no product of its letters.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

from pointsman_service.judges.sameness import polynomial as p
from pointsman_service.judges.sameness.numerals import NUMBER, number_of

_LONGEST = 400
_DEPTH = 30
_FUNCTIONS = frozenset((
    *("sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp", "arcsin", "arccos", "arctan", "sinh", "cosh"),
    *("tanh", "sqrt", "root", "abs", "max", "min", "gcd", "lcm", "floor", "ceil", "binom"),
))  # fmt: skip
_GREEK = frozenset(
    (
        *("alpha", "beta", "gamma", "delta", "epsilon", "theta", "lambda", "mu", "nu", "rho", "sigma", "tau", "phi"),
        *("chi", "psi", "omega", "pi", "inf", "degrees"),
    )
)  # fmt: skip
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>{NUMBER})|(?P<indexed>[^\W\d_]_(?:\w{{1,2}}\b|\(\w{{1,8}}\)))|(?P<name>[^\W\d_]+)|(?P<mark>[-+*/^()!\u221a\u00b0|]))"
)
_UNKNOWNS = frozenset("xyz")
"""No word is made of these letters alone."""
_SIGNS = str.maketrans({
    "\u03c0": "pi ", "\u221e": " inf ", "\u00d7": "*", "\u00b7": "*", "\u22c5": "*", "\u00f7": "/",
})  # fmt: skip
_ORDINALS = frozenset(("st", "nd", "rd", "th"))
_MAX_FACTORIAL = 20
_ONE = Fraction(1)
_MATH = re.compile(r"[\d+*/^=\u221a()!]|sqrt|\bpi\b|\binf(?:inity)?\b|^(?:[a-zA-Z](?:_\w{1,2})?|[x-z]{2,3})$")


def value_key(text: str, *, factored: bool = False) -> str | None:
    """The one spelling of a formula's value, `n:` before a number and `e:` before all else; None where it has none.

    factored: whether the way in which it is written counts, so that products are not multiplied out.

    >>> value_key("2x+1") == value_key("1 + 2x"), value_key("1/sqrt(2)") == value_key("sqrt(2)/2"), value_key("3*4")
    (True, True, 'n:12')
    >>> value_key("(x+1)(x-1)") == value_key("x^2-1"), value_key("(x+1)(x-1)", factored=True) == value_key("x^2-1")
    (True, False)
    """
    terms = formula(text, factored=factored)
    if terms is None:
        return None
    number = p.value_of(terms)
    return f"e:{p.written(terms)}" if number is None else f"n:{number}"


def formula(text: str, *, factored: bool = False) -> p.Sum | None:
    """The formula that the whole text is; None where it is none."""
    text = text.translate(_SIGNS).replace("**", "^")
    if len(text) > _LONGEST or not _MATH.search(text):
        return None
    try:
        reader = _Reader(_tokens(text), factored=factored)
        return reader.whole()
    except (p.FormulaError, RecursionError, ZeroDivisionError):
        return None


def _tokens(text: str) -> list[tuple[str, str]]:
    """(kind, text) of each token; letters beside each other are a product only where a digit or a sign stands by."""
    tokens: list[tuple[str, str]] = []
    at = 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise p.FormulaError("a character that no formula has")
        at = match.end()
        if match["indexed"]:
            tokens.append(("name", re.sub(r"[()]", "", match["indexed"])))
        elif match["name"]:
            tokens += _names(match["name"])
        else:
            tokens.append(("number", match["number"]) if match["number"] else ("mark", match["mark"]))
    if all(kind == "name" for kind, _ in tokens) and len(tokens) > 1 and not {t for _, t in tokens} <= _UNKNOWNS:
        raise p.FormulaError("words")
    return tokens


def _names(name: str) -> list[tuple[str, str]]:
    low = "inf" if name.lower() == "infinity" else name.lower()
    if low in _FUNCTIONS or low in _GREEK:
        return [("name", low)]
    if low in _ORDINALS or len(name) > 3 or (len(name) > 1 and not name.islower()):
        raise p.FormulaError("a word")
    return [("name", letter) for letter in name]


class _Reader:
    """Recursive descent over tokens, bounded in depth."""

    def __init__(self, tokens: list[tuple[str, str]], *, factored: bool) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._factored = factored

    def whole(self) -> p.Sum:
        found = self._sum()
        if self._at < len(self._tokens):
            raise p.FormulaError("something is left over")
        return found

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self, *marks: str) -> str:
        kind, text = self._peek()
        if kind == "mark" and text in marks:
            self._at += 1
            return text
        return ""

    def _sum(self) -> p.Sum:
        self._depth += 1
        if self._depth > _DEPTH:
            raise p.FormulaError("nested too deep")
        total = self._product()
        while sign := self._take("+", "-"):
            total = p.plus(total, self._product(), 1 if sign == "+" else -1)
        self._depth -= 1
        return total

    def _product(self) -> p.Sum:
        total = self._signed()
        while True:
            if self._take("*"):
                total = self._times(total, self._signed())
            elif self._take("/"):
                total = p.over(total, self._kept(self._signed()))
            elif self._starts_factor():
                total = self._times(total, self._power())
            else:
                return total

    def _times(self, one: p.Sum, other: p.Sum) -> p.Sum:
        return p.times(self._kept(one), self._kept(other))

    def _kept(self, terms: p.Sum) -> p.Sum:
        """As it is; where the writing counts, a sum within a product is one thing."""
        if not self._factored or len(terms) < 2:
            return terms
        content, rest = p.primitive(terms)
        return p.times(p.constant(content), p.atom(f"({p.written(rest)})"))

    def _starts_factor(self) -> bool:
        kind, text = self._peek()
        if kind == "number":
            return self._tokens[self._at - 1] == ("mark", ")")
        return kind == "name" or (kind == "mark" and text in "(\u221a")

    def _signed(self) -> p.Sum:
        negative = False
        while sign := self._take("-", "+"):
            negative ^= sign == "-"
        found = self._power()
        return p.plus(p.ZERO, found, -1) if negative else found

    def _power(self) -> p.Sum:
        base = self._factor()
        while True:
            if self._take("!"):
                base = _factorial(base)
            elif self._take("\u00b0"):
                pass
            elif self._take("^"):
                self._depth += 1
                if self._depth > _DEPTH:
                    raise p.FormulaError("nested too deep")
                base = p.power(self._kept(base), self._signed())
                self._depth -= 1
            else:
                return base

    def _factor(self) -> p.Sum:
        kind, text = self._peek()
        self._at += 1
        if kind == "number":
            value = number_of(text)
            if value is None:
                raise p.FormulaError("a number that could be two")
            return p.constant(value)
        if kind == "name":
            return self._called(text) if text in _FUNCTIONS else p.atom(text)
        if (kind, text) == ("mark", "("):
            inner = self._sum()
            if not self._take(")"):
                raise p.FormulaError("a bracket does not close")
            return inner
        if (kind, text) == ("mark", "\u221a"):
            return p.power(self._power(), p.constant(Fraction(1, 2)))
        raise p.FormulaError("a part is missing")

    def _called(self, name: str) -> p.Sum:
        """A function: of what stands in brackets, or of the next factor (`sin x`); the root is worked out."""
        power = self._factor() if self._take("^") else None
        argument = self._power()
        if name == "sqrt":
            return p.power(argument, p.constant(Fraction(1, 2)))
        if name == "exp":
            return p.power(p.atom("e"), argument)
        called = p.atom(f"{name}({p.written(argument)})")
        return called if power is None else p.power(called, power)


def _factorial(base: p.Sum) -> p.Sum:
    number = p.value_of(base)
    if number is not None and number.denominator == 1 and 0 <= number <= _MAX_FACTORIAL:
        return p.constant(Fraction(math.factorial(int(number))))
    return p.atom(f"({p.written(base)})!")
