"""Errors as the clients of an endpoint read them: OpenAI's form, or Anthropic's."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Protocol

from pointsman_service.errors import InvalidRequest, PointsmanError
from pointsman_service.http.answers import Whole, encoded, event, named_event
from pointsman_service.http.error_table import HttpError, http_error

MOST_VIOLATIONS = 12
MAX_MESSAGE = 2_000
"""Characters of a message: what is longer was written to flood somebody's log."""
_NAMED = re.compile(r'"([^"]*)"')
_PARAMS = "query.params.extra_json"
"""Where the application says that parameters are; here each stands by itself."""


class Dialect(Protocol):
    """How errors are told."""

    def body(self, error: PointsmanError, entry: HttpError, request_id: str) -> Mapping[str, Any]:
        """The JSON of a refused request."""

    def event(self, error: PointsmanError, entry: HttpError, request_id: str) -> bytes:
        """The last event of a stream that broke."""


class OpenAiDialect:
    """`{"error": {message, type, param, code}}`, with what is ours in `pointsman`."""

    def body(self, error: PointsmanError, entry: HttpError, request_id: str) -> Mapping[str, Any]:
        """See Dialect."""
        return {
            "error": {
                "message": message_of(error),
                "type": entry.type,
                "param": param_of(error),
                "code": entry.code,
                "pointsman": facts_of(error, request_id),
            }
        }

    def event(self, error: PointsmanError, entry: HttpError, request_id: str) -> bytes:
        """See Dialect."""
        return event(self.body(error, entry, request_id))


class ResponsesDialect(OpenAiDialect):
    """OpenAI's, with the event that `/v1/responses` has for errors."""

    def event(self, error: PointsmanError, entry: HttpError, request_id: str) -> bytes:  # noqa: ARG002 - see Dialect
        """See Dialect."""
        told = {"type": "error", "code": entry.code, "message": message_of(error), "param": param_of(error)}
        return named_event("error", told)


class AnthropicDialect:
    """`{"type": "error", "error": {type, message}, "request_id"}`."""

    def body(self, error: PointsmanError, entry: HttpError, request_id: str) -> Mapping[str, Any]:
        """See Dialect."""
        told = {"type": entry.anthropic, "message": message_of(error), "pointsman": facts_of(error, request_id)}
        return {"type": "error", "error": told, "request_id": request_id}

    def event(self, error: PointsmanError, entry: HttpError, request_id: str) -> bytes:
        """See Dialect."""
        return named_event("error", self.body(error, entry, request_id))


OPENAI, RESPONSES, ANTHROPIC = OpenAiDialect(), ResponsesDialect(), AnthropicDialect()


def refusal(error: PointsmanError, dialect: Dialect, request_id: str) -> Whole:
    """The answer to a request that failed."""
    entry = http_error(error)
    return Whole(encoded(dialect.body(error, entry, request_id)), entry.status, _headers(entry))


def message_of(error: PointsmanError) -> str:
    """Its text, cut to what a log line may have.

    >>> message_of(PointsmanError("no"))
    'no'
    """
    text = str(error)
    return text if len(text) <= MAX_MESSAGE else f"{text[: MAX_MESSAGE - 3]}..."


def param_of(error: PointsmanError) -> str | None:
    """The first field that is wrong, as the caller wrote it.

    >>> param_of(InvalidRequest([("query.params.extra_json", 'must not hold "temprature", which no model takes')]))
    'temprature'
    """
    if not isinstance(error, InvalidRequest) or not error.violations:
        return None
    field, why = error.violations[0]
    named = _NAMED.search(why) if field == _PARAMS else None
    return named[1] if named else field


def facts_of(error: PointsmanError, request_id: str) -> Mapping[str, Any]:
    """What programs go by: the facts of the error, and every field that is wrong."""
    facts: dict[str, Any] = {"request_id": request_id, **error.facts}
    if isinstance(error, InvalidRequest):
        told = list(zip(error.violations, error.faults, strict=True))[:MOST_VIOLATIONS]
        facts["violations"] = [{"field": field, "description": why, "reason": fault} for (field, why), fault in told]
    return facts


def _headers(entry: HttpError) -> dict[str, str]:
    headers = {"x-should-retry": str(entry.again).lower()}
    if entry.retry_s is not None:
        wait_s = max(entry.retry_s, 0.0)
        headers["retry-after"] = str(math.ceil(wait_s))
        headers["retry-after-ms"] = str(math.ceil(wait_s * 1e3))
    if entry.status == 401:
        headers["www-authenticate"] = "Bearer"
    return headers
