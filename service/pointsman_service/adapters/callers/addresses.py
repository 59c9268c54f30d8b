"""Where a model's chat completions are asked for, and through which proxy."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from pointsman_service.domain import ModelConfig
from pointsman_service.errors import ModelCallError

_END = "/chat/completions"


def chat_address(model: ModelConfig) -> str:
    """base_url with /chat/completions at the end of its path, a query as `?api-version=...` kept behind it.

    Raises ModelCallError(unknown_model), what the operator has to mend, where it is no address.

    >>> chat_address(ModelConfig("m", "openai", "m", "https://example.org/openai/v1/?api-version=1"))
    'https://example.org/openai/v1/chat/completions?api-version=1'
    """
    if model.base_url is None:
        raise ModelCallError(f"the model {model.name} has no base_url to call", kind="unknown_model")
    try:
        parts = urlsplit(model.base_url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise _no_address(model, str(error)) from error
    if parts.scheme not in {"http", "https"} or not host:
        raise _no_address(model, "it must begin with http:// or https:// and name a host")
    if "@" in parts.netloc:
        # Not repeated: it holds a password.
        raise ModelCallError(
            f"the base_url of {model.name} holds a user or a password: put `Basic ...` in the variable of api_key_env",
            kind="auth",
        )
    path = parts.path.rstrip("/")
    path = path if path.endswith(_END) else path + _END
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def litellm_address(model: ModelConfig) -> str:
    """base_url as litellm wants it: without /chat/completions at its end, which it adds.

    Raises ModelCallError(unknown_model) for what litellm cannot send to, as an address with a query; but Azure's, which
    it reads by itself.

    >>> litellm_address(ModelConfig("m", "litellm", "openai/m", "https://example.org/v1/chat/completions"))
    'https://example.org/v1'
    """
    if model.provider_model.startswith("azure") and model.base_url is not None:
        return model.base_url.strip()
    parts = urlsplit(chat_address(model))
    if parts.query:
        raise ModelCallError(
            f"litellm cannot send to the base_url of {model.name}, which has a query: set adapter to openai",
            kind="unknown_model",
        )
    path = parts.path.removesuffix(_END)
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def not_proxied_here(environ: Mapping[str, str]) -> dict[str, str]:
    """The NO_PROXY that holds whoever else reads the environment to `proxy_for`'s word on addresses of this machine.

    >>> not_proxied_here({"HTTP_PROXY": "http://proxy.example:3128", "NO_PROXY": "a.example"})["NO_PROXY"]
    'a.example,localhost,127.0.0.1,::1'
    """
    named = [p for name in ("http_proxy", "https_proxy", "all_proxy") if (p := _variable(name, environ))]
    hosts = [urlsplit(p if "://" in p else f"http://{p}").hostname or "" for p in named]
    if not hosts or any(_is_here(host) for host in hosts):
        return {}
    said = ",".join(filter(None, (_variable("no_proxy", environ), "localhost,127.0.0.1,::1")))
    return {"NO_PROXY": said, "no_proxy": said}


def proxy_for(address: str, environ: Mapping[str, str]) -> str | None:
    """The proxy that the environment names for this address: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY but for NO_PROXY.

    Names in lower case win, as everywhere. NO_PROXY: hosts and their subdomains, with or without a port, networks as
    10.0.0.0/8, or *. An address of this machine is asked for directly, unless the proxy is on this machine, too: no
    other could find it. Raises ModelCallError(unknown_model) for a proxy of another kind than HTTP.

    >>> proxy_for("https://api.example.org/v1", {"HTTPS_PROXY": "proxy.example.org:3128"})
    'http://proxy.example.org:3128'
    >>> proxy_for("http://127.0.0.1:8000/v1", {"HTTP_PROXY": "http://proxy.example.org:3128"}) is None
    True
    """
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    proxy = _variable(f"{parts.scheme}_proxy", environ) or _variable("all_proxy", environ)
    if not proxy:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if _is_here(host) and not _is_here(urlsplit(proxy).hostname or ""):
        return None
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if any(_bypasses(entry.strip().lower(), host, port) for entry in _variable("no_proxy", environ).split(",")):
        return None
    kind = urlsplit(proxy).scheme.lower()
    if kind not in {"http", "https"}:
        raise ModelCallError(
            f"the environment names a proxy of kind {kind}, which is not supported: name an HTTP proxy, or add "
            f"host {host} to NO_PROXY",
            kind="unknown_model",
        )
    return proxy


def _variable(name: str, environ: Mapping[str, str]) -> str:
    # Where a script runs behind CGI, HTTP_PROXY is a header of its caller; this is none.
    return (environ.get(name) or environ.get(name.upper()) or "").strip()


def _bypasses(entry: str, host: str, port: int) -> bool:
    if not entry:
        return False
    if entry == "*":
        return True
    address = _ip(host)
    if address is not None:
        try:
            return address in ipaddress.ip_network(entry.strip("[]"), strict=False)
        except ValueError:
            pass  # not a network: a name, or one with a port
    name, colon, number = entry.rpartition(":")
    if colon and number.isdigit():
        if int(number) != port:
            return False
        entry = name.strip("[]")
    entry = entry.removeprefix("*").removeprefix(".")
    return host == entry or host.endswith(f".{entry}")


def _is_here(host: str) -> bool:
    address = _ip(host)
    return host == "localhost" or host.endswith(".localhost") or (address is not None and address.is_loopback)


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _no_address(model: ModelConfig, why: str) -> ModelCallError:
    return ModelCallError(f"the model {model.name} has a base_url that is not an address: {why}", kind="unknown_model")
