"""What of a text an embedder reads: bounded work, however long the prompt."""

from __future__ import annotations

SAMPLES = 5


def bounded_text(text: str, limit: int) -> str:
    """At most `limit` characters: the head (half), the tail (a quarter) and evenly spaced samples (the rest).

    Instructions stand at the head or the tail of long prompts; the samples say what the material between is about.

    >>> bounded_text("short", 100)
    'short'
    >>> len(bounded_text("x" * 10_000, 1000)) <= 1000
    True
    """
    if len(text) <= limit:
        return text
    head, tail = limit // 2, limit // 4
    width = (limit - head - tail) // SAMPLES - 1
    parts = [text[:head]]
    if width > 0:
        gap = (len(text) - head - tail) / (SAMPLES + 1)
        starts = (head + round(gap * (i + 1)) - width // 2 for i in range(SAMPLES))
        parts += [text[start : start + width] for start in starts]
    return " ".join(parts) + " " + text[len(text) - tail + 1 :]


def encodable(text: str) -> str:
    """The text with lone surrogates, which UTF-8 cannot carry, as question marks.

    >>> encodable("a" + chr(0xD800) + "b")
    'a?b'
    """
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
