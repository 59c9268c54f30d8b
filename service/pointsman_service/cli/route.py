"""`pointsman route`: a decision without a call."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.fields import Given, takes
from pointsman_service.cli.messages import plain
from pointsman_service.cli.options import DEFAULT_ADDRESS, DEFAULT_TENANT, Address, AsJson, Tenant
from pointsman_service.cli.query_fields import (
    QUERY_FIELDS,
    Images,
    Prompt,
    RequestId,
    System,
    Timeout,
    make_query,
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="route", epilog='Example: pointsman route "What is 47 times 68?" --dial 0.3')(route)


@takes(*QUERY_FIELDS)
def route(
    prompt: Prompt,
    given: Given,
    system: System = None,
    image: Images = None,
    single_call: Annotated[
        bool, typer.Option("--single-call", help="For a caller who runs one model, and no cascade.")
    ] = False,
    request_id: RequestId = None,
    timeout: Timeout = 10.0,
    address: Address = DEFAULT_ADDRESS,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
    episode_only: Annotated[bool, typer.Option("--episode-only", help="Print the episode's id, nothing else.")] = False,
) -> None:
    """Decide which model should answer, and call none. The decision is logged, and counts in `stats`."""
    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.decisions import show_decision

    if as_json and episode_only:
        raise Misuse("give --json or --episode-only, not both")
    query = make_query(prompt, system=system, images=image, given=given)
    fields: dict[str, Any] = {"request_id": request_id} if request_id else {}
    with connect(address, tenant, timeout_s=timeout) as service:
        response = service.route(query, single_call=single_call, include_predictions=True, **fields)
    if episode_only:
        typer.echo(response.episode_id)
    elif as_json:
        output.as_json(plain(response))
    else:
        output.facts({"episode": response.episode_id})
        show_decision(plain(response.decision))
