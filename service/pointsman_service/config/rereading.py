"""The file once more, for a service that runs: only where it is whole, as far as that can be told.

At a start an empty file means defaults. To a running service it is one that an editor or a full disk has cut off, or a
pipe that was read to its end: taken, it would end every tenant and key of the file. TOML has no mark of its end, so a
file that is being written can parse at any line; hence the file must have been still for a moment.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pointsman_service.errors import ConfigurationError

if TYPE_CHECKING:
    from pointsman_service.config.sections import Settings

STILL_S = 0.1
"""How long nobody may have written: many times what lies between two writes of one program."""
MOST_LOOKS = 20
"""Two seconds, then whoever asked hears that the file was never still."""


def read_again(
    file: Path | None, read: Callable[[], Settings], pause: Callable[[float], None] = time.sleep
) -> Settings:
    """What `read` makes of the file, which did not change meanwhile. file: None where only the environment is read.

    Raises ConfigurationError: for what `read` does, and for what is no regular file, is empty, or goes on changing.
    """
    if file is None:
        return read()
    seen = _state(file)
    for _ in range(MOST_LOOKS):
        pause(STILL_S)
        now = _state(file)
        if now == seen:
            settings = read()
            if _state(file) == now:
                return _said(file, settings)
        seen = now
    raise ConfigurationError(f"{file}: is still being written; ask again when it is whole")


def _said(file: Path, settings: Settings) -> Settings:
    if not settings.given.file:
        raise ConfigurationError(f"{file}: is empty; a running service takes that for a file that was cut off")
    return settings


def _state(file: Path) -> tuple[int, int, int] | None:
    """What changes with each write; None for no file, of which `read` tells. A pipe is refused: its read may block."""
    try:
        found = file.stat()
    except OSError:
        return None
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):  # of a folder `read` tells
        raise ConfigurationError(f"{file}: is no regular file, which can be read once only; restart to change it")
    return found.st_mtime_ns, found.st_size, found.st_ino
