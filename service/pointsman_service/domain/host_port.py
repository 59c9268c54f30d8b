"""Addresses as HOST:PORT, and whether one can be reached from this machine only."""

from __future__ import annotations

import ipaddress
import socket


def joined(host: str, port: int) -> str:
    """HOST:PORT, an IPv6 address in brackets.

    >>> joined("127.0.0.1", 50051), joined("::1", 50051)
    ('127.0.0.1:50051', '[::1]:50051')
    """
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it. A name other than localhost may resolve to anything, so it does not count.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "db.internal")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_CLOUDS = frozenset(("metadata", "metadata.google.internal", "instance-data", "100.100.100.200", "fd00:ec2::254"))
"""Where clouds hand out a machine's credentials, beside link-local addresses: Google, old EC2, Alibaba, EC2 by IPv6."""


def canonical_host(host: str) -> str:
    """The host as whoever connects to it reads it: an address in its usual form, a name without its last dot.

    >>> [canonical_host(host) for host in ("2852039166", "0x7f.1", "::ffff:10.0.0.1", "API.Example.org.")]
    ['169.254.169.254', '127.0.0.1', '10.0.0.1', 'api.example.org']
    """
    plain = host.strip("[]").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(plain)
    except ValueError:
        return _by_numbers(plain)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def is_of_the_cloud(host: str) -> bool:
    """Whether it is an address at which a cloud gives whoever asks the credentials of the machine.

    >>> is_of_the_cloud("169.254.169.254"), is_of_the_cloud("[fe80::1]"), is_of_the_cloud("10.0.0.1")
    (True, True, False)
    """
    plain = canonical_host(host)
    try:
        return plain in _CLOUDS or ipaddress.ip_address(plain).is_link_local
    except ValueError:
        return False


def _by_numbers(host: str) -> str:
    """An IPv4 address that is written as one number, or in octal or hexadecimal, as resolvers read it."""
    if not host or not host[-1].isalnum() or not host[0].isdigit():
        return host
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return host
