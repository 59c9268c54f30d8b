"""`pointsman audit`: who changed what, when, from what to what."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.fields import Field, Given, put, takes
from pointsman_service.cli.filter_fields import FILTER_FIELDS
from pointsman_service.cli.messages import plain
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson

app = typer.Typer(name="audit", help="Show who changed what while the service ran.", no_args_is_help=True)

NEWEST = 50
AUDIT_FIELDS = (
    Field("by", "--by", str, "What this one changed: a key's or a certificate's name, an operator, `start`."),
    *(field for field in FILTER_FIELDS if field.path in {"start_time", "end_time"}),
    Field("key_prefix", "--key", str, "Changes of keys that begin so, as models.gpt-4o or tenants."),
)


@app.command("list", epilog="Example: pointsman audit list --since yesterday --key models.")
@takes(*AUDIT_FIELDS)
def list_entries(
    given: Given,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = NEWEST,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """List what was changed, newest first, each value as it was before and after."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.pages import every

    request = v1.ListAuditEntriesRequest()
    put(request, given)
    with connect(address, timeout_s=60.0) as service:
        found = [plain(entry) for entry in every(service, request, "entries", limit)]
    if as_json:
        output.as_json(found)
        return
    if not found:
        output.note("nothing was changed")
    for entry in found:
        _show(entry)


def _show(entry: dict[str, Any]) -> None:
    note = f"  ({entry['note']})" if entry["note"] else ""
    typer.echo(f"{(entry['change_time'] or '')[:19].replace('T', ' ')}Z  {entry['by']}  {entry['method']}{note}")
    for change in entry["changes"]:
        typer.echo(f"    {change['key']}: {output.cell(change['before'])} -> {output.cell(change['after'])}")
    if entry["changes_left_out"]:
        typer.echo(f"    and {entry['changes_left_out']} more")
