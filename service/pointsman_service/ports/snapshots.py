"""The learner's states that routers decide by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SnapshotRecord:
    """A stored snapshot: version is unique and grows; position: log position it is the fold of.

    name: keeps it whatever its age, None for most.
    """

    version: int
    position: int
    created_at: float
    checksum: str
    size_bytes: int
    active: bool
    note: str
    name: str | None = None


class SnapshotStore(Protocol):
    """Immutable, versioned, checksummed learner states, of which one is active."""

    def put(self, payload: bytes, position: int, at: float, note: str = "") -> SnapshotRecord:
        """Store under the next version and make it active, unless an operator pinned another by `activate`.

        Thins the others by their age; the active one and those with a name stay.
        """

    def active_version(self) -> int | None:
        """Cheap enough to poll: None when there is none."""

    def load(self, version: int) -> bytes:
        """Raises UnknownSnapshot, or CorruptSnapshot where the checksum does not match."""

    def list(self, limit: int = 100) -> Sequence[SnapshotRecord]:
        """Newest first."""

    def activate(self, version: int, at: float) -> SnapshotRecord:
        """Roll back (or forward) and pin. Raises UnknownSnapshot, CorruptSnapshot."""

    def unpin(self) -> None:
        """Follow the newest again."""

    def name(self, version: int, name: str, at: float) -> SnapshotRecord:
        """Keep it under this name, and no other. Raises UnknownSnapshot, AlreadyExists, InvalidRequest (too many)."""

    def unname(self, name: str) -> None:
        """Keep it no longer. Raises UnknownSnapshot where no snapshot has the name."""
