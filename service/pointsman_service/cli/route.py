"""`pointsman route`: a decision without a call."""

from __future__ import annotations

from typing import Annotated

import typer

from pointsman_service.cli import output
from pointsman_service.cli.options import DEFAULT_ADDRESS, DEFAULT_TENANT, Address, AsJson, Tenant
from pointsman_service.cli.query_options import (
    CostWeight,
    Dial,
    MaxCost,
    MinQuality,
    Models,
    Prompt,
    Session,
    System,
    Timeout,
    make_query,
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="route", epilog='Example: pointsman route "What is 47 times 68?" --dial 0.3')(route)


def route(
    prompt: Prompt,
    system: System = None,
    dial: Dial = None,
    cost_weight: CostWeight = None,
    max_cost_usd: MaxCost = None,
    min_quality: MinQuality = None,
    model: Models = None,
    session: Session = None,
    single_call: Annotated[
        bool, typer.Option("--single-call", help="For a caller who runs one model, and no cascade.")
    ] = False,
    timeout: Timeout = 10.0,
    address: Address = DEFAULT_ADDRESS,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
    episode_only: Annotated[bool, typer.Option("--episode-only", help="Print the episode's id, nothing else.")] = False,
) -> None:
    """Decide which model should answer, and call none."""
    from pointsman_service.cli.connection import connect

    query = make_query(
        prompt,
        system=system,
        dial=dial,
        cost_weight=cost_weight,
        max_cost_usd=max_cost_usd,
        min_quality=min_quality,
        models=model,
        session=session,
    )
    from pointsman_service.cli.decisions import as_dict, show_decision

    with connect(address, tenant, timeout) as service:
        response = service.route(query, single_call=single_call)
    if episode_only:
        typer.echo(response.episode_id)
    elif as_json:
        output.as_json(as_dict(response))
    else:
        output.facts({"episode": response.episode_id})
        show_decision(response.decision)
