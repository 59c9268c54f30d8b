"""The ports that workers share: held while they run, so that each of them takes the same."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from pointsman_service.config.doors import AdminSection, HttpSection, ServerSection
from pointsman_service.domain.host_port import joined
from pointsman_service.errors import ConfigurationError
from pointsman_service.rpc.ports import operators_port


class Listening(NamedTuple):
    """The ports of one service: for callers, for operators, and for callers over HTTP, None where that is off."""

    callers: int
    admin: int
    http: int | None = None


@contextmanager
def reserved(server: ServerSection, admin: AdminSection, http: HttpSection) -> Iterator[Listening]:
    """Hold the ports of callers, operators and HTTP (any free one for 0) without listening on them.

    Raises ConfigurationError where one cannot be had.
    """
    with ExitStack() as stack:
        callers = stack.enter_context(_held("server", server.host, server.port))
        wanted = operators_port(admin.port, admin.host, server.port, callers)
        operators = stack.enter_context(_held("admin", admin.host, wanted))
        over_http = None if http.port is None else stack.enter_context(_held("http", http.host, http.port))
        yield Listening(callers, operators, over_http)


@contextmanager
def _held(section: str, host: str, port: int) -> Iterator[int]:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            holder.bind((host, port))
        except OSError as e:
            raise ConfigurationError(f"{section}.port: cannot listen on {joined(host, port)}: {e}") from e
        yield int(holder.getsockname()[1])
