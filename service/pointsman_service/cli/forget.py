"""`pointsman forget-user`: what one end user asked and said leaves the log."""

from __future__ import annotations

from typing import Annotated

import typer

from pointsman_service.cli import output
from pointsman_service.cli.messages import plain
from pointsman_service.cli.names import tenant_names
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson, Operator

LONGEST_S = 600.0
"""For an end user of a hundred thousand episodes, beside traffic."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="forget-user", epilog="Example: pointsman forget-user acme ann@example.com")(forget_user)


def forget_user(
    tenant: Annotated[str, typer.Argument(help="Whose end user it is.", autocompletion=tenant_names)],
    end_user_id: Annotated[str, typer.Argument(help="The id, as callers told it.")],
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Erase what one end user asked and said, byte by byte: texts, quotes, hints, labels, and who it was.

    What was learnt stays. Backups and exports that were made before still have it. Exit code 1 where a long reader
    still needs the old pages: run it again.
    """
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.progress import working

    request = v1.ForgetEndUserRequest(tenant=tenant, end_user_id=end_user_id)
    with connect(address, operator=operator, timeout_s=LONGEST_S) as service, working("forgetting"):
        done = plain(service.call(request))
    output.as_json(done) if as_json else output.facts(done)
    if not done["scrubbed"]:
        output.note("a reader still needs the old pages, which have the texts: run this again when it is done")
        raise typer.Exit(1)
