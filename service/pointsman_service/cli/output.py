"""How commands print: tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer


def as_json(value: object) -> None:
    """One JSON document on standard output; a number that is not finite is null."""
    from pointsman_service.domain import strict_json

    typer.echo(strict_json.dumps(value, indent=2))


def as_table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """A table with numbers to the right; `empty` says what to do where there is nothing to show.

    Piped output keeps every column whole, however wide.
    """
    if not rows:
        typer.echo(empty)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for i, heading in enumerate(headings):
        numeric = all(isinstance(row[i], int | float | None) for row in rows)
        table.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    console = Console(highlight=False, markup=False)
    console.print(table) if console.is_terminal else Console(highlight=False, markup=False, width=250).print(table)


def cell(value: object) -> str:
    """A value as a table shows it.

    >>> [cell(v) for v in (None, True, 3, 0.00012345, 0.5, "x", 1234.5)]
    ['-', 'yes', '3', '0.000123', '0.500', 'x', '1,234.5']
    """
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def number(value: float) -> str:
    """Three significant digits below a tenth, three decimals below a hundred, one above.

    >>> number(0.0), number(0.0421), number(12.3456)
    ('0.000', '0.0421', '12.346')
    """
    if value and abs(value) < 0.1:
        return f"{value:.3g}"
    return f"{value:,.3f}" if abs(value) < 100 else f"{value:,.1f}"


def facts(pairs: Mapping[str, Any]) -> None:
    """Aligned `name  value` lines."""
    width = max(map(len, pairs))
    for name, value in pairs.items():
        typer.echo(f"{name:<{width}}  {cell(value)}")
