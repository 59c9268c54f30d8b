"""Reasoning told apart from the answer: `<think>` blocks, closed, left open, or without their beginning."""

from __future__ import annotations

import re

_NAMES = "think|thinking|thought|reasoning|reflection|scratchpad"
_CLOSE = re.compile(rf"</(?:{_NAMES})>", re.IGNORECASE)
_OPEN = re.compile(rf"<(?:{_NAMES})>", re.IGNORECASE)


def without_thinking(text: str) -> str:
    """The text after its last block of reasoning and without blocks before; "" where one never closes.

    >>> without_thinking("<think>the answer is 12</think>10"), without_thinking("it is 12</think>10")
    ('10', '10')
    >>> without_thinking("10 <think>or 12?"), without_thinking("a < b")
    ('10 ', 'a < b')
    """
    if "<" not in text:
        return text
    last = None
    for last in _CLOSE.finditer(text):  # noqa: B007 - the last one is wanted
        pass
    if last is not None:
        after = text[last.end() :]
        first = _OPEN.search(text)
        before = text[: first.start()] if first and first.start() < last.start() else ""
        text = after if after.strip() or not before.strip() else before
    opened = _OPEN.search(text)
    return text[: opened.start()] if opened else text
