"""The learner's states that a restart goes on from."""

from __future__ import annotations

from typing import Protocol


class Checkpoints(Protocol):
    """Where the fold's marks are kept."""

    def put(self, payload: bytes, position: int, at: float) -> None:
        """Store."""

    def latest(self) -> tuple[bytes, int] | None:
        """The newest that can be read."""

    def base(self) -> tuple[bytes, int] | None:
        """Where a fold of what is left of the log starts, None for empty."""
