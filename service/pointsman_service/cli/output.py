"""How commands print: lines and tables for people, JSON for programs."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import typer

UNBOUNDED = 100_000
"""Columns of what is no terminal: nothing is cut for a file."""


def as_json(value: object) -> None:
    """One JSON document on standard output; a number that is not finite is null."""
    from pointsman_service.domain import strict_json

    typer.echo(strict_json.dumps(value, indent=2))


def note(text: str) -> None:
    """A word to the person, on standard error, so that what is piped stays clean."""
    typer.echo(text, err=True)


def width() -> int:
    """Columns to write in: COLUMNS where it is set, else the terminal's, else without bound."""
    if os.environ.get("COLUMNS", "").isdigit() or sys.stdout.isatty():
        return max(20, shutil.get_terminal_size().columns)
    return UNBOUNDED


def bold(text: str) -> str:
    """Bold on a terminal that wants it."""
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return text if plain else f"\033[1m{text}\033[0m"


def safe(text: str) -> str:
    r"""Without the characters that would steer a terminal: prompts and providers' words are strangers'.

    >>> safe("red: \x1b[31m, two\tlines\n")
    'red: ?[31m, two\tlines\n'
    """
    return "".join(c if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"} else "?" for c in text)


def for_terminal(text: str) -> str:
    """A text that somebody else wrote, as it is for a file, and harmless for a terminal."""
    return safe(text) if sys.stdout.isatty() else text


def cell(value: object) -> str:
    """A value as a table shows it, in one line.

    >>> [cell(v) for v in (None, True, 3, 0.00012345, 0.5, "x", 1234.5, ["a", "b"], [])]
    ['-', 'yes', '3', '0.000123', '0.500', 'x', '1,234.5', 'a, b', '-']
    """
    if value is None or value in ([], {}, ()):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return number(value) if isinstance(value, float) else f"{value:,}"
    if isinstance(value, list | tuple):
        return ", ".join(map(cell, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={cell(each)}" for key, each in value.items())
    return " ".join(safe(str(value)).splitlines()).replace("\t", " ")


def number(value: float) -> str:
    """Three significant digits below a tenth, three decimals below a hundred, one above.

    >>> number(0.0), number(0.0421), number(12.3456)
    ('0.000', '0.0421', '12.346')
    """
    if value and abs(value) < 0.1:
        return f"{value:.3g}"
    return f"{value:,.3f}" if abs(value) < 100 else f"{value:,.1f}"


def shortened(text: str, columns: int) -> str:
    """The beginning of a text, cut between words where it is longer.

    >>> shortened("what is the capital of Australia", 20)
    'what is the ...'
    """
    line = cell(text)
    if columns_of(line) <= columns:
        return line
    kept = ""
    for word in line.split(" "):
        if columns_of(kept) + columns_of(word) + 4 > columns:
            break
        kept += f"{word} "
    return f"{kept or line[: columns // 2 - 4] + ' '}..."


def facts(pairs: Mapping[str, Any], columns: int | None = None) -> None:
    """Aligned `name  value` lines; a long value goes on below its beginning, broken between words.

    columns: to fit into; None for what standard output has.
    """
    name_width, room = max(map(len, pairs)), columns or width()
    for name, value in pairs.items():
        first, *more = wrapped(cell(value), room - name_width - 2)
        typer.echo(f"{name:<{name_width}}  {first}")
        for line in more:
            typer.echo(f"{'':<{name_width}}  {line}")


def paragraph(text: str) -> None:
    """Running text, broken between words."""
    for line in wrapped(cell(text), min(width(), 100)):
        typer.echo(line)


def section(title: str) -> None:
    """A title of what follows, after an empty line."""
    typer.echo()
    typer.echo(bold(title))


def wrapped(text: str, columns: int, *, least: int = 8) -> list[str]:
    """Lines of at most so many columns, but of no fewer than `least`; a word that is longer stays whole.

    >>> wrapped("one two three", 8)
    ['one two', 'three']
    """
    return wrap(text, max(columns, least), break_long_words=False, break_on_hyphens=False) or [""]


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes: East Asian characters take two, combining ones none.

    >>> columns_of("abc"), columns_of("\u8868")
    (3, 2)
    """
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) != 0 for c in text)
