"""The `pointsman` command: its groups, its version, and how it fails."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pointsman_service.cli import (
    bench,
    complete,
    demo,
    doctor,
    evaluate,
    feedback,
    jobs,
    models,
    replay,
    route,
    serve,
    snapshots,
    stats,
    taxonomy,
    warm_start,
)
from pointsman_service.cli.ctrl_c import interrupt
from pointsman_service.cli.failures import told

SERVE = "serve"

app = typer.Typer(
    name="pointsman",
    help="A self-learning router for large language models.",
    epilog="Example: pointsman serve",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _command in (serve, demo, complete, route, feedback, evaluate, replay, bench, warm_start, doctor):
    _command.register(app)
for _group in (models, taxonomy, snapshots, jobs, stats):
    app.add_typer(_group.app)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code. A failure is one line on standard error that says what to do."""
    try:
        app(arguments, prog_name="pointsman")
    except SystemExit as done:
        return int(done.code or 0)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - the edge of the process: `told` re-raises what it does not know
        line, code = told(error)
        sys.stderr.write(f"pointsman: {line}\n")
        return code
    return 0


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"pointsman {version('pointsman')}")
        except PackageNotFoundError:
            typer.echo("pointsman, from a checkout that is not installed")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """A self-learning router for large language models: cheap models first, judges when in doubt."""
    if context.invoked_subcommand != SERVE:  # which has handlers of its own before there is anything to clean up
        interrupt()
