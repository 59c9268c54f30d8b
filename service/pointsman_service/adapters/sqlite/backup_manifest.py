"""What a backup says of itself: which files it has, with their checksums, and how far its log and its learner are.

It holds no secret: neither texts, nor keys, nor the place that it was made from.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from pointsman_service.errors import ConfigurationError

MANIFEST = "manifest.json"
FORMAT = 1
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class BackedUpFile:
    """A file of the backup. name: its path in the folder; checksum: hex sha256."""

    name: str
    size_bytes: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """made_at: seconds since the epoch. log_end: position of the last event; learnt_to: of the newest saved state.

    schema: of the database. rows: by table, as they were when the copy began.
    """

    made_at: float
    schema: int
    log_end: int
    learnt_to: int
    rows: dict[str, int]
    files: tuple[BackedUpFile, ...]

    def write(self, folder: Path) -> None:
        """Into the folder of the backup."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=2, sort_keys=True)
        (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Raises ConfigurationError where the folder is no backup, or one of another format."""
        try:
            found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except OSError as e:
            why = f"{folder} is no backup: its {MANIFEST} cannot be read ({e.strerror})"
            raise ConfigurationError(why) from e
        except ValueError as e:
            raise ConfigurationError(f"{folder}: {MANIFEST} is damaged ({e}); take another backup") from e
        return cls._of(found, folder)

    @classmethod
    def _of(cls, found: Any, folder: Path) -> Self:  # noqa: ANN401 - JSON
        made = found.pop("format", None) if isinstance(found, dict) else None
        if made != FORMAT:
            raise ConfigurationError(f"{folder}: a backup of format {made}, this version reads {FORMAT}")
        try:
            files = tuple(BackedUpFile(**file) for file in found.pop("files"))
            return cls(files=files, **found)
        except (TypeError, KeyError) as e:
            raise ConfigurationError(f"{folder}: {MANIFEST} is damaged ({e}); take another backup") from e

    def check_files(self, folder: Path) -> None:
        """Raises ConfigurationError for the first file that is missing, or has other bytes than were backed up."""
        for file in self.files:
            path = folder / file.name
            if not _inside(path, folder):
                raise ConfigurationError(f"{folder}: {MANIFEST} names a file outside of it: {file.name}")
            try:
                damaged = path.stat().st_size != file.size_bytes or checksum_of(path) != file.checksum
            except OSError as e:
                raise ConfigurationError(f"{path} cannot be read ({e.strerror}); take another backup") from e
            if damaged:
                raise ConfigurationError(f"{path} is damaged: it is not what was backed up; take another backup")


def described(folder: Path, name: str) -> BackedUpFile:
    """A file as it is now."""
    path = folder / name
    return BackedUpFile(name, path.stat().st_size, checksum_of(path))


def checksum_of(path: Path) -> str:
    """Hex sha256, read piece by piece. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
