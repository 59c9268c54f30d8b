"""Where a text falls into parts: at commas, semicolons and joining words that stand outside of brackets and quotes."""

from __future__ import annotations

import re

_OPEN, _CLOSE = "([{", ")]}"
_LINK = re.compile(r"\s+(?:and|or|und|oder|et|ou|и|или|или же|as well as)\s+|\s*(?:&|和|或|とか|、)\s*", re.IGNORECASE)
_LONGEST = 2_000
MOST_PARTS = 200


def parts_of(text: str, marks: str = ",;") -> tuple[list[str], bool]:
    """(parts, either): what stands between marks and joining words; either is set where an "or" joins.

    >>> parts_of("2, 3 and (4, 5)"), parts_of("x = 5 or x = -5"), parts_of("Paris")
    ((['2', '3', '(4, 5)'], False), (['x = 5', 'x = -5'], True), (['Paris'], False))
    """
    if len(text) > _LONGEST:
        return [text], False
    parts: list[str] = []
    either = False
    depth, start, at, quote = 0, 0, 0, ""
    while at < len(text):
        char = text[at]
        if quote:
            quote = "" if char == quote else quote
        elif char == '"':
            quote = char if text.find(char, at + 1) > 0 else ""
        elif char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth = max(0, depth - 1)
        elif depth == 0 and char in marks:
            parts.append(text[start:at])
            start = at + 1
        elif depth == 0 and (char.isspace() or char in "&和或") and (link := _LINK.match(text, at)):
            parts.append(text[start:at])
            either = either or link[0].strip().lower() in ("or", "oder", "ou", "или", "或")
            start = at = link.end()
            continue
        at += 1
    parts.append(text[start:])
    kept = [part.strip() for part in parts if part.strip()]
    kept = [re.sub(r"^(?:and|or|und|oder|et|и|или)\s+", "", part, flags=re.IGNORECASE) for part in kept]
    return (kept if 0 < len(kept) <= MOST_PARTS else [text]), either


def bracketed(text: str) -> tuple[str, str, str] | None:
    """(opening, inner, closing) where one pair of brackets holds the whole text; `(1, 2]` is one.

    >>> bracketed("(1, 2]"), bracketed("(1)(2)"), bracketed("{x}")
    (('(', '1, 2', ']'), None, ('{', 'x', '}'))
    """
    if len(text) < 2 or len(text) > _LONGEST or text[0] not in _OPEN or text[-1] not in _CLOSE:
        return None
    depth = 0
    for i, char in enumerate(text):
        depth += (char in _OPEN) - (char in _CLOSE)
        if depth == 0 and i + 1 < len(text):
            return None
    return (text[0], text[1:-1].strip(), text[-1]) if depth == 0 else None
