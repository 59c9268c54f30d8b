"""What aiohttp raises where no response came, as `ModelCallError`s."""

from __future__ import annotations

import aiohttp

from pointsman_service.chat.call_errors import shown
from pointsman_service.domain import ModelConfig
from pointsman_service.errors import ModelCallError

BROKEN = (aiohttp.ClientError, OSError, TimeoutError, ValueError)
"""What aiohttp raises; ValueError for a header, an address or a proxy that cannot be written."""

NOTHING_CAME = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionError)
"""The connection ended before any byte of a response: most likely one of the pool that the server had closed."""


class SentTwice(aiohttp.ClientConnectionError):
    """The connection ended before any byte came, and so did a second one for the same request."""


def connection_error(model: ModelConfig, error: Exception, *, begun: bool = False) -> ModelCallError:
    """The failure that this is. begun: whether a response had begun; else the call is safe to try again."""
    where = f"{model.name} at {(model.base_url or '').partition('?')[0]}"
    said = shown(str(error) or type(error).__name__)
    if isinstance(error, NOTHING_CAME) and not isinstance(error, aiohttp.ClientConnectorError) and not begun:
        return ModelCallError(f"{where} closed the connection: {said}", kind="unavailable", retryable=True)
    if isinstance(error, SentTwice):
        return ModelCallError(f"{where} closed the connection, twice: {said}", kind="unavailable")
    if isinstance(error, aiohttp.ClientHttpProxyError) and error.status == 407:
        return ModelCallError(f"the proxy to {where} wants a user and a password: {said}", kind="auth")
    for types, text, kind, retryable in _TOLD:
        if isinstance(error, types):
            return ModelCallError(text.format(where=where, said=said), kind=kind, retryable=retryable)
    return ModelCallError(f"the connection to {where} broke: {said}", kind="unavailable", sent=True)


# In this order, since each is one of those below it, too.
_TOLD: tuple[tuple[tuple[type[Exception], ...], str, str, bool], ...] = (
    ((aiohttp.ConnectionTimeoutError,), "cannot connect to {where} in time", "unavailable", False),
    ((TimeoutError,), "{where} did not answer in time", "timeout", False),
    ((aiohttp.ClientHttpProxyError,), "the proxy to {where} failed: {said}", "unavailable", False),
    (
        (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError),
        "no secure connection to {where}: {said}",
        "unavailable",
        False,
    ),
    ((aiohttp.ClientConnectorError,), "cannot connect to {where}: {said}", "unavailable", True),
    ((aiohttp.InvalidURL,), "{where}: base_url is not an address: {said}", "unknown_model", False),
)
