"""Bounds what a process may take of the machine's memory, where the system can (Linux)."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_FIRST = "1000"  # proc(5): of oom_score_adj, the most


def bound_memory(most_bytes: int) -> None:
    """From now on what would need more raises MemoryError; where the machine has none left, this process ends first.

    Elsewhere than on Linux nothing happens.
    """
    if sys.platform != "linux":
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = most_bytes if hard == resource.RLIM_INFINITY else min(most_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    Path("/proc/self/oom_score_adj").write_text(_FIRST, encoding="ascii")
