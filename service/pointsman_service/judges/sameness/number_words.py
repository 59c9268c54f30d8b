"""Numbers written in words: English in full, the small numbers of other languages, Chinese numerals, and scales."""

from __future__ import annotations

import re
from fractions import Fraction

_SMALL_NAMES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_SMALL = {word: value for value, word in enumerate(_SMALL_NAMES.split())}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
SCALES: dict[str, int] = {
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "thousands": 10**3, "millions": 10**6,
    "billions": 10**9, "dozen": 12, "hundred": 100, "lakh": 10**5, "crore": 10**7,
    "тысяча": 10**3, "тысячи": 10**3, "тысяч": 10**3, "миллион": 10**6, "миллиона": 10**6, "миллионов": 10**6,
    "миллиард": 10**9, "миллиарда": 10**9, "миллиардов": 10**9,
    "tausend": 10**3, "millionen": 10**6, "milliarde": 10**9, "milliarden": 10**9,
    "mille": 10**3, "milliard": 10**9, "milliards": 10**9, "mil": 10**3, "millón": 10**6, "millones": 10**6,
    "万": 10**4, "亿": 10**8, "億": 10**8, "千": 10**3,
}  # fmt: skip
"""What a number before such a word is multiplied by."""
_PARTS = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourth": 4, "fourths": 4, "fifth": 5,
    "fifths": 5, "sixth": 6, "sixths": 6, "seventh": 7, "sevenths": 7, "eighth": 8, "eighths": 8, "ninth": 9,
    "ninths": 9, "tenth": 10, "tenths": 10,
}  # fmt: skip
_FOREIGN_NAMES = (
    "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать",
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze",
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
)
_FOREIGN = {word: value for names in _FOREIGN_NAMES for value, word in enumerate(names.split()) if word != "null"}
_CHINESE_DIGITS = {c: v for v, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_CHINESE_SCALES = {"十": 10, "百": 100, "千": 1000}
_CHINESE_MYRIADS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_CHINESE = re.compile("[零〇一二三四五六七八九十百千万萬亿億两兩]{1,20}")
_LONGEST = 120
_HARMLESS = frozenset(("one", "un", "dix", "once", "mil", "third", "fourth", "fifth"))
"""Words that count nothing in most sentences that hold them ("once", "the third")."""
_RUN = re.compile(
    rf"\b({'|'.join([*_SMALL, *_TENS])})(?:(?:[ -]|[ -]and[ -])(?:{'|'.join([*_SMALL, *_TENS, *SCALES])}))*\b",
    re.IGNORECASE,
)
_SENTENCE_LONGEST = 1_500
_SPLIT = re.compile(r"[\s-]+")


def worded_number(text: str) -> Fraction | None:
    """The number that the whole text says in words; None where a word is left over.

    >>> worded_number("three million"), worded_number("half a dozen"), worded_number("two hundred and twenty-five")
    (Fraction(3000000, 1), Fraction(6, 1), Fraction(225, 1))
    >>> worded_number("one and a half"), worded_number("two thirds"), worded_number("三百二十"), worded_number("by one")
    (Fraction(3, 2), Fraction(2, 3), Fraction(320, 1), None)
    """
    if len(text) > _LONGEST:
        return None
    if _CHINESE.fullmatch(text):
        return _chinese(text)
    words = [word for word in _SPLIT.split(text.lower().strip()) if word]
    if not words:
        return None
    if len(words) == 1 and words[0] in _FOREIGN:
        return Fraction(_FOREIGN[words[0]])
    return _english(words)


def numbers_in_digits(text: str) -> str:
    """A sentence with its number words in digits; "one" and "a" stay, since they mostly count nothing.

    >>> numbers_in_digits("She earned twenty-five dollars."), numbers_in_digits("One of them left.")
    ('She earned 25 dollars.', 'One of them left.')
    """
    return _RUN.sub(_in_digits, text) if len(text) <= _SENTENCE_LONGEST else text


def _in_digits(run: re.Match[str]) -> str:
    value = worded_number(run[0])
    return run[0] if value is None or value.denominator != 1 or not is_number_word(run[1]) else str(value)


def is_number_word(word: str) -> bool:
    """Whether a word of a sentence counts something; "one" and "a" mostly do not.

    >>> is_number_word("three"), is_number_word("one"), is_number_word("million")
    (True, False, True)
    """
    low = word.lower()
    return low not in _HARMLESS and (low in _SMALL or low in _TENS or low in SCALES or low in _PARTS or low in _FOREIGN)


def _english(words: list[str]) -> Fraction | None:
    for at in range(1, len(words)):
        if words[at] == "and" and words[-1] in _PARTS and (part := _part(words[at + 1 :])) is not None:
            whole = _cardinal(words[:at])
            return None if whole is None else whole + part
    if words[0] == "half" and len(words) > 1:
        rest = _cardinal(words[1:])
        return None if rest is None or words[-1] not in SCALES else rest / 2
    part = _part(words)
    return part if part is not None else _cardinal(words)


def _part(words: list[str]) -> Fraction | None:
    """`two thirds`, `a half`, `half`."""
    below = _PARTS.get(words[-1]) if words else None
    if below is None:
        return None
    if len(words) == 1:
        return Fraction(1, 2) if below == 2 else None
    above = Fraction(1) if words[:-1] in (["a"], ["an"]) else _cardinal(words[:-1])
    return None if above is None or above.denominator != 1 else above / below


def _cardinal(words: list[str]) -> Fraction | None:
    total = group = Fraction(0)
    seen = False
    last = 10**30
    for place, word in enumerate(words):
        if word == "and":
            if not seen or place + 1 == len(words):
                return None
            continue
        if word in ("a", "an") and place == 0 and len(words) > 1:
            group, seen, last = Fraction(1), True, 10**30
        elif word in _SMALL or word in _TENS:
            value = _SMALL[word] if word in _SMALL else _TENS[word]
            if seen and not _follows(group, value):
                return None
            group, seen = group + value, True
        elif word == "hundred" and 0 < group < 100:
            group *= 100
        elif word in SCALES and seen and SCALES[word] < last and word != "hundred":
            last = SCALES[word]
            total, group = total + group * last, Fraction(0)
        else:
            return None
    return total + group if seen else None


def _follows(group: Fraction, value: int) -> bool:
    """Whether a number word may stand after what the group holds: `twenty two`, `hundred five`; not `two three`."""
    if group == 0:
        return True
    if value < 10:
        return value > 0 and group % 10 == 0 and group % 100 != 10
    return group % 100 == 0


def _chinese(text: str) -> Fraction | None:
    total = group = digit = 0
    for char in text:
        if char in _CHINESE_DIGITS:
            if digit:
                return None
            digit = _CHINESE_DIGITS[char]
        elif char in _CHINESE_SCALES:
            group, digit = group + (digit or 1) * _CHINESE_SCALES[char], 0
        else:
            total, group, digit = (total + group + digit) * _CHINESE_MYRIADS[char], 0, 0
    return Fraction(total + group + digit)
