r"""Finds a key in a text by what it says, however it is spelled: in other case, escaped, or only a part of it.

Escapes are those of addresses (`%2F`), JSON (`\u002f`, `\/`), programs (`\x2f`) and HTML (`&#47;`, `&#x2F;`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

RUN = 16
"""Characters of a key in a row by which any part of it is known: more than chance, or a name of a provider, has."""

ESCAPED = 2**15
"""Characters of the longest text in which escapes are undone: 40 ms at worst. Providers' errors are cut long before."""

_STEP = 5  # any run of 2 * 5 - 1 characters, and so of RUN, has one of the pieces that begin at each fifth
_TOKEN = re.compile(r"[\x21-\x7e]{8,512}")
"""Keys that are one word. Of longer secrets (JSON of an account, a certificate) parts are words of any answer."""

_ESCAPES = re.compile(
    r"%([0-9A-Fa-f]{2})|(?<!\\)\\+(?:x([0-9A-Fa-f]{2})|u00([0-9A-Fa-f]{2})|(/))"
    r"|&#[xX]0*([0-9A-Fa-f]{2});|&#0*([0-9]{2,3});"
)
"""Signs before an escape are taken from the first on alone: from each of a long row, the work would be quadratic."""


def spans(text: str, keys: Iterable[SpelledKey]) -> list[tuple[int, int]]:
    """Where in the text any of the keys stands, in order; they may overlap.

    >>> key = SpelledKey("sk-live-01/23456789")
    >>> spans("it is SK-LIVE-01%2f23456789.", [key]), spans("no key", [key])
    ([(6, 27)], [])
    """
    keys = tuple(keys)
    found = [
        (said.where(start), said.where(end))
        for plain, said in _spellings(text)
        for key in keys
        for start, end in key.runs(plain)
    ]
    return sorted(set(found))


class SpelledKey:
    """One key, in small letters, and the pieces of it that are looked for."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.lower() if _TOKEN.fullmatch(secret) else ""
        self._least = min(RUN, len(self._secret))
        last = max(0, len(self._secret) - _STEP)
        self._pieces = [(at, self._secret[at : at + _STEP]) for at in range(0, last, _STEP)]

    def runs(self, plain: str) -> Iterator[tuple[int, int]]:
        """Beginning and end of each run of the key in a text of small letters, in order for each of its pieces."""
        for at, piece in self._pieces:
            found = plain.find(piece)
            while found >= 0:
                start, end = self._grown(plain, found, at)
                if end - start >= self._least:
                    yield start, end
                found = plain.find(piece, max(end, found + 1))

    def _grown(self, plain: str, found: int, at: int) -> tuple[int, int]:
        """As far as the key goes on, before and behind its piece at `at`, which stands at `found`."""
        start, end, first, last = found, found + _STEP, at, at + _STEP
        while start > 0 and first > 0 and plain[start - 1] == self._secret[first - 1]:
            start, first = start - 1, first - 1
        while end < len(plain) and last < len(self._secret) and plain[end] == self._secret[last]:
            end, last = end + 1, last + 1
        return start, end


class _Places:
    """Where characters of a text without escapes stood in the text with them."""

    def __init__(self) -> None:
        self.plain, self.told = [0], [0]

    def where(self, at: int) -> int:
        """The place in the text as it was told."""
        i = bisect_right(self.plain, at) - 1
        return self.told[i] + at - self.plain[i]


def _spellings(text: str) -> Iterator[tuple[str, _Places]]:
    """The text as it is, and, where it has escapes, without them; in small letters."""
    yield _small(text), _Places()
    if len(text) > ESCAPED or not any(sign in text for sign in "%\\&"):
        return
    pieces, places, size, done = [], _Places(), 0, 0
    for found in _ESCAPES.finditer(text):
        pieces += [text[done : found.start()], _character(found)]
        size += found.start() - done
        places.plain += [size, size + 1]
        places.told += [found.start(), found.end()]
        size, done = size + 1, found.end()
    if done:
        yield _small("".join((*pieces, text[done:]))), places


def _character(found: re.Match[str]) -> str:
    if found[4]:
        return "/"
    decimal = found[6]
    return chr(int(decimal)) if decimal else chr(int(next(filter(None, found.groups())), 16))


def _small(text: str) -> str:
    """In small letters, each character where it was: some capitals have two small ones."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(c.lower() if c.isascii() else c for c in text)
