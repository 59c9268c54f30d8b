"""What a model thought aloud before it replied, told apart from the reply.

Models that think mark it in their own ways: tags (`domain.thinking_marks`), or channels (gpt-oss). Some templates
open the tag in the prompt, so that only its end is in the text. What merely speaks of a tag is left alone.
"""

from __future__ import annotations

import re

from pointsman_service.domain.thinking_marks import IN_REPLIES

_FINAL = re.compile(r"<\|channel\|>\s?final\s?<\|message\|>", re.IGNORECASE)
_END = re.compile(r"<\|(?:end|return|im_end)\|>\s*$", re.IGNORECASE)


def without_thinking(text: str) -> str:
    """The reply alone; "" where the thinking does not end.

    >>> without_thinking("<think>winner: first</think> second"), without_thinking("what it thought</think> 7")
    ('second', '7')
    >>> without_thinking("<think>and so on"), without_thinking("A <think> tag opens it.")
    ('', 'A <think> tag opens it.')
    """
    final = None
    for final in _FINAL.finditer(text):  # noqa: B007 - the last one is wanted
        pass
    rest = _END.sub("", text[final.end() :] if final else text).strip()
    # Blocks may follow each other; each turn takes one off, so that the work is linear in their length.
    while (shorter := _without_block(rest)) is not None:
        rest = shorter
    return _after_lone_end(rest)


def _without_block(text: str) -> str | None:
    """Without the block at the start; None where there is none."""
    head = text[:40].lower()
    for opening, closing in IN_REPLIES.items():
        if head.startswith(opening):
            at = text.lower().find(closing)
            return "" if at < 0 else text[at + len(closing) :].strip()
    return None


def _after_lone_end(text: str) -> str:
    """After an end without a beginning; not where the reply has begun before it, as a JSON object that quotes one."""
    if text.startswith(("{", "[", "`")):
        return text
    low = text.lower()
    for opening, closing in IN_REPLIES.items():
        at = low.find(closing)
        if at >= 0 and opening not in low[:at] and not _quoted(text, at, at + len(closing)):
            return text[at + len(closing) :].strip()
    return text


def _quoted(text: str, start: int, end: int) -> bool:
    """Whether these characters are spoken of: between quotes, or in backticks."""
    around = text[start - 1 : start] + text[end : end + 1]
    return bool(around) and any(c in "\"'`\u201c\u201d" for c in around)
