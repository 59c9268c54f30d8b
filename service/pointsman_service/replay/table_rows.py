"""Rows of outcome-table files, checked one by one: whatever is wrong names its file, line and field."""

from __future__ import annotations

import csv
import gzip
import json
import math
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from pointsman_service.replay.outcome_table import TableError

# Answers run to megabytes in one field; the csv module stops at 128 KiB by default.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True, slots=True)
class Row:
    """One row with its place, so that a wrong field can say where it is."""

    path: Path
    line: int
    fields: Mapping[str, Any]

    def wrong(self, field: str, why: str) -> TableError:
        """The error to raise for a field of this row."""
        return TableError(f"{self.path}, line {self.line}, {field}: {why}", file=self.path, line=self.line, field=field)

    def text(self, field: str) -> str:
        """A string that may be empty."""
        value = self.fields.get(field)
        if not isinstance(value, str):
            raise self.wrong(field, f"expected a string, found {_shown(value)}")
        return value

    def name(self, field: str) -> str:
        """A string that is not empty."""
        value = self.text(field)
        if not value.strip():
            raise self.wrong(field, "must not be empty")
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            raise self.wrong(field, "holds half of a surrogate pair, which is no character")
        return value

    def optional_text(self, field: str) -> str | None:
        """A string, or None where the field is missing or null; numbers become their text."""
        value = self.fields.get(field)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool | int | float):
            return str(value)
        return json.dumps(value, ensure_ascii=False)

    def score(self, field: str) -> float:
        """A number in [0, 1]."""
        value = self._number(field)
        if not 0.0 <= value <= 1.0:
            raise self.wrong(field, f"expected a number from 0 to 1, found {_shown(self.fields[field])}")
        return value

    def amount(self, field: str) -> float:
        """A number that is not negative."""
        value = self._number(field)
        if value < 0.0:
            raise self.wrong(field, f"must not be negative, found {_shown(self.fields[field])}")
        return value

    def optional_amount(self, field: str) -> float:
        """A number that is not negative, NaN where the field is missing or empty."""
        return math.nan if self.fields.get(field) in (None, "") else self.amount(field)

    def _number(self, field: str) -> float:
        raw = self.fields.get(field)
        try:
            value = math.nan if isinstance(raw, bool) or raw is None else float(raw)
        except (TypeError, ValueError, OverflowError):
            value = math.nan
        if not math.isfinite(value):
            raise self.wrong(field, f"expected a number, found {_shown(raw)}")
        return value


def find(folder: Path, stem: str) -> Path | None:
    """`stem` or `stem.gz` in the folder. Raises TableError where both are there: which one counts would be a guess."""
    found = [p for p in (folder / f"{stem}.gz", folder / stem) if p.is_file()]
    if len(found) > 1:
        raise TableError(f"{folder}: has both {found[0].name} and {found[1].name}; remove one", file=folder)
    return found[0] if found else None


def json_rows(path: Path) -> Iterator[Row]:
    """Objects of a .jsonl or .jsonl.gz file; blank lines are skipped."""
    with _opened(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                fields = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise Row(path, number, {}).wrong("line", f"is not JSON ({error})") from error
            if not isinstance(fields, dict):
                raise Row(path, number, {}).wrong("line", f"expected a JSON object, found {_shown(fields)}")
            yield Row(path, number, fields)


def csv_rows(path: Path, required: tuple[str, ...]) -> Iterator[Row]:
    """Rows of a .csv or .csv.gz file with a header that has at least the `required` columns."""
    with _opened(path) as lines:
        reader = csv.reader(lines, strict=True)
        try:
            header = next(reader, [])
            for column in required:
                if column not in header:
                    raise Row(path, 1, {}).wrong(column, f"is not among the columns ({', '.join(header) or 'none'})")
            if len(set(header)) < len(header):
                twice = next(column for column in header if header.count(column) > 1)
                raise Row(path, 1, {}).wrong(twice, "expected each column once, this one is there twice")
            for cells in reader:
                if len(cells) != len(header):
                    row = Row(path, reader.line_num, {})
                    raise row.wrong("line", f"expected {len(header)} columns, found {len(cells)}")
                yield Row(path, reader.line_num, dict(zip(header, cells, strict=True)))
        except csv.Error as error:
            raise Row(path, reader.line_num, {}).wrong("line", f"is not CSV ({error})") from error


def whole(path: Path) -> str:
    """The text of a file, unpacked where it is gzipped. Raises TableError where it cannot be read."""
    with _opened(path) as lines:
        return lines.read()


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        # Spreadsheets start a file with a byte order mark, which is no part of the first column's name.
        with opener(path, "rt", encoding="utf-8-sig", newline="") as lines:
            yield lines
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise TableError(f"{path}: cannot be read ({error})", file=path) from error


def _shown(value: Any) -> str:  # noqa: ANN401 - whatever the file had
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
