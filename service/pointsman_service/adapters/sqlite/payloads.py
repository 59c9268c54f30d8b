"""Large payloads as files: each is written whole or not at all, and never trusted without its checksum."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pointsman_service.errors import CorruptSnapshot, LogUnavailable
from pointsman_service.machine.flushing import flush_one

_ABANDONED_AFTER_S = 3600.0  # a file that no row names and that is this much older than the newest is of a crash


@dataclass(frozen=True, slots=True)
class PayloadFile:
    """A payload on disk. checksum: hex sha256."""

    name: str
    checksum: str
    size_bytes: int


class PayloadFolder:
    """A folder of payload files; an index elsewhere says which of them count."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def write(self, payload: bytes) -> PayloadFile:
        """On disk, under a name of its own, when this returns. Raises LogUnavailable (disk full, read-only)."""
        checksum = hashlib.sha256(payload).hexdigest()
        name = f"{checksum[:16]}-{uuid.uuid4().hex[:8]}.bin"
        draft = self._folder / f".{name}.draft"
        try:
            with draft.open("wb") as file:
                file.write(payload)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._folder / name)
            flush_one(self._folder)  # a rename is durable only when its folder is
        except OSError as e:
            draft.unlink(missing_ok=True)
            raise LogUnavailable(f"{self._folder} cannot take a payload: {e}", reason="io", path=self._folder) from e
        return PayloadFile(name, checksum, len(payload))

    def read(self, name: str, checksum: str) -> bytes:
        """The payload. Raises CorruptSnapshot where the file is missing or its bytes do not match."""
        try:
            payload = (self._folder / name).read_bytes()
        except OSError as e:
            raise CorruptSnapshot(f"payload {name} cannot be read: {e}", file=name) from e
        if hashlib.sha256(payload).hexdigest() != checksum:
            raise CorruptSnapshot(f"payload {name} does not match its checksum", file=name)
        return payload

    def sweep(self, dropped: Collection[str], known: Collection[str]) -> None:
        """Delete the dropped files, and what a crash left behind. known: names that the index holds."""
        for name in dropped:
            (self._folder / name).unlink(missing_ok=True)
        found = {p: p.stat().st_mtime for p in self._folder.iterdir() if p.suffix in (".bin", ".draft")}
        newest = max(found.values(), default=0.0)
        for path, written in found.items():
            if path.name not in known and newest - written > _ABANDONED_AFTER_S:
                path.unlink(missing_ok=True)
