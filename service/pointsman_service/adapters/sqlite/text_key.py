"""The secret under which texts become digests, in a file of its own in the storage folder.

Without it nobody can tell a digest's text by guessing, though they have the database or a backup, which has no copy of
it. Every process on the folder uses the same, so that digests of one text are equal. Whoever removes the file ends
that: digests made before compare with none that are made after.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from pointsman_service.errors import ConfigurationError

KEY_NAME = "texts.key"
KEY_BYTES = 32
"""As long as SHA-256's digests: RFC 2104 (3) advises no less."""


def text_key(folder: Path) -> bytes:
    """The folder's key, made where there is none yet, for its owner alone to read.

    Raises ConfigurationError where it cannot be made or read, or is no key.
    """
    path = folder / KEY_NAME
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as e:
        raise ConfigurationError(f"storage.store_prompts: {path} cannot be made or read: {e}") from e
    if len(key) != KEY_BYTES:
        raise ConfigurationError(
            f"storage.store_prompts: {path} is no key of {KEY_BYTES} bytes: put the file back, or remove it to have"
            " another made, after which digests compare with none that were made before"
        )
    return key


def _make(path: Path) -> None:
    """Whole under its name or not at all, and only once: of two processes the first to link it has made it."""
    draft = path.with_name(f".{KEY_NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "wb") as writing:
            writing.write(secrets.token_bytes(KEY_BYTES))
            writing.flush()
            os.fsync(writing.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
