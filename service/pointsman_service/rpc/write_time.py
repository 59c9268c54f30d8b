"""Seconds since the epoch as a protobuf Timestamp, and back."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

_NANOS = 1_000_000_000


def timestamp(at: float) -> Timestamp:
    """To the microsecond, which is what a float of this size holds."""
    seconds, nanos = divmod(round(at * 1e6) * 1000, _NANOS)
    return Timestamp(seconds=seconds, nanos=nanos)


def optional_timestamp(at: float | None) -> Timestamp | None:
    """None stays absent."""
    return None if at is None else timestamp(at)


def seconds(stamp: Timestamp) -> float:
    """Seconds since the epoch."""
    return float(stamp.seconds + stamp.nanos / _NANOS)
