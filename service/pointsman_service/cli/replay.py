"""`pointsman replay`: the stand-in provider by itself."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="replay",
        short_help="Answer as recorded models did.",
        epilog="Example: pointsman replay starter --port 8100",
    )(replay)


def replay(
    table: Annotated[
        str, typer.Argument(help='A folder of recorded outcomes, "starter" or "paretobandit".')
    ] = "starter",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0 is any free port.")] = 0,
    pool: Annotated[str, typer.Option(help="Models to offer, separated by commas. [default: all]")] = "",
    latency: Annotated[str, typer.Option(help='"none", "recorded" or milliseconds.')] = "none",
    failures: Annotated[str, typer.Option(help='Share that fails: "0.05", or by kind "timeout=0.1,empty=0.05".')] = "0",
    seed: Annotated[int, typer.Option(help="Which calls fail.")] = 0,
) -> None:
    """Answer as recorded models did, in the OpenAI format, on 127.0.0.1. No model is called."""
    from pointsman_service.replay.__main__ import main

    options = {"--port": port, "--pool": pool, "--latency": latency, "--failures": failures, "--seed": seed}
    code = main([table, *(f"{name}={value}" for name, value in options.items())])
    if code:
        raise typer.Exit(code)
