"""HTTP answers that are not completions, as `ModelCallError`s of the right kind."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from pointsman_service.chat.error_codes import NO_WAITING_HELPS, same_word, status_of_word
from pointsman_service.chat.retry_hints import retry_after_of
from pointsman_service.errors import ModelCallError

_KIND_OF_STATUS = {
    401: "auth",
    402: "auth",
    403: "auth",
    404: "unknown_model",
    405: "unknown_model",
    406: "unknown_model",
    407: "auth",
    408: "timeout",
    409: "unavailable",
    410: "unknown_model",
    421: "unknown_model",
    425: "unavailable",
    429: "rate_limited",
    451: "refused",
    504: "timeout",
    524: "timeout",
}
"""Others: a redirect is the operator's address, 500 and above the provider's trouble, the rest the request's."""

RETRYABLE = frozenset({409, 425, 429, 500, 502, 503, 520, 521, 522, 523, 529})
"""Statuses of calls that were not charged and may succeed soon. Not 504, 524 and 408: the model may be at work."""

_UNKNOWN_MODEL = frozenset(
    {
        "model_not_found",
        "model_decommissioned",
        "model_deprecated",
        "invalid_model",
        "deployment_not_found",
        "no_such_model",
        "unknown_model",
    }
)
_KEY_REFUSED = frozenset({"invalid_api_key", "api_key_invalid", "incorrect_api_key"})
_REFUSALS = ("content_filter", "content_policy", "responsible_ai", "moderation")
SHOWN_CHARS = 200
"""Of a provider's text in a message: it ends in logs, in the database and with callers."""

_HINTS = {
    404: "the address or the model's name is wrong: check base_url and provider_model",
    405: "the address takes no POST: check base_url",
}


def error_of_status(
    status: int, payload: object, headers: Mapping[str, str] | None = None, *, now: float | None = None
) -> ModelCallError:
    """The error for a response of this status.

    payload: its body, parsed where it is JSON. headers: of the response. now: seconds since 1970, for dates. 429, 503
    and other failures of the provider's own are not charged, so they are retryable; unless the quota is used up, which
    waiting does not cure.

    >>> error_of_status(429, {"error": {"message": "slow down"}}, {"Retry-After": "2"}).retry_after_s
    2.0
    """
    detail, words = _detail(payload)
    meant = _meant(status, words)
    retryable = meant in RETRYABLE and not {same_word(w) for w in words} & NO_WAITING_HELPS
    told = headers or {}
    return ModelCallError(
        f"the provider answered {status}: {_in_full(status, detail, told)}",
        kind=_kind(meant, detail, words),
        retryable=retryable,
        retry_after_s=retry_after_of(told, payload, time.time() if now is None else now) if retryable else None,
        status=status,
    )


def error_of_payload(payload: Mapping[str, Any]) -> ModelCallError:
    """The error that a response of status 200 carries in its body, as some gateways and all streams do.

    Its status is what its code or type stands for, as a number or in words; 500 where nobody knows them.

    >>> error_of_payload({"error": {"code": "rate_limit_exceeded", "message": "slow down"}}).kind
    'rate_limited'
    """
    _, words = _detail(payload)
    return error_of_status(status_of_word(words) or 500, payload)


def garbage(why: str, payload: object, kind: str = "garbage") -> ModelCallError:
    """What came is not in the format."""
    return ModelCallError(f"{why}: {shown(payload)}" if payload is not None else why, kind=kind, sent=True)


def shown(value: object) -> str:
    r"""A provider's words as one line that any log, database and wire can take, cut to SHOWN_CHARS.

    Surrogates that belong together become their character, others U+FFFD; control characters and line ends a blank.

    >>> shown(chr(0xD83D) + "!" + chr(10) + "no")
    '\ufffd! no'
    """
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError):
        return "(it is nested too deep, or has a number that is too long, to be shown)"
    # Long enough for whatever the blanks hide, short enough for a page of 32 MB.
    whole = text[: 8 * SHOWN_CHARS].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    line = " ".join("".join(c if c.isprintable() else " " for c in whole).split())
    return line if len(line) <= SHOWN_CHARS else f"{line[: SHOWN_CHARS - 3]}..."


def _meant(status: int, words: tuple[object, ...]) -> int:
    """The status that says most: Bedrock sends its throttling as 400, gateways whatever happened behind them as 500."""
    if status not in {400, 500}:
        return status
    found = status_of_word(words)
    return status if found is None or found == 400 else found


def _kind(status: int, detail: str, words: tuple[object, ...]) -> str:
    codes = {same_word(word) for word in words}
    said = f"{' '.join(codes)} {detail}".lower()
    if codes & _UNKNOWN_MODEL:
        return "unknown_model"
    kind = _KIND_OF_STATUS.get(status) or _of_class(status)
    if (kind == "invalid" or status == 403) and any(word in said for word in _REFUSALS):
        return "refused"
    # Google answers 400 to a wrong key.
    if kind == "invalid" and (codes & _KEY_REFUSED or "api key not valid" in said or "invalid api key" in said):
        return "auth"
    return kind


def _of_class(status: int) -> str:
    if status >= 500:
        return "unavailable"
    return "unknown_model" if status < 400 else "invalid"


def _in_full(status: int, detail: str, headers: Mapping[str, str]) -> str:
    """What the provider said, and for what the operator has to mend, what to do."""
    if 300 <= status < 400:
        to = next((v for k, v in headers.items() if k.lower() == "location"), "")
        where = f" to {shown(to)}" if to else ""
        return f"it redirects{where}, which is not followed: set base_url to the address that answers"
    hint = _HINTS.get(status)
    return f"{detail} ({hint})" if hint else detail


def _detail(payload: object) -> tuple[str, tuple[object, ...]]:
    """The message, and the words that name the failure: code before type, Google's status."""
    error = payload.get("error", payload) if isinstance(payload, Mapping) else payload
    if isinstance(error, list) and error and isinstance(error[0], Mapping):
        error = error[0].get("error", error[0])  # Google's streams send a list
    if not isinstance(error, Mapping):
        around = payload if isinstance(payload, Mapping) else {}
        return shown(error), tuple(w for k in ("code", "type", "status") if (w := around.get(k)))
    words = tuple(word for key in ("code", "type", "status") if (word := error.get(key)))
    return shown(error.get("message") or error), words
