"""A sentence that says yes or no by saying the question's own words again: `91 is not prime`, `It is composite`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pointsman_service.judges.sameness.folded_text import stem

_WORD = re.compile(r"[^\W_]+(?:'[a-z]+)?")
_END = re.compile(r"[.;!]\s|[,(]|\b(?:because|since|as|so)\b")
_TAKES_BACK = re.compile(r"\b(?:but|however|although|unless|if|except|only|or|depends|actually|wait)\b", re.IGNORECASE)
_SMALL_WORDS = (
    "is are was were am be do does did can could should would will has have had the a an it they he she this that"
    " there indeed definitely certainly also in fact"
)
_AUXILIARIES = frozenset(_SMALL_WORDS.split())
_PRONOUNS = frozenset(("it", "they", "he", "she", "this", "that"))
_NOT = frozenset(("not", "isn't", "aren't", "wasn't", "weren't", "doesn't", "don't", "didn't", "can't", "cannot"))
_OPPOSITES = {
    "composit": "prim", "odd": "even", "even": "odd", "irrational": "rational", "false": "tru", "invalid": "valid",
    "impossibl": "possibl", "illegal": "legal", "unsaf": "saf", "incorrect": "correct", "divergent": "convergent",
    "diverg": "converg", "dead": "aliv",
}  # fmt: skip
"""Opposites between which there is nothing else, by their stems."""
_THINGS = frozenset(map(stem, ("number", "integer", "word", "animal", "country", "city", "element", "language")))
_LONGEST = 200


def asked_words(question: str) -> tuple[str, ...]:
    """Stems of the words that the last question of a text asks about, in their order; none where it has a denial.

    >>> asked_words("Look at 91. Is 91 a prime number?")
    ('91', 'prim', 'number')
    """
    last = re.split(r"(?<=[.?!\n])\s+", question[-400:].strip())[-1]
    words = _WORD.findall(last.lower())
    if any(word in _NOT or word.endswith("n't") for word in words):
        return ()
    return tuple(stem(word) for word in words if word not in _AUXILIARIES)


def affirmed(text: str, asked: Sequence[str]) -> str | None:
    """`yes` or `no` where a sentence says what was asked, or denies it; None where it says something else.

    >>> asked = ("91", "prim", "number")
    >>> [affirmed(t, asked) for t in ("91 is not prime", "91 is a prime number.", "It is composite", "93 is prime")]
    ['no', 'yes', 'no', None]
    >>> affirmed("Not prime", asked), affirmed("Composite.", asked), affirmed("Odd", asked)
    ('no', 'no', None)
    """
    if not asked or len(text) > _LONGEST or _TAKES_BACK.search(text):
        return None
    words = _WORD.findall(_END.split(text.strip(), maxsplit=1)[0].lower())
    denials = sum(word in _NOT for word in words)
    said = [stem(word) for word in words if word not in _AUXILIARIES and word not in _NOT]
    turned = [_OPPOSITES[word] if word not in asked and _OPPOSITES.get(word) in asked else word for word in said]
    denials += sum(one != other for one, other in zip(said, turned, strict=True))
    subjectless = bool(words) and words[0] in _PRONOUNS
    whole = list(asked[1:] if subjectless else asked)
    if subjectless and not turned and len(words) < 4 and denials < 2:
        return "no" if denials else "yes"
    predicate = list(asked[1:])
    if turned == predicate or (turned == predicate[:-1] and asked[-1] in _THINGS):
        subjectless, whole = True, turned  # "Not prime", "Composite"
    elif subjectless and turned == list(asked):
        whole = turned
    if denials > 1 or not turned or (turned not in (whole, whole[:-1]) or (len(turned) < 2 and not subjectless)):
        return None
    return "no" if denials else "yes"
