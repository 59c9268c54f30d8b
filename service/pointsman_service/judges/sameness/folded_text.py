"""Text without what does not count when it answers a question: case, quotes, outer punctuation, a leading article."""

from __future__ import annotations

import re
from functools import lru_cache

from pointsman_service.judges.sameness.spelling import ascii_spelling

_QUOTES = {'"': '"', "'": "'", "`": "`"}
_ARTICLE = re.compile(r"(?:the|an?)\s+(?=\S)")
_ENDS = ".!?;:, "
_SUFFIXES = ("ies", "es", "s", "ed", "ing")
_SHORTEST = 3
_INITIALS = re.compile(r"(?<!\w)(?:[^\W\d_]\.\s?){1,20}(?:[^\W\d_](?!\w))?(?=\s|$|[^\W\d_]{2})")
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])|(?<=[^\W\d_]{2})-(?=\d)")
_SPACED_MARK = re.compile(r"\s+([,;:.!?)\]])")


def folded(text: str, *, cased: bool = False) -> str:
    """The text as it is compared.

    >>> folded(' "The  Nile." '), folded("Jane Austen!"), folded("CO", cased=True)
    ('nile', 'jane austen', 'CO')
    """
    text = " ".join(ascii_spelling(text).split())
    text = text if cased else text.casefold()
    text = unquoted(text.strip("*_ ")).rstrip(_ENDS)
    text = _SPACED_MARK.sub(r"\1", unquoted(text))
    text = " ".join(_HYPHEN.sub(" ", _INITIALS.sub(_without_dots, text)).split())
    return text if cased else _ARTICLE.sub("", text, count=1) if _ARTICLE.match(text) else text


def _without_dots(initials: re.Match[str]) -> str:
    """`j. k. ` and `j.k.` as `jk `; `u.s.` as `us`."""
    letters = "".join(c for c in initials[0] if c.isalpha())
    return letters if initials.end() == len(initials.string) else letters + " "


def unquoted(text: str) -> str:
    """Without the quotes around the whole."""
    while len(text) > 2 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A word without its ending, roughly: enough to see that "eggs" are what "an egg" is.

    >>> stem("eggs"), stem("cherries"), stem("earned"), stem("leaves") == stem("leave"), stem("gas")
    ('egg', 'cherry', 'earn', True, 'gas')
    """
    word = word.casefold()
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST and not word.endswith("ss"):
            word = word[: -len(suffix)] + ("y" if suffix == "ies" else "")
            break
    return word[:-1] if word.endswith("e") and len(word) > _SHORTEST else word
