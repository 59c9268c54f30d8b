"""Which process something belongs to, so that others on the machine can tell whether it still runs."""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")


def own_identity() -> str:
    """This process: its namespace, its number, and when it started, since numbers are given again.

    Empty where the system does not tell.
    """
    return _identity(os.getpid()) or ""


def has_ended(identity: str) -> bool:
    """Whether that process is known to run no more; False where that cannot be told, as of another container's.

    >>> has_ended(own_identity()), has_ended("")
    (False, False)
    """
    space, _, rest = identity.rpartition(" ")[0].rpartition(" ")
    if not identity or space != _namespace():
        return False
    return _identity(int(rest)) != identity


def _identity(pid: int) -> str | None:
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    space = _namespace()
    # Fields 3 and 22 of proc(5): a zombie has ended.
    return None if space is None or fields[0] == "Z" else f"{space} {pid} {fields[19]}"


def _namespace() -> str | None:
    try:
        return (_PROC / "self" / "ns" / "pid").readlink().name
    except OSError:
        return None
