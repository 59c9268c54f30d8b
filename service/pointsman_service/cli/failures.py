"""Exit codes, and what every command may find.

1: it failed, and the same again may succeed. 2: the same again fails again: change the command or the configuration.
"""

from __future__ import annotations

FAILED = 1
MISUSED = 2
INTERRUPTED = 130
PIPE_CLOSED = 141


class Misuse(Exception):  # noqa: N818 - named for the fact
    """The command was called in a way that cannot be meant; the message says how to call it."""


def one_line(text: object) -> str:
    r"""Without line breaks.

    >>> one_line("a\n  b")
    'a b'
    """
    return " ".join(str(text).split())
