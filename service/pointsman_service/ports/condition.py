"""Whether the log can be written now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LogTrouble:
    """Why the log cannot be written. reason: one word ("full", "corrupt", "removed", ...); text: what to do, too."""

    reason: str
    text: str


class LogCondition(Protocol):
    """What is known of the log's condition, from its own writes and from looking."""

    @property
    def trouble(self) -> LogTrouble | None:
        """Why it cannot be written, as far as is known now; None where it can. At once: for every request."""

    def look(self) -> LogTrouble | None:
        """Find out: by looking at the files, and by a small write where something was wrong. Blocks."""
