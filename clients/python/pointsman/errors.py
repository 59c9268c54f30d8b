# ruff: noqa: N818 - named for the fact
"""What can go wrong, as exceptions: one class for each family of `v1.ErrorReason`, and two of the client's own."""

from __future__ import annotations

from collections.abc import Mapping

import grpc
from google.rpc.status_pb2 import Status

from pointsman.status_details import StatusDetails, details_of, details_of_call


class PointsmanError(Exception):
    """Base of them all. Pickles and copies with everything it carries.

    code: gRPC's status code; reason: of `v1.ErrorReason` without its prefix, "" where no service answered; metadata:
    what it was about, for instance episode_id; field_violations: (path, what is wrong), all of them at once;
    quota_violations: (subject, which quota); retry_after_s: seconds to wait before trying again, None where that is no
    use; forbids_retry: the service asks for no try by itself, as where each would call all providers again.
    """

    def __init__(self, code: grpc.StatusCode, message: str, details: StatusDetails | None = None) -> None:
        # All arguments go to the base: pickle and copy make the exception anew from them.
        super().__init__(code, message, details)
        details = details or StatusDetails()
        self.code = code
        self.message = message
        self.reason = details.reason
        self.metadata = details.metadata
        self.field_violations = details.field_violations
        self.quota_violations = details.quota_violations
        self.retry_after_s = details.retry_after_s
        self.forbids_retry = details.forbids_retry

    def __str__(self) -> str:
        return f"{self.reason or self.code.name}: {self.message}"


class InvalidRequest(PointsmanError):
    """Arguments or fields are wrong, as field_violations says. reason is "" where the client itself found it out."""


class NotFound(PointsmanError):
    """No such episode, model, tenant, taxonomy node, snapshot, job, API key or configuration key; see metadata."""


class Unauthenticated(PointsmanError):
    """No key or token was sent, or none that is valid: pass api_key=, or set POINTSMAN_API_KEY."""


class PermissionDenied(PointsmanError):
    """The key may not do this; metadata has the role that it needs, or the tenant that it may not act for."""


class Conflict(PointsmanError):
    """There is one already: the request_id was used with other content, or something of this name exists."""


class Aborted(PointsmanError):
    """Somebody else changed it first, so the etag is stale: read it again, then decide."""


class FailedPrecondition(PointsmanError):
    """The request is fine, the state is not: no model fits, the tenant is disabled, something else needs it."""


class BudgetExhausted(PointsmanError):
    """The tenant's ceiling for this period is reached; retry_after_s says when the next begins."""


class OverLimit(PointsmanError):
    """A limit of the key, its tenant or the service is reached, and nothing was done; quota_violations says whose.

    Not tried again by itself, which would keep the limit reached: come back after retry_after_s.
    """


class Unavailable(PointsmanError):
    """No service answers, or it cannot answer now. It was retried already, as the RetryPolicy says."""


class DeadlineExceeded(PointsmanError):
    """The deadline passed before an answer came."""


class ServiceDefect(PointsmanError):
    """A defect of the service, or damaged data; metadata has the incident_id that its log knows."""


class ClosedClient(PointsmanError):
    """The client, or the channel that it was given, is closed."""

    def __init__(
        self,
        code: grpc.StatusCode = grpc.StatusCode.FAILED_PRECONDITION,
        message: str = "the client is closed: make another, or call it before its `with` block or close() ends it",
        details: StatusDetails | None = None,
    ) -> None:
        super().__init__(code, message, details)


BY_REASON: Mapping[str, type[PointsmanError]] = {
    "INVALID_REQUEST": InvalidRequest,
    "UNKNOWN_EPISODE": NotFound,
    "UNKNOWN_MODEL": NotFound,
    "UNKNOWN_NODE": NotFound,
    "UNKNOWN_SNAPSHOT": NotFound,
    "UNKNOWN_JOB": NotFound,
    "UNKNOWN_TENANT": NotFound,
    "UNKNOWN_KEY": NotFound,
    "UNKNOWN_API_KEY": NotFound,
    "UNAUTHENTICATED": Unauthenticated,
    "PERMISSION_DENIED": PermissionDenied,
    "DUPLICATE_REQUEST": Conflict,
    "REQUEST_CONFLICT": Conflict,
    "ALREADY_EXISTS": Conflict,
    "STALE_ETAG": Aborted,
    "EPISODE_EXPIRED": FailedPrecondition,
    "NO_MODEL_LEFT": FailedPrecondition,
    "MODELS_UNUSABLE": FailedPrecondition,
    "REFUSED": FailedPrecondition,
    "TENANT_DISABLED": FailedPrecondition,
    "IN_USE": FailedPrecondition,
    "NEWER_SCHEMA": FailedPrecondition,
    "CONFIGURATION": FailedPrecondition,
    "SERVED_ELSEWHERE": FailedPrecondition,
    "UNUSABLE_SNAPSHOT": FailedPrecondition,
    "BUDGET_EXHAUSTED": BudgetExhausted,
    "OVER_LIMIT": OverLimit,
    "EVERY_MODEL_FAILED": Unavailable,
    "RATE_LIMITED": Unavailable,
    "LOG_UNAVAILABLE": Unavailable,
    "EVALUATION_ENDED": Unavailable,
    "DEADLINE_TOO_SHORT": DeadlineExceeded,
    "CORRUPT_SNAPSHOT": ServiceDefect,
    "INTERNAL": ServiceDefect,
}
_BY_CODE: Mapping[grpc.StatusCode, type[PointsmanError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequest,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: Conflict,
    grpc.StatusCode.ABORTED: Aborted,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPrecondition,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.INTERNAL: ServiceDefect,
    grpc.StatusCode.DATA_LOSS: ServiceDefect,
}
_CODES: Mapping[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}


def error_of_call(failed: grpc.RpcError, address: str) -> PointsmanError:
    """The exception for a failed call, by its reason, or by its code where an older or no service answered.

    address: where the service should be, for the message where nobody answers.
    """
    code, message, details = failed.code(), failed.details() or "", details_of_call(failed.trailing_metadata())
    if code is grpc.StatusCode.UNAVAILABLE and not details.reason:
        message = f"no service answers at {address}: is it running, and is the address right? ({message})"
    return _error(code, message, details)


def error_of_status(status: Status) -> PointsmanError:
    """The exception for a google.rpc.Status: what the same failure would have raised as a call of its own.

    For items of a batch: `error_of_status(result.error)`, where `result.HasField("error")`. Raises InvalidRequest for
    what is no status of a failure.

    >>> str(error_of_status(Status(code=5, message="no such episode")))
    'NOT_FOUND: no such episode'
    """
    if not isinstance(status, Status) or status.code == 0:
        message = "error_of_status takes a google.rpc.Status of something that failed: ask HasField('error') first"
        raise InvalidRequest(grpc.StatusCode.INVALID_ARGUMENT, message)
    return _error(_CODES.get(status.code, grpc.StatusCode.UNKNOWN), status.message, details_of(status))


def _error(code: grpc.StatusCode, message: str, details: StatusDetails) -> PointsmanError:
    return (BY_REASON.get(details.reason) or _BY_CODE.get(code, PointsmanError))(code, message, details)
