"""Errors as google.rpc.Status, for the trailing metadata that every gRPC client can read."""

from __future__ import annotations

import math
from itertools import islice

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, QuotaFailure, RetryInfo
from google.rpc.status_pb2 import Status
from pointsman import v1

from pointsman_service.errors import BudgetExhausted, EveryModelFailed, InvalidRequest, OverLimit, PointsmanError
from pointsman_service.rpc.error_table import ErrorStatus

DOMAIN = "pointsman.dev"
DETAILS_KEY = "grpc-status-details-bin"
PUSHBACK_KEY = "grpc-retry-pushback-ms"
LONGEST_PUSHBACK_MS = 2**31 - 1  # an int32, which every client can read; what one cannot read forbids all retries
NEVER = "-1"  # forbids built-in retries, likewise
# HTTP/2 peers refuse trailers above 8 KiB, and a refused trailer hides the error; so each part is cut.
MAX_MESSAGE = 500
MAX_VIOLATIONS = 12
MAX_FIELD = 80
MAX_WHY = 140
MAX_FACTS = 8


def message_of(error: PointsmanError) -> str:
    """Its text, cut to what a trailer holds."""
    return _cut(str(error), MAX_MESSAGE)


def trailers_of(error: PointsmanError, status: ErrorStatus) -> tuple[tuple[str, str | bytes], ...]:
    """The trailing metadata of a failed call: its details, and when to retry for those who do not read details.

    gRPC's built-in retries know nothing of RetryInfo and wait for what `grpc-retry-pushback-ms` says (gRFC A6). They do
    not wait where every model failed: five attempts would call each provider five times, which is for people to decide.
    """
    details = (DETAILS_KEY, bytes(rich_status(error, status).SerializeToString()))
    if status.retry_s is None:
        return (details,)
    if isinstance(error, EveryModelFailed):
        return details, (PUSHBACK_KEY, NEVER)
    wait_ms = min(math.ceil(max(status.retry_s, 0.0) * 1e3), LONGEST_PUSHBACK_MS)
    return details, (PUSHBACK_KEY, str(wait_ms))


def rich_status(error: PointsmanError, status: ErrorStatus) -> Status:
    """A google.rpc.Status with ErrorInfo and what else helps.

    BadRequest where fields are wrong, QuotaFailure where a budget or a limit is spent, RetryInfo where waiting helps.
    """
    facts = list(error.facts.items())[:MAX_FACTS]
    info = ErrorInfo(
        reason=v1.ErrorReason.Name(status.reason).removeprefix("ERROR_REASON_"),
        domain=DOMAIN,
        metadata={_cut(key, MAX_FIELD): _cut(value, MAX_WHY) for key, value in facts},
    )
    rich = Status(code=status.code.value[0], message=message_of(error), details=[_packed(info)])
    if isinstance(error, InvalidRequest):
        rich.details.append(_packed(_bad_request(error)))
    if isinstance(error, BudgetExhausted | OverLimit):
        rich.details.append(_packed(_quota_failure(error)))
    if status.retry_s is not None:
        rich.details.append(_packed(RetryInfo(retry_delay=_duration(status.retry_s))))
    return rich


def _bad_request(error: InvalidRequest) -> BadRequest:
    violations = error.violations
    shown = [
        BadRequest.FieldViolation(field=_cut(field, MAX_FIELD), description=_cut(why, MAX_WHY), reason=fault)
        for (field, why), fault in islice(zip(violations, error.faults, strict=True), MAX_VIOLATIONS)
    ]
    if len(violations) > MAX_VIOLATIONS:
        more = f"{len(violations) - MAX_VIOLATIONS} more violations are not listed"
        shown.append(BadRequest.FieldViolation(field="...", description=more))
    return BadRequest(field_violations=shown)


def _quota_failure(error: BudgetExhausted | OverLimit) -> QuotaFailure:
    subject = error.facts.get("subject") or f"tenant:{error.facts.get('tenant', '')}"
    violation = QuotaFailure.Violation(subject=_cut(subject, MAX_WHY), description=message_of(error))
    return QuotaFailure(violations=[violation])


def _cut(text: str, limit: int) -> str:
    # Beyond ASCII a character takes up to four bytes on the wire.
    limit = limit if text.isascii() else limit // 4
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _duration(seconds: float) -> Duration:
    whole, part = divmod(max(seconds, 0.0), 1.0)
    return Duration(seconds=int(whole), nanos=int(part * 1e9))


def _packed(message: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed
