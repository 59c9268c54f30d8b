"""The files of an address's certificates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files. cert: the chain, its own certificate first. client_ca: of whom a client must have one, None for none.

    section: of the configuration, which errors name.
    """

    section: str
    cert: Path
    key: Path
    client_ca: Path | None = None
