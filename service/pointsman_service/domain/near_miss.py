"""What a wrong name was probably meant to be."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches


def nearest(wrong: str, known: Sequence[str]) -> str:
    """`; did you mean "port"?`, or `; known: ...` where nothing is near.

    >>> nearest("prot", ["host", "port"])
    '; did you mean "port"?'
    >>> nearest("zebra", ["host", "port"])
    '; known: host, port'
    """
    close = get_close_matches(wrong, known, n=1)
    return f'; did you mean "{close[0]}"?' if close else f"; known: {', '.join(known)}"
