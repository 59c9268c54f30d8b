"""Words that deny or divide what stands beside them, and small words that say nothing of their own."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?|[%\u00b0\u20ac]")
DENIES = frozenset((
    *("not", "no", "never", "nor", "neither", "without", "except", "than", "or", "either", "between", "but", "cannot"),
    *("if", "unless", "maybe", "perhaps", "might", "wrong", "incorrect", "instead", "nicht", "kein", "не", "ни", "или"),
    *("oder", "ne", "pas", "ou", "o", "nein", "нет", "unclear", "unknown", "depends", "least", "most"),
))  # fmt: skip
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
