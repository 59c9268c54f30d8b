"""Code fences of Markdown: does the last one close?"""

from __future__ import annotations

import re

_FENCE = re.compile(r"[ \t>*\d.)-]{0,12}(`{3,200})([^`\n]{0,60})$")


def fence_left_open(text: str) -> bool:
    r"""Whether the text ends within a fenced block. Backticks within a line are no fence.

    >>> fence_left_open("```python\nprint(1)"), fence_left_open("Use printf '```' to print it.")
    (True, False)
    """
    if "```" not in text:
        return False
    marks = [(len(m[1]), m[2].strip().lower()) for line in text.split("\n") if (m := _fence_of(line))]
    # Models nest fences with no regard to the rules: what either reading takes for closed is closed.
    return _open_by_rule(marks) and _open_when_nested(marks)


def _fence_of(line: str) -> re.Match[str] | None:
    return _FENCE.match(line.rstrip()) if "```" in line[:20] else None


def _open_by_rule(marks: list[tuple[int, str]]) -> bool:
    """CommonMark: a fence is closed by one at least as long, with nothing behind it."""
    opened = 0
    for length, info in marks:
        if not opened:
            opened = length
        elif length >= opened and not info:
            opened = 0
    return opened > 0


def _open_when_nested(marks: list[tuple[int, str]]) -> bool:
    """A fence with a language always opens, one without closes the latest."""
    depth = 0
    for _, info in marks:
        depth = depth + 1 if info or not depth else depth - 1
    return depth > 0
