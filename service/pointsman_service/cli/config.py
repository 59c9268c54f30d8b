"""`pointsman config`: what is in force, whose word it is, and undoing what was changed at run time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.names import changed_keys
from pointsman_service.cli.options import DEFAULT_ADDRESS, Address, AsJson, Limit, Operator
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
    address: Address = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Show each value in force, and whose word it is. Default, file, environment, or changed: by whom and when."""
    from pointsman_service.cli.config_values import asked, show, stored

    values = stored(folder, prefix, changed, limit) if folder else asked(address, prefix, changed, limit)
    if not values and not changed:
        every = stored(folder, "", changed=False, limit=None) if folder else asked(address, "", changed=False)
        raise Misuse(f"no key begins with {prefix!r}{nearest(prefix, [v['key'] for v in every])}")
    output.as_json(values) if as_json else show(values, empty="nothing was changed at run time")


@app.command("check", epilog="Example: pointsman config check pointsman.toml")
def check_config(
    file: Annotated[
        Path | None,
        typer.Argument(envvar="POINTSMAN_CONFIG", help="The TOML file. Without one: the environment alone."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a file, with the environment over it. One line, and exit code 2 where it is wrong. Changes nothing."""
    from pointsman_service.adapters.prices import PriceBook
    from pointsman_service.cli.checks import judges_of
    from pointsman_service.cli.settings import settings_of
    from pointsman_service.config.in_force import known, unpriced
    from pointsman_service.errors import ConfigurationError

    settings, facts = settings_of(file), PriceBook()
    for key, why in unpriced(known(m, facts) for m in settings.model_configs()):
        raise ConfigurationError(f"{file or 'environment'}: {key}: {why}")
    if not (judges := judges_of(settings)).good:
        raise ConfigurationError(f"{file or 'environment'}: {judges.text}")
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
    address: Address = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Undo what was changed at run time. File, environment or default speak again."""
    from pointsman_service.cli.config_values import reset_asked, reset_stored, show

    if not key.strip():
        raise Misuse("say which key; `pointsman config show --changed` lists what can be reset")
    values = reset_stored(folder, key, operator) if folder else reset_asked(address, key, operator)
    if as_json:
        output.as_json(values)
    else:
        output.note(f"{key}: reset")
        show(values, empty="nothing declares it, so it is gone")
