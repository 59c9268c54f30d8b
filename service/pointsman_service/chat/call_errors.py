"""HTTP answers that are not completions, as `ModelCallError`s of the right kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pointsman_service.errors import ModelCallError

_KIND_OF_STATUS = {
    401: "auth",
    402: "auth",
    403: "auth",
    404: "unknown_model",
    408: "timeout",
    410: "unknown_model",
    429: "rate_limited",
    504: "timeout",
}
_UNKNOWN_MODEL = frozenset({"model_not_found", "model_decommissioned", "invalid_model", "DeploymentNotFound"})
_REFUSALS = ("content_filter", "content_policy", "responsible_ai", "moderation")


def error_of_status(status: int, payload: object, retry_after: str | None = None) -> ModelCallError:
    """The error for a response of this status.

    payload: its body, parsed where it is JSON. retry_after: the header, seconds. 429 and 503 are not charged, so they
    are retryable; unless the quota is used up, which waiting does not cure.

    >>> error_of_status(429, {"error": {"message": "slow down"}}, "2").retry_after_s
    2.0
    """
    detail, code = _detail(payload)
    kind = _KIND_OF_STATUS.get(status, "unavailable" if status >= 500 else "invalid")
    if kind == "invalid" and any(word in f"{code} {detail}".lower() for word in _REFUSALS):
        kind = "refused"
    if code in _UNKNOWN_MODEL:
        kind = "unknown_model"
    return ModelCallError(
        f"the provider answered {status}: {detail}",
        kind=kind,
        retryable=status in (429, 503) and code != "insufficient_quota",
        retry_after_s=_seconds(retry_after),
        status=status,
    )


def error_of_payload(payload: Mapping[str, Any]) -> ModelCallError:
    """The error that a response of status 200 carries in its body, as some gateways and all streams do."""
    error = payload["error"]
    code = error.get("code") if isinstance(error, Mapping) else None
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    return error_of_status(status, payload)


def garbage(why: str, payload: object, kind: str = "garbage") -> ModelCallError:
    """What came is not in the format."""
    return ModelCallError(f"{why}: {_shown(payload)}" if payload is not None else why, kind=kind)


def _detail(payload: object) -> tuple[str, str]:
    error = payload.get("error", payload) if isinstance(payload, Mapping) else payload
    if not isinstance(error, Mapping):
        return _shown(error), ""
    return _shown(error.get("message") or error), str(error.get("code") or error.get("type") or "")


def _seconds(header: str | None) -> float | None:
    # The HTTP-date form is not read: providers send seconds, and clocks differ.
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else f"{text[:197]}..."
