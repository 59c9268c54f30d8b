"""Times as people write and read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pointsman_service.cli.failures import Misuse

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def as_text(at: Timestamp) -> str:
    """A protobuf time, in UTC to the second."""
    return datetime.fromtimestamp(at.seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def moment(text: str, now: datetime) -> datetime:
    """What `--since` and the like mean: a time, in UTC where it names no zone, or an age. Raises Misuse.

    >>> moment("90m", datetime(2026, 1, 1, 12, tzinfo=UTC)).isoformat()
    '2026-01-01T10:30:00+00:00'
    """
    if age := re.fullmatch(r"(\d+)([smhd])", text):
        return now - timedelta(**{_UNITS[age[2]]: int(age[1])})
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Misuse(f"{text!r} is no time: write 2026-01-31T12:00:00Z, or an age like 90s, 15m, 6h, 7d") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def seconds(text: str) -> float:
    """A length of time in seconds: 90s, 15m, 6h, 7d. Raises Misuse.

    >>> seconds("15m")
    900.0
    """
    if length := re.fullmatch(r"(\d+)([smhd])", text):
        return timedelta(**{_UNITS[length[2]]: int(length[1])}).total_seconds()
    raise Misuse(f"{text!r} is no length of time: write 90s, 15m, 6h or 7d")
