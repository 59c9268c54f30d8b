"""Numbers as people write them: separators of several countries, decimals that stand for a fraction, hexadecimal.

A decimal that is the rounding of a simple fraction is read as that fraction (66.67 and 66.6667 are 200/3), so that two
roundings of one number are equal while two decimals of one length never become equal.
"""

from __future__ import annotations

import re
from fractions import Fraction

_LONGEST = 400
"""Digits of a number; what is longer is compared as text."""
_PLAIN = r"\d+(?:\.\d+)?|\.\d+"
_GROUPED = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?"
_EUROPEAN = r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}"
_SPACED = r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?|\d{1,3}(?:'\d{3})+(?:\.\d+)?|\d{1,3}(?:_\d{3})+"
_SCIENCE = (
    r"(?:\s*(?:[x*\u00d7\u00b7]|(?<=\d)\s)\s*10\s*\^\s*\(?\s*(?P<power>[-+]?\d{1,4})\s*\)?|[eE](?P<e>[-+]?\d{1,4}))"
)
NUMBER = rf"(?:{_EUROPEAN}|{_SPACED}|{_GROUPED}|\d+,\d+(?![\d,])|{_PLAIN})"
"""Pattern of a number without sign and power."""
_WHOLE = re.compile(rf"(?P<digits>{NUMBER}){_SCIENCE}?")
_ENGLISH = re.compile(rf"(?:{_GROUPED}|{_PLAIN})")
_FOREIGN = re.compile(rf"(?:{_EUROPEAN})")
_SEPARATED = re.compile(rf"(?:{_SPACED})")
_COMMA = re.compile(r"\d+,\d+")
_BASES = re.compile(r"0(?:[xX][0-9a-fA-F]{1,64}|[bB][01]{1,256}|[oO][0-7]{1,128})")
_MAX_POWER = 400
_THIRDS = (3,)
_SIXTHS = (3, 6)


def number_of(text: str, *, comma: bool = False, shift: int = 0) -> Fraction | None:
    """The number that the whole text is, without sign; None where it is none or could be two.

    comma: whether a comma sets off decimals in the language at hand; then `1,234` and `1.234` could be two numbers.
    shift: how many places the caller is going to move the point to the left (2 for a percentage).

    >>> number_of("1,234.5"), number_of("1.234,50"), number_of("12,34,567"), number_of("1'234"), number_of("1 234 567")
    (Fraction(2469, 2), Fraction(2469, 2), Fraction(1234567, 1), Fraction(1234, 1), Fraction(1234567, 1))
    >>> number_of("3,5"), number_of("3,5", comma=True), number_of("1,234", comma=True), number_of("007")
    (None, Fraction(7, 2), None, None)
    >>> number_of("6.02 x 10^23") == number_of("6.02e23"), number_of("66.6667"), number_of("0xFF")
    (True, Fraction(200, 3), Fraction(255, 1))
    """
    if len(text) > _LONGEST or not any(c.isdigit() for c in text):
        return None
    if _BASES.fullmatch(text):
        return Fraction(int(text, 0))
    match = _WHOLE.fullmatch(text)
    if match is None:
        return None
    power = int(match["power"] or match["e"] or 0)
    digits = _point_form(match["digits"], comma=comma)
    if digits is None or abs(power) > _MAX_POWER or (len(digits) > 1 and digits[0] == "0" and digits[1] != "."):
        return None
    if power:
        return Fraction(digits) * Fraction(10) ** power
    return _unrounded(digits, shift)


def _point_form(digits: str, *, comma: bool) -> str | None:
    """The digits with a point before the decimals and nothing else between them."""
    if _SEPARATED.fullmatch(digits):
        return digits.translate({32: None, 39: None, 95: None}).replace(",", ".")
    if _FOREIGN.fullmatch(digits):
        return digits.replace(".", "").replace(",", ".")
    if comma:
        return _comma_form(digits)
    return digits.replace(",", "") if _ENGLISH.fullmatch(digits) else None


def _comma_form(digits: str) -> str | None:
    whole, separator, rest = digits.replace(",", ".").partition(".")
    if "." in rest:
        return digits.replace(",", "") if _ENGLISH.fullmatch(digits) else None
    if separator and len(rest) == 3 and whole != "0" and len(whole) <= 3:
        return None
    return f"{whole}.{rest}" if separator else whole


def _unrounded(digits: str, shift: int) -> Fraction:
    """The simple fraction whose rounding the digits are, where there is just one; else their own value."""
    value = Fraction(digits)
    _, _, decimals = digits.partition(".")
    places = len(decimals) + shift
    if len(decimals) + (shift > 0) < 2 or not 2 <= places <= 12 or value.denominator == 1:
        return value
    half = Fraction(1, 2 * 10 ** len(decimals))
    for below in _denominators(places, len(digits.lstrip("0.").replace(".", ""))):
        near = Fraction(round(value * below * _scaled(shift)), below * _scaled(shift))
        terminating = set(_prime_factors(near.denominator)) <= {2, 5}
        if not terminating and abs(near - value) <= half:
            return near
    return value


def _scaled(shift: int) -> Fraction:
    return Fraction(1, 10**shift)


def _denominators(places: int, significant: int) -> tuple[int, ...]:
    """Which denominators so many places tell apart: two of them differ by more than the rounding hides."""
    if places == 2:
        return _SIXTHS if significant > 2 else _THIRDS
    return tuple(q for q in range(3, min(40, int((10**places / 2) ** 0.5)) + 1) if set(_prime_factors(q)) - {2, 5})


def _prime_factors(n: int) -> tuple[int, ...]:
    found = []
    for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        if n % p == 0:
            found.append(p)
            while n % p == 0:
                n //= p
    return (*found, n) if n > 1 else tuple(found)
