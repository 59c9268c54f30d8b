"""An export as Parquet: a file for each table, a row group for each batch; meaning and unit stand in each field.

Needs pyarrow, which the extra `export` brings.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointsman_service.domain.export_rows import Row
from pointsman_service.domain.export_tables import Column, Table
from pointsman_service.errors import ConfigurationError

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIX = "parquet"


class ParquetWriter:
    """Writes one table. Raises ConfigurationError where pyarrow is not installed, OSError."""

    def __init__(self, folder: Path, table: Table, columns: Sequence[Column]) -> None:
        try:
            import pyarrow.parquet as pq  # noqa: PLC0415 - an optional package
        except ImportError as e:
            why = "Parquet needs pyarrow: install pointsman[export], or say --format jsonl"
            raise ConfigurationError(why) from e
        self._names = [c.name for c in columns]
        self._schema = schema_of(table, columns)
        self._writer = pq.ParquetWriter(folder / f"{table.name}.{SUFFIX}", self._schema, compression="zstd")

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows as a row group."""
        import pyarrow as pa  # noqa: PLC0415

        chosen = [{name: row.get(name) for name in self._names} for row in rows]
        self._writer.write_table(pa.Table.from_pylist(chosen, self._schema))

    def close(self) -> None:
        """End the file."""
        self._writer.close()


def schema_of(table: Table, columns: Sequence[Column]) -> pa.Schema:
    """With what the table and each column mean."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.schema([_field(c) for c in columns], metadata={"meaning": table.meaning, "key": ", ".join(table.key)})


def _field(column: Column) -> pa.Field:
    import pyarrow as pa  # noqa: PLC0415

    said = {"meaning": column.meaning, "unit": column.unit}
    return pa.field(column.name, _type(column), metadata={name: text for name, text in said.items() if text})


def _type(column: Column) -> Any:  # noqa: ANN401 - pyarrow brings no types
    import pyarrow as pa  # noqa: PLC0415

    match column.kind:
        case "records":
            return pa.list_(pa.struct([_field(c) for c in column.of]))
        case "texts":
            return pa.list_(pa.string())
        case "numbers":
            return pa.list_(pa.float64())
        case "labels":
            return pa.map_(pa.string(), pa.string())
        case kind:
            plain = {"text": pa.string(), "whole": pa.int64(), "number": pa.float64(), "flag": pa.bool_()}
            return plain.get(kind) or pa.timestamp("us", tz="UTC")
