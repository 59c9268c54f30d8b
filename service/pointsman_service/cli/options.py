"""Options that several commands share, with one meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
"""How every group of commands is asked for its help."""

Address = Annotated[
    str,
    typer.Option("--address", envvar="POINTSMAN_ADDRESS", help="Where the service listens: HOST:PORT."),
]
DEFAULT_ADDRESS = "127.0.0.1:50051"

AdminAddress = Annotated[
    str,
    typer.Option(
        "--address",
        envvar="POINTSMAN_ADDRESS",
        help="Where the service listens for callers: HOST:PORT. Operators are expected at the next port.",
    ),
]
"""Of a command that asks AdminService: `service_options` gives it --admin-address, too, and hands over that address."""

Tenant = Annotated[
    str | None,
    typer.Option(
        "--tenant",
        envvar="POINTSMAN_TENANT",
        help="Whose query, feedback or episode it is. [default: that of the key in POINTSMAN_API_KEY, else default]",
    ),
]
DEFAULT_TENANT = None

Operator = Annotated[
    str | None,
    typer.Option(
        "--operator",
        envvar="POINTSMAN_OPERATOR",
        help="Who makes the change, as the log keeps it. [default: your login name@this host]",
    ),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

Limit = Annotated[int | None, typer.Option("--limit", min=1, help="How many at most. [default: all]")]

Etag = Annotated[
    str | None,
    typer.Option("--etag", help="Refuse where it is not the present one: somebody changed it since `show`."),
]

Unset = Annotated[
    list[str] | None,
    typer.Option(
        "--unset",
        metavar="FIELD",
        help="Clear a field, or with FIELD.ENTRY one entry of it; may be repeated.",
    ),
]

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="POINTSMAN_CONFIG", help="The TOML file. Without one: replay on the starter table."
    ),
]
