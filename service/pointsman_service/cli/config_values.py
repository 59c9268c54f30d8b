"""Values of the configuration, asked of a service or read from a storage folder, and how they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.pages import Asked, every
from pointsman_service.cli.tables import Column, as_table, fits
from pointsman_service.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path


@contextmanager
def source(address: str, folder: Path | None, operator: str | None = None, *, read_only: bool) -> Iterator[Asked]:
    """Who is asked: a storage folder, a backup's too, else the service.

    Raises ConfigurationError where nothing is stored in the folder, or this version cannot have it in force.
    """
    from pointsman_service.cli.connection import connect, operator_named
    from pointsman_service.domain.configuration import Refused

    if folder is None:
        with connect(address, operator=operator) as service:
            yield service
        return
    from pointsman_service.process.offline import folder_service

    with folder_service(folder, operator_named(operator), read_only=read_only) as here:
        try:
            yield here
        except Refused as error:
            raise ConfigurationError(f"{folder}: {error}; `pointsman config reset KEY --folder` undoes it") from error


def values(asked: Asked, prefix: str, *, changed: bool, limit: int | None = None) -> list[dict[str, Any]]:
    """What is in force."""
    from pointsman import v1

    from pointsman_service.cli.messages import plain

    request = v1.ListConfigValuesRequest(key_prefix=prefix, changed_only=changed)
    return [plain(v) for v in every(asked, request, "values", limit)]


def reset(asked: Asked, key: str) -> list[dict[str, Any]]:
    """Undo what was changed at run time under a key; what was changed, as it is now."""
    from pointsman import v1

    from pointsman_service.cli.messages import plain

    before = _changed(asked, key)
    done = asked.call(v1.ResetConfigRequest(key=key))
    now = values(asked, key, changed=False) if done.values_left_out else [plain(v) for v in done.values]
    return [v for v in now if before is None or v["key"] in before]


def _changed(asked: Asked, key: str) -> set[str] | None:
    """Which values were changed under a key; None where nothing can be in force, which the reset is to mend."""
    from pointsman_service.domain.configuration import Refused

    try:
        return {v["key"] for v in values(asked, key, changed=True)}
    except Refused:
        return None


def show(found: Sequence[Mapping[str, Any]], *, empty: str) -> None:
    """A table, or a line each where they are too long for that; a change tells who made it and what it hides."""
    rows = [(v["key"], _shown(v["value"]), _origin(v)) for v in found]
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
