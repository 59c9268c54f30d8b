"""What a failed call to the service means: one line that says what to do, in the command line's words."""

from __future__ import annotations

import math

import grpc
from pointsman import PointsmanError

from pointsman_service.cli.failures import FAILED, MISUSED, one_line
from pointsman_service.cli.field_options import option_of

# What the same command cannot overcome by being said again: see google.rpc.Code on each.
_MISUSES = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
    }
)
_ADVICE = {
    "STALE_ETAG": "look at it again with `show`, then decide",
    "BUDGET_EXHAUSTED": "`pointsman tenants show` tells the ceiling and when its period ends",
    "NO_MODEL_LEFT": "`pointsman models list` shows what there is",
    "UNKNOWN_EPISODE": "say whose it is with --tenant; `pointsman episodes list` shows what there is",
    "UNKNOWN_MODEL": "`pointsman models list` shows what there is",
    "UNKNOWN_TENANT": "`pointsman tenants list` shows what there is",
    "UNKNOWN_NODE": "`pointsman taxonomy list` shows what there is",
    "UNKNOWN_SNAPSHOT": "`pointsman snapshots list` shows what there is",
    "UNKNOWN_JOB": "`pointsman jobs list` shows what there is",
    "UNAUTHENTICATED": "this command takes the key from `POINTSMAN_API_KEY`",
    "UNKNOWN_API_KEY": "`pointsman keys list` shows what there is",
    "UNKNOWN_KEY": "`pointsman config show --changed` shows what can be reset",
}


def said_by_service(error: Exception) -> tuple[str, int] | None:
    """The line and the exit code; None for an error that is none of the service's."""
    if not isinstance(error, PointsmanError):
        return None
    if error.code is grpc.StatusCode.DEADLINE_EXCEEDED and not error.reason:
        return "the service did not answer in time: try again, and where a command has --timeout, give it more", FAILED
    if error.code is grpc.StatusCode.UNIMPLEMENTED:
        return "the service that answers does not know this command: it is of another version", FAILED
    return _line(error), MISUSED if error.code in _MISUSES else FAILED


def _line(error: PointsmanError) -> str:
    wrong = "; ".join(f"{option_of(path)} {why}" for path, why in error.field_violations)
    line = one_line(wrong or error.message)
    advice = _ADVICE.get(error.reason)
    if error.retry_after_s:
        line += f"; may be tried again in {_pause(error.retry_after_s)}"
    return f"{line.rstrip('.')}; {advice}" if advice and advice.split("`")[1] not in line else line


def _pause(seconds: float) -> str:
    """Never shorter than it is: who tries again then is not refused for coming too early.

    >>> _pause(0.5), _pause(0.0004), _pause(2.1), _pause(86_399.2)
    ('0.5 s', '0.1 s', '3 s', '86,400 s')
    """
    return f"{math.ceil(seconds * 10) / 10:g} s" if seconds <= 1.0 else f"{math.ceil(seconds):,} s"
