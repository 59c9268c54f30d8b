"""Options that several commands share, with one meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Address = Annotated[
    str,
    typer.Option("--address", envvar="POINTSMAN_ADDRESS", help="Where the service listens."),
]
DEFAULT_ADDRESS = "127.0.0.1:50051"

Tenant = Annotated[
    str, typer.Option("--tenant", envvar="POINTSMAN_TENANT", help="Whose query, feedback or budget it is.")
]
DEFAULT_TENANT = "default"

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="POINTSMAN_CONFIG", help="The TOML file. Without one: replay on the starter table."
    ),
]

Since = Annotated[
    str | None,
    typer.Option("--since", help="From when on: a time (2026-01-31T12:00:00Z) or an age (90s, 15m, 6h, 7d)."),
]
