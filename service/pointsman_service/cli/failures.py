"""A failure as one line that says what to do, and an exit code."""

from __future__ import annotations

FAILED = 1
MISUSED = 2


class Misuse(Exception):  # noqa: N818 - named for the fact
    """The command was called in a way that cannot be meant; the message says how to call it."""


def told(error: Exception) -> tuple[str, int]:
    """The line and the exit code of an error that a user can meet; others are raised again, with their traceback.

    >>> told(Misuse("give one of --up and --down"))
    ('give one of --up and --down', 2)
    """
    from pointsman_service.errors import ConfigurationError, PointsmanError

    if isinstance(error, Misuse | ConfigurationError):
        return _line(error), MISUSED
    if isinstance(error, PointsmanError):
        return _line(error), FAILED
    if isinstance(error, OSError):
        return _line(error), FAILED
    from pointsman_service.cli.connection import said_by_service

    said = said_by_service(error)
    if said is None:
        raise error
    return said, FAILED


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
