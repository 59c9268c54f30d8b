"""How much room the log has left on its disk, in one place for whoever is about to pay and for what tells of health."""

from __future__ import annotations

import os
from pathlib import Path

from pointsman_service.errors import LogUnavailable

RESERVE_BYTES = 4 << 20
"""What must be free: the WAL grows to 4 MiB before it is folded in (1,000 pages), beside some hundred long answers.

With less the disk counts as full, though a small write may still find room of its own in the WAL.
"""


def free_bytes(path: Path) -> int | None:
    """Bytes that this user may still write beside the file; None where that cannot be told."""
    try:
        told = os.statvfs(path)
    except OSError:
        return None
    return told.f_bavail * told.f_frsize


def disk_full(path: Path, free: int | None = None) -> LogUnavailable | None:
    """Why an episode must not be begun, None where there is room. free: of the disk, where it is known already."""
    left = free_bytes(path) if free is None else free
    if left is None or left >= RESERVE_BYTES:
        return None
    return LogUnavailable(
        f"the disk of {path} has {left} bytes left, fewer than the {RESERVE_BYTES} that the log needs: free space on"
        " it",
        reason="full",
        path=path,
    )
