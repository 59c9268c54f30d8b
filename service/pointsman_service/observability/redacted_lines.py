"""Keys are taken out of every line of the log: ours, and those of the libraries that call providers.

Whatever is logged, a traceback with a provider's words in it, say, goes through the Redactor that the callers of models
teach the keys they use.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, MutableMapping
from typing import Any

from pointsman_service.domain.redaction import Redactor
from pointsman_service.domain.withheld import WITHHELD
from pointsman_service.observability.quoting import QUOTING, frames_of, words_kept


class _InUse:
    """The process's Redactor: lines have no other way to learn of one than a place that all of them know."""

    redactor = Redactor()


def redact_lines(redactor: Redactor) -> None:
    """From now on, take this Redactor's keys out of every line that this process logs."""
    _InUse.redactor = redactor
    make = logging.getLogRecordFactory()
    if not isinstance(make, _RedactedRecords):
        logging.setLogRecordFactory(_RedactedRecords(make))


def without_keys(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The processor for structlog: the event with keys taken out of its texts."""
    for name, value in event.items():
        event[name] = _InUse.redactor.value(value)
    return event


class _RedactedRecords:
    """Makes the records of Python's own logging, which libraries use: message and traceback as texts without keys."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:  # noqa: ANN401 - logging's own signature
        record = self._make(*args, **kwargs)
        redactor = _InUse.redactor
        if not words_kept() and record.name.startswith(QUOTING):
            record.msg, record.args = WITHHELD, ()
        try:
            record.msg, record.args = redactor.text(record.getMessage()), ()
        except (TypeError, ValueError):
            # Its arguments do not fit its message: logging reports that itself, when it writes the record.
            record.args = redactor.value(record.args)
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            told = "".join(traceback.format_exception(error)).rstrip() if words_kept() else frames_of(error)
            record.exc_text = redactor.text(told)
        return record
