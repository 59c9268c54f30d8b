"""A failure as one line that says what to do, and an exit code.

1: it failed, and the same again may succeed. 2: the same again fails again: change the command or the configuration.
What the service finds wrong is no exception: a name that it does not know, a value that it refuses, a model that is in
use end with 2; a service that does not answer, a spent budget, a deadline, a defect with 1.
"""

from __future__ import annotations

FAILED = 1
MISUSED = 2
INTERRUPTED = 130
PIPE_CLOSED = 141


class Misuse(Exception):  # noqa: N818 - named for the fact
    """The command was called in a way that cannot be meant; the message says how to call it."""


def told(error: Exception) -> tuple[str, int]:
    """The line and the exit code of an error that a user can meet; others are raised again, with their traceback.

    >>> told(Misuse("give one of --up and --down"))
    ('give one of --up and --down', 2)
    """
    from pointsman_service.errors import ConfigurationError, InUse, PointsmanError, UnknownKey

    if isinstance(error, Misuse | ConfigurationError | UnknownKey | InUse):
        return one_line(error), MISUSED
    if isinstance(error, PointsmanError | OSError):
        return one_line(error), FAILED
    from pointsman_service.cli.refusals import said_by_service

    said = said_by_service(error)
    if said is None:
        raise error
    return said


def one_line(text: object) -> str:
    r"""Without line breaks.

    >>> one_line("a\n  b")
    'a b'
    """
    return " ".join(str(text).split())
