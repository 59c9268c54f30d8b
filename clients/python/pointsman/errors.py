# ruff: noqa: N818 - named for the fact
"""What can go wrong, as exceptions: one class for each family of `v1.ErrorReason`."""

from __future__ import annotations

from collections.abc import Mapping

import grpc

from pointsman.status_details import StatusDetails, status_details


class PointsmanError(Exception):
    """Base of them all.

    code: gRPC's status code; reason: of `v1.ErrorReason` without its prefix, "" where no service answered; metadata:
    what it was about, for instance episode_id; field_violations: (path, what is wrong), all of them at once;
    retry_after_s: seconds to wait before trying again, None where that is no use.
    """

    def __init__(self, code: grpc.StatusCode, message: str, details: StatusDetails | None = None) -> None:
        super().__init__(message)
        details = details or StatusDetails()
        self.code = code
        self.message = message
        self.reason = details.reason
        self.metadata: Mapping[str, str] = details.metadata
        self.field_violations = details.field_violations
        self.retry_after_s = details.retry_after_s

    def __str__(self) -> str:
        return f"{self.reason or self.code.name}: {self.message}"


class InvalidRequest(PointsmanError):
    """Fields of the request are wrong; field_violations lists them."""


class NotFound(PointsmanError):
    """No such episode, model, taxonomy node, snapshot or job; metadata says which."""


class Conflict(PointsmanError):
    """The request_id or feedback_id was used before, with other content."""


class FailedPrecondition(PointsmanError):
    """The request is fine, the state is not: no model fits the constraints, the episode has expired."""


class BudgetExhausted(PointsmanError):
    """The tenant's ceiling for this period is reached; retry_after_s says when the next begins."""


class Unavailable(PointsmanError):
    """No service answers, or it cannot answer now. It was retried already, as the RetryPolicy says."""


class DeadlineExceeded(PointsmanError):
    """The deadline passed before an answer came."""


class ServiceDefect(PointsmanError):
    """A defect of the service, or damaged data; metadata has the incident_id that its log knows."""


BY_REASON: Mapping[str, type[PointsmanError]] = {
    "INVALID_REQUEST": InvalidRequest,
    "UNKNOWN_EPISODE": NotFound,
    "UNKNOWN_MODEL": NotFound,
    "UNKNOWN_NODE": NotFound,
    "UNKNOWN_SNAPSHOT": NotFound,
    "UNKNOWN_JOB": NotFound,
    "DUPLICATE_REQUEST": Conflict,
    "REQUEST_CONFLICT": Conflict,
    "EPISODE_EXPIRED": FailedPrecondition,
    "NO_MODEL_LEFT": FailedPrecondition,
    "NEWER_SCHEMA": FailedPrecondition,
    "CONFIGURATION": FailedPrecondition,
    "BUDGET_EXHAUSTED": BudgetExhausted,
    "EVERY_MODEL_FAILED": Unavailable,
    "LOG_UNAVAILABLE": Unavailable,
    "MODEL_CALL": Unavailable,
    "DEADLINE_TOO_SHORT": DeadlineExceeded,
    "CORRUPT_SNAPSHOT": ServiceDefect,
    "INTERNAL": ServiceDefect,
}
_BY_CODE: Mapping[grpc.StatusCode, type[PointsmanError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequest,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: Conflict,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPrecondition,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.INTERNAL: ServiceDefect,
    grpc.StatusCode.DATA_LOSS: ServiceDefect,
}


def error_of(failed: grpc.RpcError) -> PointsmanError:
    """The exception for a failed call, by its reason, or by its code where an older or no service answered."""
    code = failed.code()
    details = status_details(failed.trailing_metadata())
    kind = BY_REASON.get(details.reason) or _BY_CODE.get(code, PointsmanError)
    return kind(code, failed.details() or "", details)
