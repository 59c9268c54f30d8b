"""`pointsman tenants`: who asks, and what that may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.fields import Given, takes
from pointsman_service.cli.messages import plain
from pointsman_service.cli.names import tenant_names
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson, Etag, Limit, Operator, Unset
from pointsman_service.cli.resources import Resource
from pointsman_service.cli.switches import add_switches
from pointsman_service.cli.tables import Column, as_table
from pointsman_service.cli.tenant_fields import TENANT_FIELDS

if TYPE_CHECKING:
    from pointsman.v1 import Tenant

app = typer.Typer(name="tenants", help="List and set tenants: budget, ceiling, dial, models.", no_args_is_help=True)

COMPUTED = ("etag", "spent_usd", "period_end_time", "paced_cost_weight", "guarantee")
TENANTS = Resource("Tenant", "tenant", "tenant", "tenants", TENANT_FIELDS, COMPUTED)

Name = Annotated[str, typer.Argument(help="The tenant's name.", autocompletion=tenant_names)]


@app.command("list", epilog="Example: pointsman tenants list")
def list_tenants(limit: Limit = None, address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """List the configured tenants, with what they have spent."""
    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        tenants = [plain(t) for t in TENANTS.every(service, limit)]
    if as_json:
        output.as_json(tenants)
        return
    headings = (
        *("tenant", Column("enabled", 1), "$ per 1,000", "ceiling $", "spent $", Column("period ends", 2)),
        *(Column("preference", 4, text=True), Column("models", 3, text=True), Column("tags", 5, text=True)),
    )
    empty = "no tenant is configured: `pointsman tenants set NAME --ceiling 10` configures one"
    as_table(headings, [_row(t) for t in tenants], empty=empty)


@app.command("show", epilog="Example: pointsman tenants show team-a")
def show_tenant(name: Name, address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """Show one tenant: what is configured, what it has spent. The etag is that of this state."""
    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        _show(TENANTS.get(service, name), as_json=as_json)


@app.command("set", epilog="Example: pointsman tenants set team-a --ceiling 10 --period 1d --dial 0.4")
@takes(*TENANT_FIELDS)
def set_tenant(
    name: Name,
    given: Given,
    unset: Unset = None,
    etag: Etag = None,
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Change what is said of a tenant, and nothing else of it. One that is not configured yet is created.

    Models and tags join those there; `--unset models --model NAME` leaves NAME alone.
    """
    from pointsman import NotFound

    from pointsman_service.cli.connection import connect

    if {"preference.dial", "preference.cost_weight"} <= given.keys():
        raise Misuse("give --dial or --cost-weight, not both")
    with connect(address, operator=operator) as service:
        try:
            before, after = TENANTS.update(service, name, given, unset or (), etag)
        except NotFound as error:
            if error.reason != "UNKNOWN_TENANT" or etag or not given:
                raise
            created = TENANTS.create(service, name, given)
            if not as_json:
                output.note(f"{name}: created")
            _show(created, as_json=as_json)
            return
    TENANTS.tell_change(name, before, after, as_json=as_json)


add_switches(
    app,
    TENANTS,
    Name,
    enable=("Let a tenant ask again.", "team-a"),
    disable=("Refuse the queries of a tenant from now on.", "team-a"),
    remove=(
        "Remove what is configured of a tenant. It is then as one that nobody configured; `tenants disable` refuses "
        "it.",
        "team-b",
    ),
)


def _row(tenant: dict[str, Any]) -> tuple[object, ...]:
    return (
        *(tenant[f] for f in ("tenant", "enabled", "usd_per_thousand", "ceiling_usd", "spent_usd")),
        (tenant["period_end_time"] or "")[:16].replace("T", " "),
        {k: v for k, v in (tenant["preference"] or {}).items() if v is not None},
        tenant["models"],
        tenant["require_tags"],
    )


def _show(tenant: Tenant, *, as_json: bool) -> None:
    found = plain(tenant)
    if as_json:
        output.as_json(found)
        return
    preference = found.pop("preference") or {}
    output.facts({**found, **preference})
