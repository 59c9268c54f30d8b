"""What was written is on disk, and stays there when the power goes: files, and the names that folders have of them."""

from __future__ import annotations

import os
from pathlib import Path


def flush(folder: Path) -> None:
    """Everything in the folder is on disk when this returns."""
    for path in [*folder.rglob("*"), folder]:
        flush_one(path)


def flush_one(path: Path) -> None:
    """A file, or that a folder has the names that it has, is on disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
