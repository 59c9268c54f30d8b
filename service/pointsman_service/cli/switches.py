"""`enable`, `disable` and `remove`, which models, tenants and taxonomy nodes have alike."""

# No `from __future__ import annotations`: typer reads the annotation of the argument, which is a value here.
from collections.abc import Callable

import typer

from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson, Etag, Operator
from pointsman_service.cli.resources import Resource

Told = tuple[str, str]
"""The help text of a command, and whom or what its example names."""


def add_switches(
    app: typer.Typer, resource: Resource, name_type: object, *, enable: Told, disable: Told, remove: Told
) -> None:
    """Add the three commands to a group. name_type: the annotation of the argument that names one."""
    for verb, (text, example), act in (
        ("enable", enable, resource.enable),
        ("disable", disable, resource.disable),
        ("remove", remove, resource.remove),
    ):
        epilog = f"Example: pointsman {app.info.name} {verb} {example}"
        app.command(verb, help=text, epilog=epilog)(_command(act, name_type))


def _command(act: Callable[..., None], name_type: object) -> Callable[..., None]:
    def command(
        name: name_type,  # type: ignore[valid-type]
        etag: Etag = None,
        operator: Operator = None,
        address: AdminAddress = DEFAULT_ADDRESS,
        as_json: AsJson = False,
    ) -> None:
        act(name, etag, operator, address, as_json=as_json)

    return command
