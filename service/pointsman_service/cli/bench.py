"""`pointsman bench`: replays an outcome table through the learner. Its options are the bench's own."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command. Its arguments, --help among them, go to the bench untouched."""
    settings = {"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False}
    app.command(
        name="bench",
        short_help="Compare policies on recorded outcomes.",
        context_settings=settings,
        add_help_option=False,
    )(bench)


def bench(context: typer.Context) -> None:
    """Replay recorded outcomes through the learner and compare policies."""
    from pointsman_service.bench.cli import app
    from pointsman_service.cli.options import HELP

    app.rich_markup_mode = None  # brackets in help texts are text
    code = app(list(context.args), prog_name="pointsman bench", standalone_mode=False, **HELP)
    if code:
        raise typer.Exit(code)
