"""A node of the taxonomy as it is declared, before it has a place among queries."""

from __future__ import annotations

from dataclasses import dataclass

ROOT = "root"


@dataclass(frozen=True, slots=True)
class TaxonomyEntry:
    """One node as it is in force. parent: None for the root, which is added where the file has none.

    enabled: False where no query falls to it any more. origin: "file" or "operator".
    """

    id: str
    parent: str | None
    title: str
    description: str
    examples: tuple[str, ...]
    enabled: bool = True
    origin: str = "file"
