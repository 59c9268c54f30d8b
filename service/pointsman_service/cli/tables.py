"""Tables that fit: words may go on in the next line, whole columns give way, numbers and words are never split.

Where there is no room, in this order: headings and long texts are broken between words; the columns that matter least
are left out, which is said; what still does not fit is told row by row, a fact a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import typer

from pointsman_service.cli import output

GAP = 2
NARROWEST = 16
"""Columns that a text keeps when it is broken, where its words are no longer."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. rank: what has the highest is left out first, 0 never; text: may be broken between words."""

    heading: str
    rank: int = 0
    text: bool = False


@dataclass(frozen=True, slots=True)
class Laid:
    """A column with its cells. columns: what it is given."""

    column: Column
    cells: Sequence[str]
    numeric: bool
    columns: int

    @property
    def needs(self) -> int:
        """The least that it can do with."""
        heading, cells = _longest_word([self.column.heading]), max(map(output.columns_of, self.cells))
        if self.column.text:
            cells = min(cells, max(_longest_word(self.cells), NARROWEST))
        return max(heading, cells)


def as_table(
    headings: Sequence[str | Column], rows: Sequence[Sequence[object]], *, empty: str, columns: int | None = None
) -> None:
    """Print a table with numbers to the right; `empty` says what to do where there is nothing to show.

    columns: to fit into; None for what standard output has, which for a file is no bound.
    """
    if not rows:
        typer.echo(empty)
        return
    room = columns or output.width()
    whole = _all(headings, rows)
    kept = _fitting(whole, room)
    if kept is None:
        _stacked(whole, room)
        return
    for line in _lines(_given_room(kept, room)):
        typer.echo(line)
    names = [c.column.heading for c in kept]
    if left_out := [c.column.heading for c in whole if c.column.heading not in names]:
        output.note(f"({', '.join(left_out)}: no room in {room} columns; --json has everything)")


def fits(headings: Sequence[str | Column], rows: Sequence[Sequence[object]]) -> bool:
    """Whether a table has room in standard output with all its columns."""
    return not rows or len(_fitting(_all(headings, rows), output.width()) or ()) == len(headings)


def _all(headings: Sequence[str | Column], rows: Sequence[Sequence[object]]) -> list[Laid]:
    return [_laid(Column(h) if isinstance(h, str) else h, [row[i] for row in rows]) for i, h in enumerate(headings)]


def _laid(column: Column, values: Sequence[object]) -> Laid:
    cells = [output.cell(value) for value in values]
    told = [v for v in values if v is not None]
    numeric = bool(told) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in told)
    return Laid(column, cells, numeric, max(map(output.columns_of, (column.heading, *cells))))


def _longest_word(texts: Sequence[str]) -> int:
    return max(output.columns_of(word) for text in texts for word in text.split(" "))


def _fitting(columns: Sequence[Laid], room: int) -> list[Laid] | None:
    """The columns that there is room for, with words below each other; None where not even those of rank 0 fit."""
    kept = list(columns)
    while sum(c.needs for c in kept) + GAP * (len(kept) - 1) > room:
        # A column that says nothing goes before all others.
        least = max(kept, key=lambda c: (c.column.rank > 0 and set(c.cells) <= {"-", ""}, c.column.rank))
        if least.column.rank == 0:
            return None
        kept.remove(least)
    return kept


def _given_room(kept: Sequence[Laid], room: int) -> list[Laid]:
    """Columns that can do with less give what is over, those first that can give most."""
    over = sum(c.columns for c in kept) + GAP * (len(kept) - 1) - room
    given = []
    for c in sorted(kept, key=lambda c: c.needs - c.columns):
        cut = max(0, min(over, c.columns - c.needs))
        over -= cut
        given.append((c, Laid(c.column, c.cells, c.numeric, c.columns - cut)))
    return [next(laid for was, laid in given if was is c) for c in kept]


def _lines(columns: Sequence[Laid]) -> list[str]:
    headings = [output.bold(line) for line in _row([c.column.heading for c in columns], columns, at_bottom=True)]
    body = [line for i in range(len(columns[0].cells)) for line in _row([c.cells[i] for c in columns], columns)]
    return headings + body


def _row(cells: Sequence[str], columns: Sequence[Laid], *, at_bottom: bool = False) -> list[str]:
    """The lines of one row."""
    split = [_broken(cell, c) for cell, c in zip(cells, columns, strict=True)]
    height = max(map(len, split))
    padded = [[""] * (height - len(s)) + s if at_bottom else s + [""] * (height - len(s)) for s in split]
    lines = [
        (" " * GAP).join(_aligned(part[k], c) for part, c in zip(padded, columns, strict=True)) for k in range(height)
    ]
    return [line.rstrip() for line in lines]


def _broken(cell: str, column: Laid) -> list[str]:
    if output.columns_of(cell) <= column.columns:
        return [cell]
    return output.wrapped(cell, column.columns, least=1)


def _aligned(text: str, column: Laid) -> str:
    blanks = " " * (column.columns - output.columns_of(text))
    return blanks + text if column.numeric else text + blanks


def _stacked(columns: Sequence[Laid], room: int) -> None:
    """Row by row, a fact a line; marks without a heading are left out."""
    for i in range(len(columns[0].cells)):
        if i:
            typer.echo()
        output.facts({c.column.heading: c.cells[i] for c in columns if c.column.heading}, room)
