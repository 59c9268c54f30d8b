"""Where a command asks: the address for callers, and from it the one for operators."""

from __future__ import annotations

import os

import typer

from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.options import DEFAULT_ADDRESS

ADDRESS, ADMIN_ADDRESS = "address", "admin_address"
ADDRESS_VARIABLE, ADMIN_VARIABLE = "POINTSMAN_ADDRESS", "POINTSMAN_ADMIN_ADDRESS"
LAST_PORT = 65_535


def admin_address(context: typer.Context) -> str:
    """Where to ask AdminService: what the command line says, else the environment, else the default.

    An address for callers on the command line beats the environment's for operators: the port after it is meant. Raises
    Misuse where there is none.
    """
    given = context.params.get(ADMIN_ADDRESS) or os.environ.get(ADMIN_VARIABLE)
    if given and (_typed(context, ADMIN_ADDRESS) or not _typed(context, ADDRESS)):
        return str(given)
    return after(context.params.get(ADDRESS) or os.environ.get(ADDRESS_VARIABLE) or DEFAULT_ADDRESS)


def after(address: str) -> str:
    """The address with the next port. Raises Misuse where none comes after it, or it is no address.

    >>> after("127.0.0.1:50051")
    '127.0.0.1:50052'
    """
    host, _, port = host_and_port(address).rpartition(":")
    if int(port) == LAST_PORT:
        raise Misuse(f"--address {address}: no port comes after it; say where operators ask with --admin-address")
    return f"{host}:{int(port) + 1}"


def host_and_port(address: str) -> str:
    """The address, where it can be one. Raises Misuse with what was probably meant.

    >>> host_and_port("127.0.0.1:50051")
    '127.0.0.1:50051'
    >>> host_and_port("http://10.0.0.7:50051/")
    Traceback (most recent call last):
        ...
    pointsman_service.cli.failures.Misuse: --address http://10.0.0.7:50051/: write it as HOST:PORT: 10.0.0.7:50051
    >>> host_and_port("ops7:port")
    Traceback (most recent call last):
        ...
    pointsman_service.cli.failures.Misuse: --address 'ops7:port': the port is a number from 1 to 65535, not 'port'
    """
    scheme, found, rest = address.partition("://")
    if found and scheme.lower() in {"http", "https", "grpc", "grpcs", "tcp"}:
        raise Misuse(f"--address {address}: write it as HOST:PORT: {rest.partition('/')[0] or DEFAULT_ADDRESS}")
    if ":" not in address:
        raise Misuse(f"--address {address!r}: write it as HOST:PORT: {address.strip() or '127.0.0.1'}:50051")
    port = address.rpartition(":")[2]
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= LAST_PORT):
        raise Misuse(f"--address {address!r}: the port is a number from 1 to {LAST_PORT}, not {port!r}")
    return address


def _typed(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
