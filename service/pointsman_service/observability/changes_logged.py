"""One line for each change that an operator makes, or is refused; the values are in the log, for `audit list`."""

from __future__ import annotations

from pointsman_learner.events import OperatorActed

from pointsman_service.errors import PointsmanError
from pointsman_service.observability.structured_log import structlog

MOST_KEYS = 12

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


class ChangesLogged:
    """Hears of changes, and writes the lines."""

    def changed(self, acted: OperatorActed) -> None:
        """An operator's change is in force, or was done."""
        keys = [*acted.put, *(f"{key} (reset)" for key in acted.reset)]
        more = {"more": len(keys) - MOST_KEYS} if len(keys) > MOST_KEYS else {}
        note = {"note": acted.note} if acted.note else {}
        facts = {"by": acted.by, "method": acted.method, "keys": keys[:MOST_KEYS], **note, **more}
        _log.info("an operator changed something", **facts)

    def refused(self, method: str, by: str, error: PointsmanError) -> None:
        """A change was not made."""
        _log.info("a change was refused", by=by, method=method, why=str(error))
