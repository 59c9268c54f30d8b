"""`pointsman doctor`: whether the service can start here, and whether what is learnt is what was logged."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pointsman_service.cli.options import Config
from pointsman_service.cli.settings import settings_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="doctor", epilog="Example: pointsman doctor --verify")(doctor)


def doctor(
    config: Config = None,
    folder: Annotated[Path | None, typer.Option(help="Over [storage] folder.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Fold the whole log again and compare.")] = False,
) -> None:
    """Check configuration, storage, snapshot and port; exit with 1 where something is wrong."""
    settings_of(config, folder=folder)
