"""Connections within what the process may open: whoever connects and says nothing keeps nobody out.

Each connection is a file descriptor, and so is each file of the log and each connection to a provider. Most systems
give a process 1,024 unless it asks for more: without a bound, that many silent connections, which need no key, end
every other caller's, the operators', and the log's.
"""

from __future__ import annotations

import resource

WANTED = 65_536
"""Descriptors that are asked for; what a process may have at most is often 524,288 (systemd) or 2^30 (containers)."""
MOST_CONNECTIONS = 10_000
"""Of one address in one process: some 10 kB each, and more than a service of 250 calls a second has callers."""
CALLERS_SHARE, HTTP_SHARE, OPERATORS_SHARE, PROVIDERS_SHARE = 2, 4, 8, 20
"""Of the descriptors, a half for callers by gRPC, a quarter for those by HTTP, an eighth for operators, a twentieth for
each of the two pools of connections to providers; the rest: the log."""


def ask_for_descriptors() -> int:
    """Raise the limit of this process and its later children, as far as that needs no rights; return what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return WANTED
    most = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(soft, most)


def most_connections(share: int) -> int:
    """To one of the addresses of this process: the share-th part of its descriptors, at most MOST_CONNECTIONS."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, soft // share)


def pool_of_providers() -> int:
    """Connections that each of the two pools to providers may have: at least 256, also where descriptors are few."""
    return max(256, most_connections(PROVIDERS_SHARE))
