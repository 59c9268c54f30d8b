"""An export as JSON Lines: a file for each table, an object a line, times as ISO 8601 in UTC."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TextIO

from pointsman_service.domain.export_rows import Row
from pointsman_service.domain.export_tables import Column, Table

SUFFIX = "jsonl"


class JsonLinesWriter:
    """Writes one table. Raises OSError."""

    def __init__(self, folder: Path, table: Table, columns: Sequence[Column]) -> None:
        self._names = [c.name for c in columns]
        self._file: TextIO = (folder / f"{table.name}.{SUFFIX}").open("w", encoding="utf-8")

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows; of each the chosen columns, in their order."""
        for row in rows:
            chosen = {name: row.get(name) for name in self._names}
            self._file.write(json.dumps(chosen, ensure_ascii=False, allow_nan=False, default=_written) + "\n")

    def close(self) -> None:
        """End the file."""
        self._file.close()


def _written(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
