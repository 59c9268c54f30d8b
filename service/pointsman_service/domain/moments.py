"""Moments in words."""

from __future__ import annotations

from datetime import UTC, datetime


def written(at: float) -> str:
    """Seconds since the epoch, in UTC to the second; a number that is no time stays a number.

    >>> written(1_700_000_000.25), written(1e20)
    ('2023-11-14 22:13:20Z', '1e+20')
    """
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{at:g}"
