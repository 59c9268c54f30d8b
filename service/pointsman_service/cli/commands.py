"""The `pointsman` command: its groups, its version, and how it fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

import typer

from pointsman_service.cli import (
    advise,
    audit,
    backup,
    bench,
    complete,
    config,
    demo,
    doctor,
    episodes,
    evaluate,
    export,
    feedback,
    forget,
    health_command,
    help_command,
    jobs,
    judges,
    keys,
    models,
    prune,
    replay,
    route,
    savings,
    serve,
    service_options,
    snapshots,
    stats,
    status,
    taxonomy,
    tenants,
    warm_start,
)
from pointsman_service.cli.ctrl_c import interrupt
from pointsman_service.cli.failures import FAILED, INTERRUPTED, MISUSED, PIPE_CLOSED, one_line
from pointsman_service.cli.options import HELP
from pointsman_service.cli.telling import told

SERVE = "serve"

app = typer.Typer(
    name="pointsman",
    help="A self-learning router for large language models.",
    epilog="Exit codes: 0 done; 1 it failed; 2 change the command or the configuration. Example: pointsman serve",
    no_args_is_help=True,
    context_settings=HELP,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # brackets in help texts are text
)
for _command in (
    serve,
    demo,
    complete,
    route,
    feedback,
    savings,
    evaluate,
    advise,
    replay,
    bench,
    warm_start,
    doctor,
    status,
    backup,
    export,
    prune,
    forget,
    health_command,
    help_command,
):
    _command.register(app)
for _group in (models, tenants, keys, taxonomy, episodes, config, snapshots, jobs, stats, judges, audit):
    app.add_typer(_group.app)
service_options.add_to(app)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code. A failure is one line on standard error that says what to do."""
    try:
        code = _code(_tree()(arguments, prog_name="pointsman", standalone_mode=False))
        sys.stdout.flush()
    except SystemExit as done:  # typer's own answer to a closed pipe, among others
        return _pipe_closed() if isinstance(done.__context__, BrokenPipeError) else _code(done.code)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _pipe_closed()
    except Exception as error:  # noqa: BLE001 - the edge of the process: `told` re-raises what it does not know
        return _failed(error)
    return code


@cache
def _tree() -> Callable[..., object]:
    """All commands, ready to run. Made of the functions that they are, which takes a tenth of a second."""
    return typer.main.get_command(app)


def _pipe_closed() -> int:
    """Whoever read has read enough (`| head`); what is still buffered must not fail once more at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())  # type: ignore[union-attr]
    return PIPE_CLOSED


def _failed(error: Exception) -> int:
    if isinstance(error, typer.Abort):
        return INTERRUPTED
    misuse = _misuse(error)
    line, code = (misuse, MISUSED) if misuse is not None else told(error)
    if line:
        sys.stderr.write(f"pointsman: {line}\n")
    return code


def _misuse(error: Exception) -> str | None:
    """What typer says of wrong arguments, in one line; "" where it has shown the help; None for other errors."""
    if not isinstance(error, _ARGUMENTS_ERROR):
        return None
    context = getattr(error, "ctx", None)
    said = one_line(error.format_message())
    if context is None or type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message(), err=True)
        return ""
    joint = " " if said.endswith("?") else "; "
    return f"{said.rstrip('.')}{joint}`{context.command_path} --help` shows how"


# typer brings its own click, or an installed one, by its version.
_ARGUMENTS_ERROR: Any = typer.BadParameter.__mro__[2]


def _code(returned: object) -> int:
    """Commands return nothing; typer returns the code of an Exit."""
    return returned if isinstance(returned, int) else FAILED if isinstance(returned, str) else 0


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
