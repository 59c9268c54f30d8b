"""`pointsman serve`: the service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pointsman_service.cli.options import Config
from pointsman_service.cli.settings import settings_of

if TYPE_CHECKING:
    from pointsman_service.config import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="serve", epilog="Example: pointsman serve --port 50051 --folder pointsman-data")(serve)


def serve(
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="Over [server] host.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Over [server] port; 0 is any free one.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Over [storage] folder: the log and what is learnt.")] = None,
) -> None:
    """Serve until SIGTERM or Ctrl-C, then drain. Without --config: recorded answers of a starter table, no keys."""
    from pointsman_service.config.rereading import read_again
    from pointsman_service.process.compose import serve_forever

    def read() -> Settings:
        return settings_of(config, host=host, port=port, folder=folder)

    serve_forever(read(), lambda: read_again(config, read))
