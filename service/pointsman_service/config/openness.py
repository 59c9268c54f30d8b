"""Whether who reaches the service's addresses may do everything, and what is said of that.

Without authentication only this machine may reach them, unless the file says that it is meant so. Keys without TLS are
warned of and not refused: what ends TLS in front of a service, as meshes and ingresses do, cannot be seen from here.
"""

from __future__ import annotations

from collections.abc import Iterator

from pointsman_service.config.sections import Settings
from pointsman_service.domain.host_port import is_loopback
from pointsman_service.errors import ConfigurationError


def refuse_open(settings: Settings) -> None:
    """Raises ConfigurationError where other machines reach an address and nothing asks who they are."""
    if settings.auth.enabled or settings.server.insecure:
        return
    for section, host in _reached(settings):
        raise ConfigurationError(
            f"{section}.host: other machines reach {host}, and nothing asks who calls; set [auth] enabled = true, or "
            "[server] insecure = true where everybody who reaches it may do everything"
        )


def open_lines(settings: Settings) -> Iterator[str]:
    """A line for whatever is more open than it should be.

    >>> next(open_lines(Settings()))
    'no authentication: every process of this machine may do everything; [auth] enabled = true asks who calls'
    """
    reached = list(_reached(settings))
    if not settings.auth.enabled and not reached:
        yield "no authentication: every process of this machine may do everything; [auth] enabled = true asks who calls"
    for section, host in reached:
        if not settings.auth.enabled:
            yield (
                f"insecure: other machines reach {host} ([{section}] host), and whoever does may do everything; "
                "[auth] enabled = true asks who calls"
            )
        elif not _encrypted(settings, section):
            yield (
                f"keys and prompts cross the network unencrypted to {host} ([{section}] host): set [server.tls], where "
                "nothing in front of it ends TLS"
            )


def _encrypted(settings: Settings, section: str) -> bool:
    return (
        settings.server.tls is not None
        or (section == "admin" and settings.admin.tls is not None)
        or (section == "http" and settings.http.tls is not None)
    )


def _reached(settings: Settings) -> Iterator[tuple[str, str]]:
    """Hosts that other machines may reach, each with its section."""
    hosts = [("server", settings.server.host), ("admin", settings.admin.host)]
    if settings.http.port is not None:
        hosts.append(("http", settings.http.host))
    for section, host in hosts:
        if not is_loopback(host):
            yield section, host
