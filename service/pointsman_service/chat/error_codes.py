"""What providers call their failures, in words: the HTTP status that each word stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_STATUS_OF: Mapping[str, int] = {
    word: status
    for status, words in {
        401: "invalid_api_key authentication_error unauthorized unauthenticated api_key_invalid account_deactivated "
        "invalid_authentication unauthorized_exception unrecognized_client_exception incorrect_api_key",
        402: "payment_required billing_error billing_not_active billing_hard_limit_reached insufficient_credits "
        "insufficient_balance insufficient_funds",
        403: "permission_error permission_denied forbidden access_denied access_denied_exception "
        "unsupported_country_region_territory",
        404: "model_not_found not_found_error not_found model_decommissioned model_deprecated invalid_model "
        "deployment_not_found model_not_available resource_not_found_exception no_such_model unknown_model",
        408: "request_timeout",
        413: "request_too_large payload_too_large",
        429: "rate_limit_exceeded rate_limit_error rate_limited rate_limit too_many_requests throttling_exception "
        "throttling resource_exhausted insufficient_quota quota_exceeded tokens requests rate_limit_reached "
        "tokens_per_minute_limit_exceeded requests_per_minute_limit_exceeded model_cooldown",
        503: "service_unavailable service_unavailable_error unavailable engine_overloaded model_overloaded "
        "engine_overloaded_error server_overloaded service_unavailable_exception no_capacity",
        504: "timeout timeout_error deadline_exceeded gateway_timeout upstream_timeout",
        529: "overloaded_error overloaded",
        400: "invalid_request_error invalid_request invalid_argument bad_request context_length_exceeded "
        "context_window_exceeded string_above_max_length prompt_too_long max_tokens_exceeded invalid_prompt "
        "unsupported_parameter unsupported_value invalid_parameter validation_exception unprocessable_entity "
        "content_filter content_policy_violation responsible_ai_policy_violation invalid_image_format",
        500: "server_error api_error internal_error internal_server_error internal internal_failure "
        "internal_server_exception upstream_error provider_error",
    }.items()
    for word in words.split()
}
"""OpenAI's, Azure's, Anthropic's, Google's, Bedrock's, OpenRouter's and vLLM's documented codes and types of errors."""

NO_WAITING_HELPS = frozenset({"insufficient_quota", "billing_hard_limit_reached", "quota_exceeded"})
"""Codes that come with 429 although no pause cures them: the account is used up."""


def status_of_word(words: Iterable[object]) -> int | None:
    """The status that the first known of these words stands for, or the number it is; None where none is known.

    >>> status_of_word(["rate_limit_exceeded"]), status_of_word([None, "ThrottlingException"]), status_of_word(["429"])
    (429, 429, 429)
    >>> status_of_word(["odd", 7]) is None
    True
    """
    return next((found for word in words if (found := _status(word)) is not None), None)


def same_word(word: object) -> str:
    """A code in one spelling: DeploymentNotFound, deployment-not-found and DEPLOYMENT_NOT_FOUND are one.

    >>> same_word("DeploymentNotFound"), same_word("RESOURCE_EXHAUSTED")
    ('deployment_not_found', 'resource_exhausted')
    """
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(word)[:100])
    return re.sub(r"[^a-z0-9]+", "_", parts.lower()).strip("_")


def _status(word: object) -> int | None:
    if isinstance(word, bool) or word is None:
        return None
    if isinstance(word, int | float):
        return int(word) if 400 <= word < 600 else None
    if isinstance(word, str) and re.fullmatch(r"[45]\d\d", word.strip()):
        return int(word)
    return _STATUS_OF.get(same_word(word))
