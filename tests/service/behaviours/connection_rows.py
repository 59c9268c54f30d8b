"""How providers, and what stands between, refuse and break off: the same for whole answers and for streams."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .upstream import DONE, RESET, STOP, Expected, Piece, Row, delta, event, fails, message, reads, sends, text_of

KEY = "sk-live-0123456789abcdef"
OPERATORS = ("unknown_model", "auth")
"""What whoever configured the model has to mend: never "invalid", which would blame the query."""


def refused(name: str, status: int, body: object, expected: Expected, *headers: str) -> Row:
    """A status and a body: bytes and texts as they are, anything else as JSON."""
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else text_of(body)).encode()
    return Row(name, sends(raw, status=f"{status} X", headers=headers, length=len(raw)), expected)


def says(message_: str, **more: Any) -> dict[str, Any]:
    """An error as OpenAI writes it."""
    return {"error": {"message": message_, **more}}


def broken(name: str, *pieces: Piece | str) -> Row:
    """A connection that ends before there is a response."""
    script = sends(*pieces)[0]
    return Row(name, (replace(script, head=None),), fails("unavailable"))


REFUSALS = [
    refused("redirect-moved", 301, "", fails(*OPERATORS, says=("base_url",)), "Location: http://127.0.0.1:9/v1"),
    refused("redirect-found-login", 302, "<html>log in</html>", fails(*OPERATORS), "Location: /login"),
    refused(
        "redirect-308", 308, "", fails(*OPERATORS, says=("http://new.example/v1",)), "Location: http://new.example/v1"
    ),
    refused("not-found-html", 404, "<html><h1>404</h1></html>", fails(*OPERATORS)),
    refused("not-found-text", 404, "404 page not found", fails(*OPERATORS, says=("404 page not found",))),
    refused("method-not-allowed", 405, says("Method Not Allowed"), fails(*OPERATORS)),
    refused("not-acceptable", 406, "", fails(*OPERATORS)),
    refused("proxy-wants-a-password", 407, "proxy", fails("auth")),
    refused("conflict", 409, says("try again"), fails("unavailable")),
    refused("gone", 410, says("retired"), fails(*OPERATORS)),
    refused("misdirected", 421, "", fails(*OPERATORS)),
    refused("legal", 451, says("not here"), fails("refused")),
    refused("no-money", 402, says("Insufficient credits"), fails("auth")),
    refused("wrong-key-as-400", 400, says("API key not valid.", status="INVALID_ARGUMENT"), fails("auth")),
    refused("moderated-as-403", 403, says("Input was flagged by moderation"), fails("refused")),
    refused("forbidden", 403, says("no access to this region"), fails("auth")),
    refused("throttled-as-400", 400, {"message": "Too many tokens", "__type": "x"}, fails("invalid")),
    refused("throttled-by-its-type", 400, says("slow", type="ThrottlingException"), fails("rate_limited")),
    refused("context-length", 400, says("too long", code="context_length_exceeded"), fails("invalid")),
    refused("payload-too-large", 413, "too large", fails("invalid")),
    refused(
        "rate-limited-list", 429, [{"error": {"message": "slow", "code": 429}}], fails("rate_limited", says=("slow",))
    ),
    refused("rate-limited-html", 429, "<html>slow</html>", fails("rate_limited")),
    refused("quota", 429, says("pay", code="insufficient_quota"), fails("rate_limited", says=("pay",))),
    refused("overloaded-529", 529, says("Overloaded", type="overloaded_error"), fails("unavailable", says=("529",))),
    refused("cloudflare-524", 524, "<html>timeout</html>", fails("timeout")),
    refused("bad-gateway-empty", 502, "", fails("unavailable")),
    refused("rate-limit-behind-500", 500, says("upstream", code="rate_limit_exceeded"), fails("rate_limited")),
    refused(
        "words-with-lone-surrogate",
        400,
        b'{"error": {"message": "near \\ud83d here"}}',
        fails("invalid", says=("here",)),
    ),
    refused("words-in-invalid-utf8", 500, b"caf\xe9 closed", fails("unavailable", says=("closed",))),
    refused(
        "words-with-control-characters",
        500,
        says("a\x00b\x1b[31m\r\nc"),
        fails("unavailable", hides=("\x00", "\x1b", "\n")),
    ),
    refused("detail-of-fastapi", 422, {"detail": [{"loc": ["body", "top_k"]}]}, fails("invalid", says=("top_k",))),
    refused("error-nested-deep", 500, "[" * 100_000, fails("unavailable")),
    refused("code-of-the-wrong-type", 400, says("x", code={"a": [1]}, type=7), fails("invalid")),
]
IN_200 = [
    ("error-in-200-rate-limit-word", {"code": "rate_limit_exceeded"}, "rate_limited"),
    ("error-in-200-rate-limit-number", {"code": 429}, "rate_limited"),
    ("error-in-200-rate-limit-digits", {"code": "429"}, "rate_limited"),
    ("error-in-200-context-length", {"code": "context_length_exceeded"}, "invalid"),
    ("error-in-200-overloaded", {"type": "overloaded_error"}, "unavailable"),
    ("error-in-200-wrong-key", {"code": "invalid_api_key"}, "auth"),
    ("error-in-200-no-such-model", {"code": "model_not_found"}, "unknown_model"),
    ("error-in-200-google", {"status": "RESOURCE_EXHAUSTED", "code": None}, "rate_limited"),
    ("error-in-200-odd", {"code": "odd"}, "unavailable"),
]
BROKEN = [
    broken("closed-before-any-byte"),
    broken("reset-before-any-byte", RESET),
    broken("closed-within-the-head", b"HTTP/1.1 200 OK\r\nContent-Ty"),
    broken("not-http", b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
]
LONG_HEADER = f"X-Policy: {'a' * 12_000}"

EVERYWHERE = [
    *REFUSALS,
    *BROKEN,
    *(refused(name, 200, says("no", **error), fails(kind)) for name, error, kind in IN_200),
]
CONNECTION_PLAIN = [
    *EVERYWHERE,
    Row("header-of-12-kb", sends(text_of(message("42")), headers=(LONG_HEADER,)), reads("42")),
    Row("created-201", sends(text_of(message("42")), status="201 Created"), reads("42")),
]
CONNECTION_STREAMED = [
    *(replace(row, streamed=True) for row in EVERYWHERE),
    Row(
        "header-of-12-kb",
        sends(event(delta(content="42")), STOP, DONE, content_type="text/event-stream", headers=(LONG_HEADER,)),
        reads("42"),
        streamed=True,
    ),
]
