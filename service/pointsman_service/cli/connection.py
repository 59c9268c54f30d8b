"""The command line's way to the service: the Python client, and who is asking."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from pointsman import Client, RetryPolicy, Unavailable

from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.options import DEFAULT_TENANT

OPERATOR_KEY = "x-pointsman-operator"
OPERATOR_CHARS = 128

# A person waits: a service that restarts is worth two seconds, one that is not there no more.
RETRY = RetryPolicy(attempts=4, first_wait_s=0.2, longest_wait_s=1.0)


@contextmanager
def connect(
    address: str, tenant: str = DEFAULT_TENANT, *, operator: str | None = None, timeout_s: float = 10.0
) -> Iterator[Client]:
    """A client for one command. timeout_s: for each of its calls.

    Raises Misuse where address or operator is none, ConnectionError where no service answers.
    """
    metadata = [(OPERATOR_KEY, operator_named(operator or os.environ.get("POINTSMAN_OPERATOR") or None))]
    target = host_and_port(address)
    with Client(target, tenant=tenant, timeout_s=timeout_s, metadata=metadata, retry=RETRY) as client:
        try:
            yield client
        except Unavailable as error:
            if error.reason:
                raise
            hint = "start it with `pointsman serve`, or say where it is with --address"
            raise ConnectionError(f"no service answers at {target}: {hint}") from error


def host_and_port(address: str) -> str:
    """The address, where it can be one. Raises Misuse with what was probably meant.

    >>> host_and_port("127.0.0.1:50051")
    '127.0.0.1:50051'
    >>> host_and_port("http://10.0.0.7:50051/")
    Traceback (most recent call last):
        ...
    pointsman_service.cli.failures.Misuse: --address http://10.0.0.7:50051/: write it as HOST:PORT: 10.0.0.7:50051
    """
    scheme, found, rest = address.partition("://")
    if found and scheme.lower() in {"http", "https", "grpc", "grpcs", "tcp"}:
        raise Misuse(f"--address {address}: write it as HOST:PORT: {rest.partition('/')[0] or '127.0.0.1:50051'}")
    if ":" not in address:
        raise Misuse(f"--address {address!r}: write it as HOST:PORT: {address.strip() or '127.0.0.1'}:50051")
    return address


def operator_named(given: str | None) -> str:
    """Who is asking, as the metadata carries it. Raises Misuse where it cannot be carried.

    >>> operator_named("anna@ops")
    'anna@ops'
    """
    if given is None:
        return _printable(f"{_login()}@{socket.gethostname()}")[:OPERATOR_CHARS]
    if given != _printable(given) or not given.strip() or len(given) > OPERATOR_CHARS:
        raise Misuse(f"--operator {given!r}: write a name or an address in at most {OPERATOR_CHARS} ASCII characters")
    return given


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user id without a name
        return str(os.getuid())


def _printable(text: str) -> str:
    return "".join(c if " " <= c <= "~" else "?" for c in text)
