"""How long a provider asks to be left alone, in every form that providers say it."""

import pytest
from pointsman_service.chat.call_errors import error_of_payload, error_of_status, shown
from pointsman_service.chat.retry_hints import retry_after_of

NOW = 1_790_000_000.0  # 2026-09-21T14:13:20Z


@pytest.mark.parametrize(
    ("headers", "payload", "seconds"),
    [
        ({"Retry-After": "20"}, None, 20.0),
        ({"retry-after": "0"}, None, 0.0),
        ({"Retry-After": "Mon, 21 Sep 2026 14:13:50 GMT"}, None, 30.0),
        ({"Retry-After": "Mon, 21 Sep 2026 14:13:10 GMT"}, None, 0.0),
        ({"Retry-After": "-3"}, None, 0.0),
        ({"retry-after-ms": "1500", "retry-after": "2"}, None, 1.5),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, None, 360.0),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "120ms"}, None, 0.12),
        ({"x-ratelimit-remaining-tokens": "9", "x-ratelimit-reset-tokens": "120ms"}, None, None),
        (
            {
                "anthropic-ratelimit-requests-remaining": "0",
                "anthropic-ratelimit-requests-reset": "2026-09-21T14:13:25Z",
            },
            None,
            5.0,
        ),
        ({"X-RateLimit-Reset": "1790000007"}, None, 7.0),
        ({}, {"error": {"metadata": {"headers": {"X-RateLimit-Reset": "1790000003000"}}}}, 3.0),
        ({}, {"error": {"details": [{"@type": "x"}, {"retryDelay": "38s"}]}}, 38.0),
        ({}, {"error": {"message": "slow", "retry_after": 4}}, 4.0),
        ({}, {"retry_after": 4.5}, 4.5),
        ({}, {"error": {"message": "Please try again in 20s."}}, 20.0),
        ({}, {"error": {"message": "Please try again in 1m2.5s. Visit example.com"}}, 62.5),
        ({}, {"error": {"message": "Please retry after 17 seconds."}}, 17.0),
        ({}, {"error": {"message": "try again in 250ms"}}, 0.25),
        ({}, "Too many requests, retry in 3 minutes", 180.0),
        ({}, {"error": {"message": "try again later: 3 models are busy"}}, None),
        ({"Retry-After": "soon"}, None, None),
        ({"Retry-After": "nan"}, None, None),
        ({"Retry-After": "1e400"}, None, None),
        ({"Retry-After": "99999999"}, None, None),
        ({}, {"error": {"details": "none", "metadata": [], "retry_after": None}}, None),
        ({}, None, None),
    ],
)
def test_a_pause_is_read_in_every_form(headers, payload, seconds):
    """Seconds from now; None where nothing is said, or nothing that can be meant."""
    found = retry_after_of(headers, payload, NOW)
    assert found == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("error", "kind", "retryable"),
    [
        ({"code": "rate_limit_exceeded", "message": "slow"}, "rate_limited", True),
        ({"code": 429, "message": "slow"}, "rate_limited", True),
        ({"code": "429", "message": "slow"}, "rate_limited", True),
        ({"type": "rate_limit_error", "message": "slow"}, "rate_limited", True),
        ({"code": None, "status": "RESOURCE_EXHAUSTED"}, "rate_limited", True),
        ({"code": "insufficient_quota", "message": "pay"}, "rate_limited", False),
        ({"code": "context_length_exceeded", "message": "long"}, "invalid", False),
        ({"type": "overloaded_error", "message": "busy"}, "unavailable", True),
        ({"code": "invalid_api_key", "message": "key"}, "auth", False),
        ({"code": "DeploymentNotFound", "message": "?"}, "unknown_model", False),
        ({"code": "content_policy_violation", "message": "no"}, "refused", False),
        ({"code": "timeout", "message": "slow"}, "timeout", False),
        ({"code": "something_new", "message": "?"}, "unavailable", True),
        ({"code": True, "message": "?"}, "unavailable", True),
        ("just words", "unavailable", True),
    ],
)
def test_an_error_in_a_good_response_is_of_the_kind_that_its_code_says(error, kind, retryable):
    """Numbers, words, OpenAI's code and Anthropic's type."""
    told = error_of_payload({"error": error})
    assert (told.kind, told.retryable) == (kind, retryable)


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"type": "ThrottlingException", "message": "Too many tokens"}, "rate_limited"),
        (500, {"code": "rate_limit_exceeded", "message": "behind the gateway"}, "rate_limited"),
        (400, {"type": "invalid_request_error", "code": "model_not_found"}, "unknown_model"),
        (500, {"type": "invalid_request_error", "message": "?"}, "unavailable"),
        (403, {"message": "flagged by moderation"}, "refused"),
        (403, {"message": "no access"}, "auth"),
        (407, "proxy", "auth"),
        (409, "conflict", "unavailable"),
        (451, "legal reasons", "refused"),
        (308, "", "unknown_model"),
        (524, "", "timeout"),
    ],
)
def test_the_kind_follows_from_what_says_most(status, error, kind):
    """The status, unless it is one that gateways use for everything."""
    assert error_of_status(status, {"error": error}).kind == kind


def test_words_of_a_provider_become_one_line_that_everything_can_take():
    """No surrogates, no control characters, no line ends, no page of HTML."""
    said = shown("a\ud83d b\ud83d\ude00\r\n\x00\x1b[31mc" + " d" * 1000)
    assert said.startswith("a\ufffd b😀 [31mc d d")
    assert len(said) == 200
    said.encode()
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert "nested" in shown(deep)
