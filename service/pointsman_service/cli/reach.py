"""How the command that runs reaches the service that it asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reach:
    """address_option: what says where the service is, for a message where nobody answers.

    tls_ca, tls_cert, tls_key: files in PEM, None for what the environment says.
    """

    address_option: str = "--address"
    tls_ca: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None


_PLAINLY = Reach()
_REACH: ContextVar[Reach] = ContextVar("reach", default=_PLAINLY)


def reach() -> Reach:
    """That of the command that runs."""
    return _REACH.get()


@contextmanager
def reaching(how: Reach) -> Iterator[None]:
    """Within the block the command reaches its service so."""
    token = _REACH.set(how)
    try:
        yield
    finally:
        _REACH.reset(token)
