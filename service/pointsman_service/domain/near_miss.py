"""What a wrong name was probably meant to be."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches


def nearest(wrong: str, known: Sequence[str]) -> str:
    """`; did you mean "port"?`, or `; known: ...` where nothing is near; nothing where nothing is known.

    >>> nearest("prot", ["host", "port"])
    '; did you mean "port"?'
    >>> nearest("zebra", ["host", "port"])
    '; known: host, port'
    >>> nearest("team-b", [])
    ''
    """
    if not known:
        return ""
    close = close_to(wrong, known)
    return f'; did you mean "{close}"?' if close else f"; known: {', '.join(known)}"


def close_to(wrong: str, known: Sequence[str], similarity: float = 0.6) -> str | None:
    """The known name that is nearest, None where none is as similar as that: difflib's ratio, in [0, 1]."""
    return next(iter(get_close_matches(wrong, known, n=1, cutoff=similarity)), None)
