"""`pointsman demo`: see it learn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="demo",
        short_help="See it learn, on recorded traffic of real models.",
        epilog="Example: pointsman demo --prompts 200 --rate 0",
    )(demo)


def demo(
    prompts: Annotated[int, typer.Option(min=30, max=3609, help="How many prompts to send.")] = 2400,
    rate: Annotated[float, typer.Option(min=0, help="Prompts a second; 0 for as fast as they are answered.")] = 18.0,
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="How many at a time, at most.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Of the order of the prompts and of the simulated user.")] = 0,
    cost_weight: Annotated[float, typer.Option("--lambda", min=0, help="Utility per dollar.")] = 1.0,
    out: Annotated[Path, typer.Option(help="Folder for demo-report.json and demo-report.png.")] = Path(),
) -> None:
    """Drive recorded traffic of real models through a real service, and report what it learnt. Needs no keys."""
    from pointsman_service.demo.run import Plan, run_demo

    plan = Plan(
        prompts=prompts, rate=rate or None, concurrency=concurrency, seed=seed, cost_weight=cost_weight, out=out
    )
    run_demo(plan)
