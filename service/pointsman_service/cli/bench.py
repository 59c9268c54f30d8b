"""`pointsman bench`: replays an outcome table through the learner. Its options are the bench's own.

The bench is a package beside the service, which never imports it. It is found when the command runs, as the entry point
`bench` of the group `pointsman.commands`, which is a typer app: see pyproject.toml.
"""

from __future__ import annotations

from importlib.metadata import entry_points

import typer

from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.options import HELP

GROUP = "pointsman.commands"


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
    found = entry_points(group=GROUP, name="bench")
    if not found:
        raise Misuse("the bench is not installed here: install pointsman again; in a checkout, with `make install`")
    app: typer.Typer = next(iter(found)).load()
    app.rich_markup_mode = None  # brackets in help texts are text
    code = app(list(context.args), prog_name="pointsman bench", standalone_mode=False, **HELP)
    if code:
        raise typer.Exit(code)
