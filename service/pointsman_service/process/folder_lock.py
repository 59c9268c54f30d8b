"""One service a folder: the main process holds a lock in it, which the system lets go of however the process ends.

Commands that read beside a service (`doctor`, `config show`, `backup`) do not ask for it. Children do not inherit it,
so one that outlives a killed main process keeps nobody out.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from pointsman_service.errors import ConfigurationError

LOCK_NAME = "service.lock"


@contextmanager
def only_service(folder: Path) -> Iterator[None]:
    """Be the folder's service inside the block. Raises ConfigurationError where another process is."""
    with _opened(folder) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise ConfigurationError(
                f"storage.folder: another service{_said_by(lock.name)} has {folder}; stop it, or name another folder"
            ) from e
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _opened(folder: Path) -> TextIO:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # prompts will lie here
        return (folder / LOCK_NAME).open("a+", encoding="utf-8")
    except OSError as e:
        raise ConfigurationError(f"storage.folder: {folder} cannot be written to: {e}") from e


def _said_by(path: str) -> str:
    pid = Path(path).read_text(encoding="utf-8").strip()
    return f" (process {pid})" if pid.isdigit() else ""
