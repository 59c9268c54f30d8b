"""What a service says of a failed call beyond its code: the google.rpc details of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, QuotaFailure, RetryInfo
from google.rpc.status_pb2 import Status

DETAILS_KEY = "grpc-status-details-bin"
PUSHBACK_KEY = "grpc-retry-pushback-ms"


@dataclass(frozen=True, slots=True)
class StatusDetails:
    """The details of a failed call.

    reason: of ErrorReason, without its prefix, "" where there is none; metadata: what it was about; field_violations:
    (path, what is wrong); quota_violations: (subject, which quota, in words); retry_after_s: seconds to wait, None
    where waiting is no use; forbids_retry: the service asks not to be asked again by itself (gRFC A6).
    """

    reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    field_violations: tuple[tuple[str, str], ...] = ()
    quota_violations: tuple[tuple[str, str], ...] = ()
    retry_after_s: float | None = None
    forbids_retry: bool = False


def details_of_call(trailing_metadata: Iterable[tuple[str, str | bytes]] | None) -> StatusDetails:
    """The details in the metadata of a call; empty where there are none, or where they cannot be read."""
    trailing = dict(trailing_metadata or ())
    try:
        status = Status.FromString(trailing.get(DETAILS_KEY, b""))
    except (DecodeError, TypeError):
        # A proxy may have put its own there; the status code still tells.
        status = Status()
    pushback = trailing.get(PUSHBACK_KEY)
    wait_s = _pushback_s(pushback)
    return details_of(status, wait_s, forbids_retry=pushback is not None and wait_s is None)


def details_of(status: Status, pushback_s: float | None = None, *, forbids_retry: bool = False) -> StatusDetails:
    """The details of a status; details that this version does not know, or cannot read, are left out.

    pushback_s: seconds to wait where no RetryInfo says so; forbids_retry: what came instead of seconds was none.
    """
    info, bad, quota, retry = ErrorInfo(), BadRequest(), QuotaFailure(), RetryInfo()
    for packed in status.details:
        for known in (info, bad, quota, retry):
            try:
                packed.Unpack(known)
            except DecodeError:
                continue
    delay = retry.retry_delay
    return StatusDetails(
        reason=info.reason,
        metadata=dict(info.metadata),
        field_violations=tuple((v.field, v.description) for v in bad.field_violations),
        quota_violations=tuple((v.subject, v.description) for v in quota.violations),
        retry_after_s=delay.seconds + delay.nanos / 1e9 if retry.HasField("retry_delay") else pushback_s,
        forbids_retry=forbids_retry,
    )


def _pushback_s(pushback_ms: str | bytes | None) -> float | None:
    text = pushback_ms.decode("ascii", "replace") if isinstance(pushback_ms, bytes) else pushback_ms or ""
    return int(text) / 1e3 if text.isascii() and text.isdigit() else None
