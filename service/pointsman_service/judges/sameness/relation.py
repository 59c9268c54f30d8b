"""Equations and inequalities: `x > 5` is `5 < x` and the interval (5, inf); `2y = 4x + 2` is `y = 2x + 1`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from pointsman_service.judges.sameness import polynomial as p
from pointsman_service.judges.sameness.expression import formula

_OPERATOR = re.compile(r"<=|>=|!=|==|=<|=>|:=|[=<>\u2264\u2265\u2260\u2248\u2208]")
_SPELLED = {"\u2264": "<=", "\u2265": ">=", "\u2260": "!=", "==": "=", "=<": "<=", "=>": ">=", ":=": "="}
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "!=": "!=", "=": "="}
_INFINITE = {"<": "(e:-1*inf;", "<=": "(e:-1*inf;", ">": ";e:inf)", ">=": ";e:inf)"}
_SMALLER = frozenset(("less", "smaller", "lower", "fewer"))
_SAID = re.compile(
    r"(?:all )?(?:real )?(?:numbers |values (?:of )?)?(?P<name>[a-z]) (?:(?:is|must be|has to be) )?(?:strictly )?"
    r"(?P<way>greater|more|larger|bigger|higher|less|smaller|lower) than "
    r"(?P<equal>or equal to )?(?P<amount>-?[\d./]{1,20})",
    re.IGNORECASE,
)
_MOST = 4
_WORDED = (
    (re.compile(r"^(?:at least|no less than|not less than|minimum(?: of)?)\s+"), "x >= "),
    (re.compile(r"^(?:at most|no more than|not more than|up to|maximum(?: of)?)\s+"), "x <= "),
    (re.compile(r"^(?:more than|greater than|over|above)\s+"), "x > "),
    (re.compile(r"^(?:less than|fewer than|under|below)\s+"), "x < "),
)


def sides_of(text: str) -> tuple[list[str], list[str]]:
    """(sides, operators) of a chain of relations; one side and no operator where there is none.

    >>> sides_of("1 < x <= 2"), sides_of("x")
    ((['1', 'x', '2'], ['<', '<=']), (['x'], []))
    """
    operators = [_SPELLED.get(op, op) for op in _OPERATOR.findall(text)]
    return [side.strip() for side in _OPERATOR.split(text)], operators


def relation_in_words(text: str) -> str:
    """`x is greater than 5` with signs; any other text as it is.

    >>> relation_in_words("x is greater than or equal to 5"), relation_in_words("5 is greater than any other")
    ('x >= 5', '5 is greater than any other')
    """
    match = _SAID.fullmatch(text)
    if match is None:
        return text
    sign = "<" if match["way"].lower() in _SMALLER else ">"
    return f"{match['name']} {sign}{'=' if match['equal'] else ''} {match['amount']}"


def bound_of(text: str) -> str:
    """`at least 5` as `x >= 5`; any other text as it is."""
    low = text.lower()
    for pattern, relation in _WORDED:
        match = pattern.match(low)
        if match:
            return relation + text[match.end() :]
    return text


def relation_key(sides: Sequence[str], operators: Sequence[str]) -> str | None:
    """The one spelling of a chain of equations or inequalities; None where a side is no formula.

    >>> relation_key(["2*y"], ["="]) is None, relation_key(["5", "x"], ["<"]), relation_key(["x", "5"], [">"])
    (True, '(n:5;e:inf)', '(n:5;e:inf)')
    >>> relation_key(["y", "2x+1"], ["="]) == relation_key(["2y - 2", "4x"], ["="])
    True
    """
    if not operators or len(operators) > _MOST or len(sides) != len(operators) + 1:
        return None
    terms = [formula(side) for side in sides]
    if any(term is None for term in terms):
        return None
    normal = [
        _normal(left, operator, right)
        for left, operator, right in zip(terms, operators, terms[1:], strict=False)
        if left is not None and right is not None
    ]
    if len(normal) != len(operators) or any(n is None for n in normal):
        return None
    found = [n for n in normal if n is not None]
    return _interval(found) or "&".join(sorted(f"{p.written(rest)}{op}0" for rest, op in found))


def _normal(left: p.Sum, operator: str, right: p.Sum) -> tuple[p.Sum, str] | None:
    """Everything on one side, its first coefficient 1, the sign turned where that was negative."""
    if operator not in _TURNED:
        return None
    difference = p.plus(left, right, -1)
    variables = {product: c for product, c in difference.items() if product}
    if not variables:
        return None
    content, _ = p.primitive(variables)
    rest = {product: c / content for product, c in difference.items()}
    return rest, operator if content > 0 else _TURNED[operator]


def _interval(found: Sequence[tuple[p.Sum, str]]) -> str | None:
    """The interval that one or two bounds of x make."""
    bounds = {}
    for rest, operator in found:
        products = [product for product in rest if product]
        if products != [(("x", Fraction(1)),)] or operator not in _INFINITE:
            return None
        bounds[operator[0]] = (-rest.get((), Fraction(0)), len(operator) > 1)
    if len(bounds) != len(found):
        return None
    low, high = bounds.get(">"), bounds.get("<")
    left = "(e:-1*inf" if low is None else f"{'[' if low[1] else '('}n:{low[0]}"
    right = "e:inf)" if high is None else f"n:{high[0]}{']' if high[1] else ')'}"
    return f"{left};{right}"
