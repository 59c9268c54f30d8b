"""`pointsman help`: the same as --help, for those who type it first."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="help", epilog="Example: pointsman help models set")(show_help)


def show_help(
    context: typer.Context,
    command: Annotated[list[str] | None, typer.Argument(help="The command's words. [default: all commands]")] = None,
) -> None:
    """Show the help of a command."""
    pointsman = context.find_root().command
    pointsman.main([*(command or ()), "--help"], prog_name="pointsman", standalone_mode=False)
