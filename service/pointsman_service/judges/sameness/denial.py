"""Words that deny or divide what stands beside them, and small words that say nothing of their own."""

from __future__ import annotations

import re
from collections.abc import Collection

from pointsman_service.judges.sameness.folded_text import stem

WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?|[%\u00b0\u20ac]")
DENIES = frozenset((
    *("not", "no", "never", "nor", "neither", "without", "except", "than", "or", "either", "between", "but", "cannot"),
    *("if", "unless", "maybe", "perhaps", "might", "wrong", "incorrect", "instead", "nicht", "kein", "не", "ни", "или"),
    *("oder", "ne", "pas", "ou", "o", "nein", "нет", "unclear", "unknown", "depends", "least", "most"),
))  # fmt: skip
TURNS = frozenset((
    *("more", "less", "fewer", "under", "over", "above", "below", "up", "down", "north", "south", "east", "west"),
    *("half", "twice", "double", "triple", "lost", "lose", "loses", "loss", "gain", "gained", "profit", "owe", "owes"),
    *("short", "excess", "increase", "increased", "decrease", "decreased", "rise", "rose", "fell", "drop", "dropped"),
    *("early", "late", "before", "after", "ago", "older", "younger", "taller", "shorter", "longer", "cheaper"),
    *("faster", "slower", "ahead", "behind", "extra", "additional", "another", "remaining", "per", "each", "every"),
    *("first", "second", "last", "next", "plus", "off", "excluding", "including", "tax", "tip", "discount"),
    *("bc", "ad", "am", "pm", "minus", "negative", "squared", "cubed", "factor", "power", "mod", "modulo"),
))  # fmt: skip
"""Words that make another number of the one beside them."""
_HARMLESS = frozenset(
    ("each", "every", "remaining", "more", "after", "over", "up", "another", "last", "before", "extra")
)
"""Turns that any sentence of the question allows; the others must stand in the one that asks."""
_SMALL = (
    "the a an of to in on at by for and was is are were it its this that s his her their who which what did does has"
    " have had as be been from with"
)
FUNCTION = frozenset(_SMALL.split())


def denies(part: str) -> bool:
    """Whether a part of a sentence holds such a word.

    >>> denies("it is not Paris"), denies("it isn't"), denies("it is Paris")
    (True, True, False)
    """
    return any(word in DENIES or word.endswith("n't") for word in WORD.findall(part.lower()))


def turns(word: str, words: Collection[str], asking: Collection[str]) -> bool:
    """Whether a word of an answer makes another number of the one beside it.

    words, asking: stems of the question, and of its sentence that asks, which may say the same.

    >>> turns("off", {"off", "price"}, {"price"}), turns("off", {"off"}, {"off"}), turns("each", {"each"}, {"how"})
    (True, False, False)
    """
    if word not in TURNS:
        return False
    return stem(word) not in (words if word in _HARMLESS or not asking else asking)
