"""The one table from the service's errors to gRPC: status code, reason, and whether to say when to retry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from grpc import StatusCode
from pointsman import v1

from pointsman_service import errors
from pointsman_service.errors import PointsmanError

Reason = v1.ErrorReason


class ErrorStatus(NamedTuple):
    """How an error leaves the service. retry_s: seconds to wait before trying again; None where that is no use."""

    code: StatusCode
    reason: v1.ErrorReason
    retry_s: float | None = None


ERROR_TABLE: Mapping[type[PointsmanError], ErrorStatus] = {
    errors.InvalidRequest: ErrorStatus(StatusCode.INVALID_ARGUMENT, Reason.ERROR_REASON_INVALID_REQUEST),
    errors.UnknownEpisode: ErrorStatus(StatusCode.NOT_FOUND, Reason.ERROR_REASON_UNKNOWN_EPISODE),
    errors.EpisodeExpired: ErrorStatus(StatusCode.FAILED_PRECONDITION, Reason.ERROR_REASON_EPISODE_EXPIRED),
    errors.UnknownModel: ErrorStatus(StatusCode.NOT_FOUND, Reason.ERROR_REASON_UNKNOWN_MODEL),
    errors.UnknownTenant: ErrorStatus(StatusCode.NOT_FOUND, Reason.ERROR_REASON_UNKNOWN_TENANT),
    errors.Unauthenticated: ErrorStatus(StatusCode.UNAUTHENTICATED, Reason.ERROR_REASON_UNAUTHENTICATED),
    errors.PermissionDenied: ErrorStatus(StatusCode.PERMISSION_DENIED, Reason.ERROR_REASON_PERMISSION_DENIED),
    errors.UnknownApiKey: ErrorStatus(StatusCode.NOT_FOUND, Reason.ERROR_REASON_UNKNOWN_API_KEY),
    errors.TenantDisabled: ErrorStatus(StatusCode.FAILED_PRECONDITION, Reason.ERROR_REASON_TENANT_DISABLED),
    errors.UnknownNode: ErrorStatus(StatusCode.NOT_FOUND, Reason.ERROR_REASON_UNKNOWN_NODE),
    errors.UnknownSnapshot: ErrorStatus(StatusCode.NOT_FOUND, Reason.ERROR_REASON_UNKNOWN_SNAPSHOT),
    errors.CorruptSnapshot: ErrorStatus(StatusCode.DATA_LOSS, Reason.ERROR_REASON_CORRUPT_SNAPSHOT),
    errors.UnusableSnapshot: ErrorStatus(StatusCode.FAILED_PRECONDITION, Reason.ERROR_REASON_UNUSABLE_SNAPSHOT),
    errors.UnknownJob: ErrorStatus(StatusCode.NOT_FOUND, Reason.ERROR_REASON_UNKNOWN_JOB),
    errors.UnknownKey: ErrorStatus(StatusCode.NOT_FOUND, Reason.ERROR_REASON_UNKNOWN_KEY),
    errors.AlreadyExists: ErrorStatus(StatusCode.ALREADY_EXISTS, Reason.ERROR_REASON_ALREADY_EXISTS),
    errors.InUse: ErrorStatus(StatusCode.FAILED_PRECONDITION, Reason.ERROR_REASON_IN_USE),
    errors.StaleEtag: ErrorStatus(StatusCode.ABORTED, Reason.ERROR_REASON_STALE_ETAG),
    errors.NoModelLeft: ErrorStatus(StatusCode.FAILED_PRECONDITION, Reason.ERROR_REASON_NO_MODEL_LEFT),
    errors.BudgetExhausted: ErrorStatus(StatusCode.RESOURCE_EXHAUSTED, Reason.ERROR_REASON_BUDGET_EXHAUSTED, 60.0),
    errors.OverLimit: ErrorStatus(StatusCode.RESOURCE_EXHAUSTED, Reason.ERROR_REASON_OVER_LIMIT),
    errors.DuplicateRequest: ErrorStatus(StatusCode.ALREADY_EXISTS, Reason.ERROR_REASON_DUPLICATE_REQUEST),
    errors.RequestConflict: ErrorStatus(StatusCode.ALREADY_EXISTS, Reason.ERROR_REASON_REQUEST_CONFLICT),
    errors.EveryModelFailed: ErrorStatus(StatusCode.UNAVAILABLE, Reason.ERROR_REASON_EVERY_MODEL_FAILED, 1.0),
    errors.ModelsBusy: ErrorStatus(StatusCode.RESOURCE_EXHAUSTED, Reason.ERROR_REASON_RATE_LIMITED, 1.0),
    errors.EveryModelRefused: ErrorStatus(StatusCode.FAILED_PRECONDITION, Reason.ERROR_REASON_REFUSED),
    errors.ModelsUnusable: ErrorStatus(StatusCode.FAILED_PRECONDITION, Reason.ERROR_REASON_MODELS_UNUSABLE),
    errors.DeadlineTooShort: ErrorStatus(StatusCode.DEADLINE_EXCEEDED, Reason.ERROR_REASON_DEADLINE_TOO_SHORT),
    errors.LogUnavailable: ErrorStatus(StatusCode.UNAVAILABLE, Reason.ERROR_REASON_LOG_UNAVAILABLE, 0.5),
    errors.EvaluationEnded: ErrorStatus(StatusCode.UNAVAILABLE, Reason.ERROR_REASON_EVALUATION_ENDED, 1.0),
    errors.NewerSchema: ErrorStatus(StatusCode.FAILED_PRECONDITION, Reason.ERROR_REASON_NEWER_SCHEMA),
    errors.ServedElsewhere: ErrorStatus(StatusCode.UNIMPLEMENTED, Reason.ERROR_REASON_SERVED_ELSEWHERE),
    errors.ConfigurationError: ErrorStatus(StatusCode.FAILED_PRECONDITION, Reason.ERROR_REASON_CONFIGURATION),
    PointsmanError: ErrorStatus(StatusCode.INTERNAL, Reason.ERROR_REASON_INTERNAL),
}


OPERATORS_CURE = frozenset({"removed", "replaced", "corrupt", "full", "io", "read_only", "cannot_open"})
"""Reasons of LogUnavailable that pass when somebody does something, which takes longer than a lock."""

OPERATORS_CURE_S = 5.0
"""As often as the service looks whether such trouble has passed (`adapters.sqlite.condition.CHECK_EVERY_S`)."""


def status_of(error: PointsmanError) -> ErrorStatus:
    """The entry of its class, or of the nearest base. The fact `retry_after_s` wins over the table's.

    A ModelCallError, which the table does not name, is INTERNAL: it should have become a step.
    """
    entry = next(ERROR_TABLE[base] for base in type(error).__mro__ if base in ERROR_TABLE)
    own = error.facts.get("retry_after_s")
    if own is None and isinstance(error, errors.LogUnavailable) and error.facts.get("reason") in OPERATORS_CURE:
        return entry._replace(retry_s=OPERATORS_CURE_S)
    return entry if own is None else entry._replace(retry_s=float(own))
