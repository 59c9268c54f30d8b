"""Labels whose number is bounded, so that nobody fills a metrics store by inventing names."""

from __future__ import annotations

OTHER = "other"
MOST = 100
"""Different values of one label, of each process: what a dashboard can show; the rest are counted together."""


class BoundedLabel:
    """The first `most` values keep their names, all others are "other".

    >>> label = BoundedLabel(most=2)
    >>> [label(name) for name in ("a", "b", "c", "a")]
    ['a', 'b', 'other', 'a']
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, value: str) -> str:
        """The label for this value."""
        if value in self._known:
            return value
        if len(self._known) >= self._most:
            return OTHER
        self._known.add(value)
        return value
