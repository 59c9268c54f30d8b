"""One alphabet for all answers: digits, dashes, quotes, spaces, fractions and powers as ASCII writes them."""

from __future__ import annotations

import re
import unicodedata

_SUPERSCRIPTS = {ord(c): plain for c, plain in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n", strict=True)}
_POWER = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+")
_VULGAR = re.compile("[\u00bc-\u00be\u2150-\u215e\u2189]")
_SAME = str.maketrans({
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "-"),
    **dict.fromkeys("\u2018\u2019\u02bc\u2032", "'"),
    **dict.fromkeys("\u201c\u201d\u2033\u00ab\u00bb\u201e", '"'),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u200e\u200f", ""),
    "\u2044": "/", "\u2215": "/", "\u066b": ".", "\u066c": ",", "\u3001": ", ", "\u3002": ". ", "\u060c": ",",
})  # fmt: skip


def ascii_spelling(text: str) -> str:
    """The text with the characters of mathematics and punctuation in their ASCII spelling; letters stay.

    >>> ascii_spelling("1½"), ascii_spelling("10²³"), ascii_spelling("−５"), ascii_spelling("٤٢")
    ('1 1/2', '10^(23)', '-5', '42')
    """
    if text.isascii():
        return text
    text = _VULGAR.sub(lambda m: " " + unicodedata.normalize("NFKC", m[0]), text).strip()
    text = _POWER.sub(lambda m: _power(m[0].translate(_SUPERSCRIPTS)), text)
    text = unicodedata.normalize("NFKC", text).translate(_SAME)
    return text if text.isascii() else "".join(map(_digit, text))


def without_accents(text: str) -> str:
    """Latin letters without their marks; other scripts as they are.

    >>> without_accents("Bogotá"), without_accents("йод")
    ('Bogota', 'йод')
    """
    if text.isascii():
        return text
    return "".join(_base(c) for c in text)


def _base(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0]
    return base if base.isascii() else char


def _power(digits: str) -> str:
    return f"^{digits}" if len(digits) == 1 else f"^({digits})"


def _digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char
