"""`pointsman health`: how a service does, part by part, for people and for probes that run a command."""

from __future__ import annotations

import typer

from pointsman_service.cli import output
from pointsman_service.cli.messages import plain
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson
from pointsman_service.cli.tables import Column, as_table

NOT_SERVING = "not_serving"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="health", short_help="Tell how a running service does.", epilog="Example: pointsman health")(
        health
    )


def health(address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """Tell how each part of a running service does; exit with 1 where calls fail.

    A degraded part takes no calls away: they are answered as ever, and something behind them stands still.
    """
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        told = plain(service.call(v1.GetHealthRequest()))
    if as_json:
        output.as_json(told)
    else:
        rows = [(p["part"], p["state"].replace("_", " "), _second(p["since"]), p["detail"]) for p in told["parts"]]
        as_table(("part", "state", Column("since", 2), Column("detail", 1, text=True)), rows, empty="no part is known")
    if told["state"] == NOT_SERVING:
        raise typer.Exit(1)


def _second(time: str | None) -> str:
    return "" if time is None else time[:19].replace("T", " ")
