"""What litellm raises, as `ModelCallError`s: with the provider's own status, code and words where litellm kept them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pointsman_service.chat.call_errors import error_of_status, shown
from pointsman_service.domain import ModelConfig
from pointsman_service.errors import ConfigurationError, ModelCallError

# What litellm and the openai package under it say when a response of status 200 is not a completion.
_GARBAGE_SIGNS = ("invalid response", "'choices'", "unable to get json response", "jsondecodeerror", "expecting value")
_CONNECT_TIMEOUTS = frozenset({"ConnectTimeout", "ConnectionTimeoutError", "ConnectTimeoutError"})
_NO_CONNECTION = frozenset(
    {"ConnectionRefusedError", "ConnectError", "ClientConnectorError", "ClientConnectorDNSError", "gaierror"}
)
_BROKEN = frozenset(
    {
        "ServerDisconnectedError",
        "RemoteProtocolError",
        "ConnectionResetError",
        "BrokenPipeError",
        "ReadError",
        "WriteError",
    }
    | {"ClientOSError", "ClientConnectionResetError", "ClientPayloadError"}
)

# "litellm.RateLimitError: RateLimitError: OpenAIException - " is litellm's; what follows is the provider's.
_PREFIX = re.compile(
    r"^(?:litellm\.)?(?:[A-Za-z_]+(?:Error|Exception|Timeout)\b:?\s*(?:-\s*)?)+(?:Error code: \d+ - )?"
)
_NOT_FOR_CALLERS = re.compile(
    r"Traceback \(most recent call last\).*|LiteLLM Retried: .*|Received Model Group=.*", re.DOTALL
)


def litellm_error(model: ModelConfig, error: Exception, *, begun: bool = False) -> ModelCallError:
    """The failure that this is. begun: whether a response had begun; else a broken connection is safe to try again."""
    if isinstance(error, ConfigurationError):
        return ModelCallError(str(error), kind="unavailable")
    chain = list(_causes(error))
    told = next((cause for cause in chain if isinstance(cause, ModelCallError)), None)
    if told is not None:  # the provider's refusal was read where it came in
        return told
    names = {type(cause).__name__ for cause in chain}
    if (lost := _lost(model, error, names, begun=begun)) is not None:
        return lost
    said = own_words(str(error))
    if "HTTPStatusError" not in names and any(sign in str(error).lower() for sign in _GARBAGE_SIGNS):
        return ModelCallError(f"{model.name} sent no completion: {shown(said)}", kind="garbage")
    if "LLM Provider NOT provided" in str(error):
        return ModelCallError(
            f"LLM Provider NOT provided: litellm knows none of {model.provider_model!r}; write provider/model in the "
            f"provider_model of {model.name}",
            kind="unknown_model",
        )
    return error_of_status(_status(chain), {"error": _body(chain, names, said)}, _headers(chain))


def own_words(text: str) -> str:
    """What the provider said, without litellm's names of errors, tracebacks and paths.

    >>> own_words("litellm.RateLimitError: RateLimitError: OpenAIException - slow down")
    'slow down'
    """
    cut = _NOT_FOR_CALLERS.sub("", text).strip()
    return _PREFIX.sub("", cut).strip() or cut


def _lost(model: ModelConfig, error: Exception, names: set[str], *, begun: bool) -> ModelCallError | None:
    """No answer for want of time or of a connection."""
    said = shown(own_words(str(error)))
    if names & _CONNECT_TIMEOUTS:
        return ModelCallError(f"cannot connect to {model.name} in time", kind="unavailable")
    if isinstance(error, TimeoutError) or names & {"APITimeoutError", "Timeout"}:
        return ModelCallError(f"{model.name} did not answer in time", kind="timeout")
    if names & _NO_CONNECTION:
        return ModelCallError(f"cannot connect to {model.name}: {said}", kind="unavailable", retryable=True)
    if names & _BROKEN and not any("StatusError" in name for name in names):
        return ModelCallError(f"the connection to {model.name} broke: {said}", kind="unavailable", retryable=not begun)
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _status(chain: list[BaseException]) -> int:
    """That of the deepest cause that has one, which is the provider's; litellm's own classes have few."""
    found = (getattr(cause, "status_code", None) for cause in reversed(chain))
    return next((s for s in found if isinstance(s, int) and not isinstance(s, bool) and 300 <= s < 600), 500)


def _body(chain: list[BaseException], names: set[str], said: str) -> dict[str, Any]:
    """The provider's error object where it is kept, else litellm's words and code."""
    bodies = (getattr(cause, "body", None) for cause in chain)
    body = next((dict(b) for b in bodies if isinstance(b, Mapping) and b), {})
    inner = body.get("error")
    kept = dict(inner) if isinstance(inner, Mapping) else body
    if not kept.get("message"):
        kept["message"] = said
    if "ContentPolicyViolationError" in names:
        kept["code"] = "content_filter"
    if not kept.get("code"):
        codes = (vars(cause).get("code") for cause in chain)
        kept["code"] = next((code for code in codes if isinstance(code, str | int) and code), "")
    return kept


def _headers(chain: list[BaseException]) -> Mapping[str, str]:
    for cause in chain:
        found = getattr(cause, "litellm_response_headers", None)
        if found is None:
            found = getattr(getattr(cause, "response", None), "headers", None)
        if found:
            return {str(name): str(value) for name, value in dict(found).items()}
    return {}
