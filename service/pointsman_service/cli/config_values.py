"""Values of the configuration, asked of a service or read from a storage folder, and how they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.tables import Column, as_table, fits
from pointsman_service.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from pointsman_service.adapters.sqlite_storage import Storage


def asked(address: str, prefix: str, changed: bool, limit: int | None = None) -> list[dict[str, Any]]:
    """What the service says is in force."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.messages import plain
    from pointsman_service.cli.pages import every

    request = v1.ListConfigValuesRequest(key_prefix=prefix, changed_only=changed)
    with connect(address) as service:
        return [plain(v) for v in every(service, request, "values", limit)]


def reset_asked(address: str, key: str, operator: str | None) -> list[dict[str, Any]]:
    """Undo what was changed at run time under a key; what was changed, as it is now."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.messages import plain
    from pointsman_service.cli.pages import every

    with connect(address, operator=operator) as service:
        changed = every(service, v1.ListConfigValuesRequest(key_prefix=key, changed_only=True), "values")
        values = [plain(v) for v in service.call(v1.ResetConfigRequest(key=key)).values]
    return _those_of(values, {v.key for v in changed})


def _those_of(values: Sequence[dict[str, Any]], keys: set[str]) -> list[dict[str, Any]]:
    return [v for v in values if v["key"] in keys]


def stored(folder: Path, prefix: str, changed: bool, limit: int | None) -> list[dict[str, Any]]:
    """What the log in a storage folder has in force, a backup's too.

    Raises Misuse where there is none, ConfigurationError where this version cannot have it in force.
    """
    from pointsman_service.cli.messages import plain
    from pointsman_service.domain.configuration import Refused
    from pointsman_service.process.offline import config_values_of
    from pointsman_service.rpc.write_running import config_value_message

    with _opened(folder, read_only=True) as storage:
        try:
            values = config_values_of(storage)
        except Refused as error:
            raise ConfigurationError(f"{folder}: {error}; `pointsman config reset KEY --folder` undoes it") from error
    wanted = [v for v in values if _unquoted(v.key).startswith(_unquoted(prefix))]
    # By way of the contract's message, so that a backup shows what its service showed, to the digit.
    return [plain(config_value_message(v)) for v in wanted if v.origin == "changed" or not changed][:limit]


def reset_stored(folder: Path, key: str, operator: str | None) -> list[dict[str, Any]]:
    """Undo in a storage folder what was changed at run time under a key; what was changed, as it is now.

    For a start that does not go through with both the file and the change. Raises UnknownKey.
    """
    import asyncio

    from pointsman_service.cli.connection import operator_named
    from pointsman_service.domain.operations import ChangeContext
    from pointsman_service.process.offline import reset_in

    async def reset() -> set[str]:
        with _opened(folder, read_only=False) as storage:
            before = storage.configuration.read().changed
            await reset_in(storage, key, ChangeContext(operator_named(operator)))
            return {str(k) for k in before.keys() - storage.configuration.read().changed.keys()}

    keys = asyncio.run(reset())
    return _those_of(stored(folder, "", changed=False, limit=None), keys)


@contextmanager
def _opened(folder: Path, *, read_only: bool) -> Iterator[Storage]:
    from pointsman_service.adapters.sqlite_storage import DATABASE_NAME, StorageSettings, open_storage

    if not (folder / DATABASE_NAME).is_file():
        raise Misuse(f"--folder {folder}: there is no {DATABASE_NAME} in it; name the [storage] folder of a service")
    storage = open_storage(folder, StorageSettings(read_only=read_only))
    try:
        yield storage
    finally:
        storage.close_blocking()


def _unquoted(key: str) -> str:
    """Names with dots are quoted in keys, which shells take away."""
    return key.replace('"', "")


def show(values: Sequence[Mapping[str, Any]], *, empty: str) -> None:
    """A table, or a line each where they are too long for that; a change tells who made it and what it hides."""
    rows = [(v["key"], _shown(v["value"]), _origin(v)) for v in values]
    headings = (Column("key"), Column("value", text=True), Column("origin", text=True))
    if fits(headings, rows):
        as_table(headings, rows, empty=empty)
        return
    for key, value, origin in rows:
        line = f"{key} = {value}  # {origin}"
        typer.echo(line if output.columns_of(line) <= output.width() else f"{key} = {value}\n    # {origin}")


def _origin(value: Mapping[str, Any]) -> str:
    if value["origin"] != "changed":
        return str(value["origin"] or "-")
    at = (value["change_time"] or "-")[:19].replace("T", " ")
    hidden = "" if value["hidden_value"] is None else f"; else it would be {_shown(value['hidden_value'])}"
    return f"changed by {value['changed_by'] or 'somebody'} at {at}Z{hidden}"


def _shown(value: object) -> str:
    """As JSON has it, so that a text is told from a number; a plain word without its quotes."""
    from pointsman_service.domain import strict_json

    if value is None:
        return "-"
    return output.cell(value) if isinstance(value, str) else strict_json.dumps(value)
