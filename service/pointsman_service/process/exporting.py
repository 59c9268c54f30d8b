"""An export: the log of a folder as tables in another, streamed, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from pointsman_service.adapters.export_jsonl import JsonLinesWriter
from pointsman_service.adapters.export_parquet import ParquetWriter
from pointsman_service.adapters.sqlite.connection import Database
from pointsman_service.adapters.sqlite.export import ExportedLog
from pointsman_service.adapters.sqlite.schema import prepare
from pointsman_service.adapters.sqlite.storage import DATABASE_NAME
from pointsman_service.domain.export_rows import Row, rows_of
from pointsman_service.domain.export_tables import TABLES, Table, described
from pointsman_service.errors import ConfigurationError
from pointsman_service.machine.draft_folder import draft_folder

Format = Literal["parquet", "jsonl"]
SCHEMA = "schema.md"
BATCH = 5_000
"""Rows of a table that are held before they are written: some MB, and a row group of Parquet."""


class _Writer(Protocol):
    def write(self, rows: Sequence[Row]) -> None: ...
    def close(self) -> None: ...


_WRITERS: Mapping[Format, Callable[..., _Writer]] = {"parquet": ParquetWriter, "jsonl": JsonLinesWriter}


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """since, until: seconds since the epoch, of when things were logged: [since, until). tenant: None for all.

    words: whether prompts, answers and what else was said goes along.
    """

    format: Format = "parquet"
    tables: tuple[Table, ...] = TABLES
    since: float = 0.0
    until: float = float("inf")
    tenant: str | None = None
    words: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """rows: by table. unreadable: events that could not be read, and are in none."""

    rows: Mapping[str, int]
    unreadable: int


@dataclass(slots=True)
class _Sheet:
    """A table that is being written."""

    writer: _Writer
    rows: list[Row] = field(default_factory=list)
    count: int = 0

    def add(self, row: Row) -> None:
        self.rows.append(row)
        self.count += 1
        if len(self.rows) >= BATCH:
            self.flush()

    def flush(self) -> None:
        if self.rows:
            self.writer.write(self.rows)
            self.rows.clear()


def export(
    folder: Path, to: Path, options: ExportOptions, progress: Callable[[float], None] = lambda _share: None
) -> Done:
    """Write the tables into the new folder `to`. progress: told of the share that is done.

    Raises ConfigurationError where there is nothing to export, `to` exists, or pyarrow is missing; LogUnavailable.
    """
    database = Database(folder / DATABASE_NAME, read_only=True)
    if not database.path.exists():
        raise ConfigurationError(f"{folder} has no {DATABASE_NAME}: there is nothing to export")
    if to.exists():
        raise ConfigurationError(f"{to} exists already: name a new folder")
    prepare(database)
    with draft_folder(to) as draft, closing(ExportedLog(database)) as log:
        counts = _write(log, draft, options, progress)
        (draft / SCHEMA).write_text(described(options.tables, words=options.words), encoding="utf-8")
        draft.rename(to)
        return Done(counts, log.unreadable)


def _write(
    log: ExportedLog, draft: Path, options: ExportOptions, progress: Callable[[float], None]
) -> Mapping[str, int]:
    with ExitStack() as stack:
        sheets: dict[str, _Sheet] = {}
        for table in options.tables:
            writer = _WRITERS[options.format](draft, table, table.chosen(words=options.words))
            sheets[table.name] = _Sheet(stack.enter_context(closing(writer)))
        for exported, share in log.events(options.since, options.until, options.tenant):
            progress(share)
            for name, row in rows_of(exported):
                if name in sheets:
                    sheets[name].add(row)
        for sheet in sheets.values():
            sheet.flush()
        return {name: sheet.count for name, sheet in sheets.items()}
