"""`pointsman export`: the log as tables for analysts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.options import AsJson, Config
from pointsman_service.cli.settings import settings_of
from pointsman_service.cli.times import moment


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="export", epilog="Example: pointsman export tables --since 7d")(export)


def export(
    to: Annotated[Path | None, typer.Argument(help="A folder that does not exist yet.")] = None,
    form: Annotated[str, typer.Option("--format", help="parquet (needs pyarrow) or jsonl.")] = "parquet",
    tables: Annotated[
        list[str] | None, typer.Option("--table", help="One of them; may be repeated. [default: all]")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Logged from then on: a time, a day, or an age like 7d.")] = None,
    until: Annotated[str | None, typer.Option(help="Logged before then; a day means its end.")] = None,
    tenant: Annotated[str | None, typer.Option("--tenant", help="Of this one alone.")] = None,
    with_texts: Annotated[
        bool, typer.Option("--with-texts", help="Prompts, answers, errors, hints, labels and end users' ids too.")
    ] = False,
    describe: Annotated[bool, typer.Option("--describe", help="Only say what the tables have, as Markdown.")] = False,
    config: Config = None,
    folder: Annotated[Path | None, typer.Option(help="Over [storage] folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write episodes, steps, verdicts, feedback, outcomes and operators' changes as tables, beside a running service.

    Each column's meaning and unit stand in schema.md, and in Parquet's own fields.
    """
    from pointsman_service.cli.progress import counted
    from pointsman_service.domain.export_tables import TABLES, described, table_named
    from pointsman_service.domain.near_miss import nearest

    names = tables or [t.name for t in TABLES]
    chosen = tuple(t for t in TABLES if t.name in names)
    if unknown := [name for name in names if table_named(name) is None]:
        raise Misuse(f"--table {unknown[0]}: there is none{nearest(unknown[0], [t.name for t in TABLES])}")
    if describe:
        typer.echo(described(chosen, words=with_texts), nl=False)
        return
    if to is None:
        raise Misuse("say where to: `pointsman export FOLDER`, or --describe")
    from pointsman_service.process.exporting import ExportOptions
    from pointsman_service.process.exporting import export as write

    if form not in ("parquet", "jsonl"):
        raise Misuse(f"--format {form}: write parquet or jsonl")
    options = ExportOptions(
        "jsonl" if form == "jsonl" else "parquet", chosen, *_between(since, until), tenant, words=with_texts
    )
    source = Path(settings_of(config, folder=folder).storage.folder)
    with counted(f"exporting {source}") as progress:
        done = write(source, to, options, lambda share: progress(int(share * 1_000), 1_000))
    output.as_json(done.rows) if as_json else output.facts(done.rows)
    if done.unreadable:
        output.note(f"{done.unreadable} events could not be read and are in no table; `pointsman doctor` says more")


def _between(since: str | None, until: str | None) -> tuple[float, float]:
    """In seconds since the epoch. Raises Misuse."""
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    begin = 0.0 if since is None else moment(since, now).timestamp()
    end = float("inf") if until is None else moment(until, now, end=True).timestamp()
    if begin >= end:
        raise Misuse(f"--since {since} is not before --until {until}")
    return begin, end
