"""Times as people write and read them; what names no zone is UTC, as everything that is printed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from pointsman_service.cli.failures import Misuse

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAYS_AGO = {"today": 0, "yesterday": 1}
_LENGTH = re.compile(r"(?:\d+(?:\.\d+)?[smhdw])+")
DAY = timedelta(days=1)


def as_text(at: Timestamp) -> str:
    """A protobuf time, in UTC to the second."""
    return datetime.fromtimestamp(at.seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def moment(text: str, now: datetime, *, end: bool = False) -> datetime:
    """What `--since` and `--until` mean: a time, a day, or an age. Raises Misuse.

    end: a whole day means its end, so that `--since yesterday --until yesterday` is all of it.

    >>> now = datetime(2026, 1, 2, 12, tzinfo=UTC)
    >>> moment("90m", now).isoformat(), moment("yesterday", now).isoformat()
    ('2026-01-02T10:30:00+00:00', '2026-01-01T00:00:00+00:00')
    >>> moment("2 h ago", now).isoformat()
    '2026-01-02T10:00:00+00:00'
    >>> moment("2026-01-01", now, end=True).isoformat()
    '2026-01-02T00:00:00+00:00'
    """
    said = text.strip().lower()
    if said == "now":
        return now
    age = "".join(said.removesuffix("ago").split())
    if _LENGTH.fullmatch(age):
        return _before(now, seconds(age), text)
    if clock := re.fullmatch(r"(\d{1,2}):(\d{2})", said):
        return _at(now, clock[1], clock[2], text)
    day = _day(said, now)
    if day is not None:
        return day + DAY if end else day
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise _no_time(text) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def is_length(text: str) -> bool:
    """Whether `seconds` takes it.

    >>> is_length("90d"), is_length("2027-01-31")
    (True, False)
    """
    return _LENGTH.fullmatch(text.strip().lower()) is not None


def seconds(text: str) -> float:
    """A length of time in seconds: 90s, 15m, 6h, 7d, 2w, 1h30m. Raises Misuse.

    >>> seconds("15m"), seconds("1h30m")
    (900.0, 5400.0)
    """
    if not _LENGTH.fullmatch(text.strip().lower()):
        raise Misuse(f"{text!r} is no length of time: write 90s, 15m, 6h or 7d")
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhdw])", text.lower())
    try:
        return sum(timedelta(**{_UNITS[unit]: float(count)}).total_seconds() for count, unit in parts)
    except OverflowError as error:
        raise Misuse(f"{text!r} is longer than time itself: write 90s, 15m, 6h or 7d") from error


def _day(said: str, now: datetime) -> datetime | None:
    """The beginning of a day; None where none is said."""
    if said in _DAYS_AGO:
        return datetime.combine(now.astimezone(UTC), time(), UTC) - _DAYS_AGO[said] * DAY
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{8}", said):
        return None
    try:
        return datetime.combine(datetime.fromisoformat(said), time(), UTC)
    except ValueError as error:
        raise _no_time(said) from error


def _at(now: datetime, hour: str, minute: str, text: str) -> datetime:
    try:
        return datetime.combine(now.astimezone(UTC), time(int(hour), int(minute)), UTC)
    except ValueError as error:
        raise _no_time(text) from error


def _before(now: datetime, seconds_ago: float, text: str) -> datetime:
    try:
        return now - timedelta(seconds=seconds_ago)
    except OverflowError as error:
        raise _no_time(text) from error


def _no_time(text: str) -> Misuse:
    return Misuse(
        f"{text!r} is no time: write 2026-01-31T12:00Z, 2026-01-31, 12:00, yesterday, or an age like 90s, 15m, 6h, 7d"
    )
