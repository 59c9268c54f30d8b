"""The command line's way to the service: the Python client, and who is asking."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from pointsman import Client, RetryPolicy, Unavailable

from pointsman_service.cli.addresses import host_and_port
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.options import DEFAULT_TENANT
from pointsman_service.cli.reach import reach

OPERATOR_KEY = "x-pointsman-operator"
OPERATOR_CHARS = 128

# A person waits: a service that restarts is worth two seconds, one that is not there no more.
RETRY = RetryPolicy(attempts=4, first_wait_s=0.2, longest_wait_s=1.0)


@contextmanager
def connect(
    address: str, tenant: str | None = DEFAULT_TENANT, *, operator: str | None = None, timeout_s: float = 10.0
) -> Iterator[Client]:
    """A client for one command. tenant: None for the key's, else the default one. timeout_s: for each of its calls.

    The key is that of POINTSMAN_API_KEY: in an argument every user of the machine could read it.
    Raises Misuse where address or operator is none, ConnectionError where no service answers.
    """
    metadata = [(OPERATOR_KEY, operator_named(operator or os.environ.get("POINTSMAN_OPERATOR") or None))]
    target, how = host_and_port(address), reach()
    with Client(
        target,
        admin_address=target,
        tenant=tenant,
        timeout_s=timeout_s,
        metadata=metadata,
        retry=RETRY,
        tls_ca=how.tls_ca,
        tls_cert=how.tls_cert,
        tls_key=how.tls_key,
    ) as client:
        try:
            yield client
        except Unavailable as error:
            if error.reason:
                raise
            hint = f"start it with `pointsman serve`, or say where it is with {how.address_option}"
            raise ConnectionError(f"no service answers at {target}: {hint}") from error


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
