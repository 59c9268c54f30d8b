"""The two ports of a service: for callers, and for operators."""

from __future__ import annotations

import socket
from typing import NamedTuple


class Ports(NamedTuple):
    """Where a service listens: for callers, and for operators."""

    callers: int
    admin: int


def operators_port(configured: int | None, host: str, wanted: int, taken: int) -> int:
    """The port to take for operators, 0 for any free one.

    configured: None for the one after the callers'. wanted, taken: the callers' port, as configured and as it came.
    Where that was to be any free one, and the next one is not free, so is the operators'.

    >>> operators_port(None, "127.0.0.1", 50051, 50051), operators_port(9000, "127.0.0.1", 50051, 50051)
    (50052, 9000)
    """
    if configured is not None:
        return configured
    return taken + 1 if wanted or is_free(host, taken + 1) else 0


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there now, as far as anybody can tell before they do.

    >>> is_free("127.0.0.1", 65_536)
    False
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        try:
            probe.bind((host, port))
        except (OSError, OverflowError):
            return False
        return True
