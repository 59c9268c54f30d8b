"""`pointsman config`: what is in force, whose word it is, and undoing what was changed at run time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.names import changed_keys
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson, Limit, Operator
from pointsman_service.domain.near_miss import nearest

app = typer.Typer(
    name="config", help="Show the configuration in force, check a file, undo changes.", no_args_is_help=True
)


@app.command("show", epilog="Example: pointsman config show models.starter-small")
def show_config(
    prefix: Annotated[str, typer.Argument(help="Only keys that begin with this. [default: all]")] = "",
    changed: Annotated[bool, typer.Option("--changed", help="Only what was changed at run time.")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Read a storage folder, where no service needs to run, instead of asking one.")
    ] = None,
    limit: Limit = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Show each value in force, and whose word it is. Default, file, environment, or changed: by whom and when."""
    from pointsman_service.cli.config_values import show, source, values

    with source(address, folder, read_only=True) as asked:
        found = values(asked, prefix, changed=changed, limit=limit)
        if not found and not changed:
            keys = [v["key"] for v in values(asked, "", changed=False)]
            raise Misuse(f"no key begins with {prefix!r}{nearest(prefix, keys)}")
    output.as_json(found) if as_json else show(found, empty="nothing was changed at run time")


@app.command("check", epilog="Example: pointsman config check pointsman.toml")
def check_config(
    file: Annotated[
        Path | None,
        typer.Argument(envvar="POINTSMAN_CONFIG", help="The TOML file. Without one: the environment alone."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a file, with the environment over it. One line, and exit code 2 where it is wrong. Changes nothing."""
    from pointsman_service.cli.settings import settings_of
    from pointsman_service.errors import ConfigurationError
    from pointsman_service.process.start_checks import judges_of, prices_of

    settings = settings_of(file)
    for check in (prices_of, judges_of):
        if not (finding := check(settings)).good:
            raise ConfigurationError(f"{file or 'environment'}: {finding.text}")
    found: dict[str, Any] = {
        "file": None if file is None else str(file),
        "models": [m.name for m in settings.model_configs()],
        "judges": [j.name for j in settings.judge_configs()],
        "tenants": list(settings.tenants),
    }
    if as_json:
        output.as_json(found)
        return
    names = ", ".join(found["models"]) or "none: the replay table stands in"
    typer.echo(f"{file or 'environment'}: valid; models {names}; judges {', '.join(found['judges']) or 'none'}")


@app.command("reset", epilog="Example: pointsman config reset models.starter-large.input_usd_per_million")
def reset_config(
    key: Annotated[
        str, typer.Argument(help="The key; models.NAME undoes every change of that model.", autocompletion=changed_keys)
    ],
    folder: Annotated[
        Path | None, typer.Option(help="In a storage folder, where a start does not go through with the change.")
    ] = None,
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Undo what was changed at run time. File, environment or default speak again."""
    from pointsman_service.cli.config_values import reset, show, source

    if not key.strip():
        raise Misuse("say which key; `pointsman config show --changed` lists what can be reset")
    with source(address, folder, operator, read_only=False) as asked:
        found = reset(asked, key)
    if as_json:
        output.as_json(found)
    else:
        output.note(f"{key}: reset")
        show(found, empty="nothing declares it, so it is gone")
