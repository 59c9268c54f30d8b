"""Texts from outside, made well-formed: what leaves here can be logged, sent, and given again."""

from __future__ import annotations

from typing import Final

REPLACEMENT: Final = "\ufffd"
"""What Unicode has for a character that cannot be shown."""


def well_formed(text: str) -> str:
    r"""The text with pairs of surrogates joined, and lone ones, which UTF-8 cannot carry, as U+FFFD.

    >>> well_formed("a\ud83d\ude00 b\ud83d") == "a\U0001f600 b\ufffd"
    True
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class TextJoiner:
    r"""Makes a text that comes in pieces well-formed, one that is cut between two surrogates too.

    >>> joiner = TextJoiner()
    >>> joiner.add("a\ud83d"), joiner.add("\ude00b\ud83d") == "\U0001f600b", joiner.end() == REPLACEMENT
    ('a', True, True)
    """

    def __init__(self) -> None:
        self._held = ""

    def add(self, piece: str) -> str:
        """The piece, but for a first half of a pair at its end, which waits for the other half."""
        text, self._held = self._held + piece, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._held = text[:-1], text[-1]
        return well_formed(text)

    def end(self) -> str:
        """What still waits: nothing, or a character that was never finished."""
        held, self._held = self._held, ""
        return REPLACEMENT if held else ""
