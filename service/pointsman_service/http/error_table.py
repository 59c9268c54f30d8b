"""The one table from the service's errors to HTTP: status, OpenAI's and Anthropic's words, whether to try again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pointsman_service import errors
from pointsman_service.errors import PointsmanError


class HttpError(NamedTuple):
    """How an error leaves this door.

    type, code: OpenAI's words; anthropic: the type of Anthropic's. counted: the name under which it is counted, which
    is gRPC's, so that both doors are one series. retry_s: seconds to wait, None where that is no use. again: whether
    SDKs may try by themselves (`x-should-retry`, which OpenAI's and Anthropic's obey).
    """

    status: int
    type: str
    code: str
    anthropic: str
    counted: str
    retry_s: float | None = None
    again: bool = False


_INVALID, _NOT_FOUND = "invalid_request_error", "not_found_error"


def _of_request(status: int, code: str, anthropic: str, counted: str) -> HttpError:
    return HttpError(status, _INVALID, code, anthropic, counted)


ERROR_TABLE: Mapping[type[PointsmanError], HttpError] = {
    errors.InvalidRequest: _of_request(400, "invalid_value", _INVALID, "INVALID_ARGUMENT"),
    errors.UnknownEpisode: _of_request(404, "episode_not_found", _NOT_FOUND, "NOT_FOUND"),
    errors.EpisodeExpired: _of_request(410, "episode_expired", _INVALID, "FAILED_PRECONDITION"),
    errors.UnknownModel: _of_request(404, "model_not_found", _NOT_FOUND, "NOT_FOUND"),
    errors.UnknownSnapshot: _of_request(404, "snapshot_not_found", _NOT_FOUND, "NOT_FOUND"),
    errors.UnusableSnapshot: _of_request(400, "snapshot_unusable", _INVALID, "FAILED_PRECONDITION"),
    errors.CorruptSnapshot: HttpError(502, "server_error", "snapshot_corrupt", "api_error", "DATA_LOSS"),
    errors.UnknownTenant: _of_request(404, "tenant_not_found", _NOT_FOUND, "NOT_FOUND"),
    errors.Unauthenticated: _of_request(401, "invalid_api_key", "authentication_error", "UNAUTHENTICATED"),
    errors.PermissionDenied: _of_request(403, "permission_denied", "permission_error", "PERMISSION_DENIED"),
    errors.TenantDisabled: _of_request(403, "tenant_disabled", "permission_error", "FAILED_PRECONDITION"),
    errors.NoModelLeft: _of_request(400, "no_model_left", _INVALID, "FAILED_PRECONDITION"),
    # A caller's own request again: SDKs retry a 409 by themselves, which would be refused for ever.
    errors.DuplicateRequest: _of_request(409, "duplicate_request", _INVALID, "ALREADY_EXISTS"),
    errors.RequestConflict: _of_request(409, "request_conflict", _INVALID, "ALREADY_EXISTS"),
    errors.EveryModelRefused: _of_request(400, "content_filter", _INVALID, "FAILED_PRECONDITION"),
    errors.BudgetExhausted: HttpError(
        429, "insufficient_quota", "insufficient_quota", "billing_error", "RESOURCE_EXHAUSTED", 60.0
    ),
    errors.OverLimit: HttpError(
        429, "rate_limit_error", "rate_limit_exceeded", "rate_limit_error", "RESOURCE_EXHAUSTED", again=True
    ),
    errors.ModelsBusy: HttpError(
        429, "rate_limit_error", "models_busy", "rate_limit_error", "RESOURCE_EXHAUSTED", 1.0, again=True
    ),
    # Not tried again by SDKs: each try would call, and pay, every provider anew, which is for people to decide.
    errors.EveryModelFailed: HttpError(
        503, "server_error", "every_model_failed", "overloaded_error", "UNAVAILABLE", 1.0
    ),
    errors.ModelsUnusable: HttpError(502, "server_error", "models_unusable", "api_error", "FAILED_PRECONDITION"),
    errors.DeadlineTooShort: HttpError(504, "server_error", "deadline_too_short", "timeout_error", "DEADLINE_EXCEEDED"),
    errors.LogUnavailable: HttpError(
        503, "server_error", "log_unavailable", "overloaded_error", "UNAVAILABLE", 0.5, again=True
    ),
    errors.EvaluationEnded: HttpError(
        503, "server_error", "evaluation_ended", "overloaded_error", "UNAVAILABLE", 1.0, again=True
    ),
    PointsmanError: HttpError(500, "server_error", "internal_error", "api_error", "INTERNAL"),
}


def http_error(error: PointsmanError) -> HttpError:
    """The entry of its class, or of the nearest base. The fact `retry_after_s` wins over the table's.

    >>> http_error(errors.UnknownModel("no such")).status, http_error(errors.ConfigurationError("no")).status
    (404, 500)
    """
    entry = next(ERROR_TABLE[base] for base in type(error).__mro__ if base in ERROR_TABLE)
    own = error.facts.get("retry_after_s")
    return entry if own is None else entry._replace(retry_s=float(own))
