"""Whether two questions ask the same: near in their embedding, and alike in what an embedding does not see.

A static embedding puts "the capital of France" near "the capital of Spain", and 12 * 13 beside 12 * 14. So numbers
and signs must be the same, and of the words that carry meaning one question's must all be among the other's.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

SIMILARITY = 0.9
"""Least cosine; measured nowhere, and only a sieve: the words decide."""
_SYMBOL = re.compile(r"\d+(?:[.,:/]\d+)*|[-+*/^=<>%$\u20ac\u00a3\u00d7\u00f7\u221a]")
_WORD = re.compile(r"[^\W\d_]+")
_NEGATIONS = frozenset({"no", "not", "non", "never", "without", "except", "nicht", "kein", "ne", "pas", "sin"})
_ASKING = frozenset(
    {"what", "which", "who", "whom", "whose", "where", "when", "how", "why", "does", "have", "that", "this", "there"}
    | {"with", "from", "about", "please", "tell", "give", "name", "could", "would", "should", "will", "shall", "many"}
    | {"much", "into", "your", "their", "were", "been", "being"}
)


def symbols_of(text: str) -> tuple[str, ...]:
    """The numbers and signs of a text, in their order.

    >>> symbols_of("12 * 13 at 3:30")
    ('12', '*', '13', '3:30')
    """
    return tuple(_SYMBOL.findall(text))


def meaning_of(text: str) -> frozenset[str]:
    """The words that carry meaning: longer than three letters, no question words; negations always.

    >>> sorted(meaning_of("What is not the capital of France?"))
    ['capital', 'france', 'not']
    """
    words = _WORD.findall(text.lower())
    return frozenset(w for w in words if w in _NEGATIONS or not w.isascii() or (len(w) > 3 and w not in _ASKING))


def asks_the_same(one: str, other: str) -> bool:
    """Whether numbers and signs are the same, and the words of one that carry meaning all among the other's.

    >>> asks_the_same("What is the capital of France?", "Which is the capital city of France?")
    True
    >>> asks_the_same("What is the capital of France?", "What is the capital of Spain?")
    False
    """
    if symbols_of(one) != symbols_of(other):
        return False
    first, second = meaning_of(one), meaning_of(other)
    if (first & _NEGATIONS) != (second & _NEGATIONS):
        return False
    return bool(first and second) and (first <= second or second <= first)


def nearest(vector: NDArray[np.float32], vectors: NDArray[np.float32], least: float) -> list[int]:
    """Indexes of rows (n, d) whose cosine with `vector` (d,), all of unit length, is at least so much; best first."""
    if not len(vectors):
        return []
    cosines = vectors @ vector
    return [int(i) for i in np.argsort(-cosines, kind="stable") if cosines[i] >= least]
