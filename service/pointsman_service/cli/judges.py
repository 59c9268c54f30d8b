"""`pointsman judges`: what judges say, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from pointsman_service.cli.failures import Misuse

app = typer.Typer(name="judges", help="See what judges say of answers, and why.", no_args_is_help=True)

STDIN = Path("-")


@app.command(
    "try",
    short_help="What the free judges say of given answers.",
    epilog="""Example: pointsman judges try <<< '{"question": "How many?", "answers": ["7", "The answer is 7."]}'""",
)
def try_judges(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="JSON lines; - is standard input.")] = STDIN,
) -> None:
    """Say what format and agreement say of given answers, and what is read from a judge's reply. Calls no model.

    Each line has `question` and `answers` (or `a` and `b`, or `answer`), with `conversation` and `finish_reason` where
    they matter; or `kind` (rubric, pairwise) and `reply`, what a judging model wrote. Other fields are ignored.
    """
    from pointsman_service.judges.trying import BadTrial, tried

    for number, line in _lines(file):
        try:
            said = tried(_parsed(line))
        except BadTrial as bad:
            raise Misuse(f"line {number}: {bad}") from bad
        typer.echo(_one_line(said))


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Numbered from 1; empty ones are left out."""
    if file == STDIN:
        yield from _numbered(sys.stdin.buffer)
        return
    try:
        opened = file.open("rb")
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise Misuse(f"{file}: {error.strerror}; give a file of JSON lines, or - for standard input") from error
    with opened:
        yield from _numbered(opened)


def _numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, line


def _parsed(line: bytes) -> object:
    import json

    from pointsman_service.judges.trying import BadTrial

    try:
        return json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadTrial("line", f"is no JSON: {error}") from error


def _one_line(value: object) -> str:
    """In ASCII, so that half an emoji in an answer, which UTF-8 cannot carry, can be printed, too."""
    import json

    return json.dumps(value, allow_nan=False)
