"""A failure as one line that says what to do, and an exit code.

What the service finds wrong is no exception: a name that it does not know, a value that it refuses, a model that is in
use end with 2; a service that does not answer, a spent budget, a deadline, a defect with 1.
"""

from __future__ import annotations

from pointsman_service.cli.failures import FAILED, MISUSED, Misuse, one_line


def told(error: Exception) -> tuple[str, int]:
    """The line and the exit code of an error that a user can meet; others are raised again, with their traceback.

    >>> told(Misuse("give one of --up and --down"))
    ('give one of --up and --down', 2)
    """
    from pointsman_service import errors

    misuses = (
        *(Misuse, errors.ConfigurationError, errors.UnknownKey, errors.InUse, errors.InvalidRequest),
        *(errors.UnknownApiKey, errors.UnknownTenant, errors.AlreadyExists, errors.StaleEtag),
    )
    if isinstance(error, misuses):
        return one_line(error), MISUSED
    if isinstance(error, errors.PointsmanError | OSError):
        return one_line(error), FAILED
    from pointsman_service.cli.refusals import said_by_service

    said = said_by_service(error)
    if said is None:
        raise error
    return said
