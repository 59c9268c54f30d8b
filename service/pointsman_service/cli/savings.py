"""`pointsman savings`: what was spent and how good it was, against what another policy would have cost and been."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from pointsman_service.cli import output
from pointsman_service.cli.evaluate import TIMEOUT_S
from pointsman_service.cli.fields import Given, takes
from pointsman_service.cli.filter_fields import FILTER_FIELDS, filter_of
from pointsman_service.cli.messages import plain
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson
from pointsman_service.cli.tables import Column, as_table

BASELINE = "the baseline, which is the first model that is configured unless `pointsman tenants set` says another one"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="savings",
        short_help="Tell what was saved against a model that would have answered alone.",
        epilog="Example: pointsman savings --against starter-large --by node",
    )(savings)


@takes(*FILTER_FIELDS)
def savings(
    given: Given,
    against: Annotated[
        str | None,
        typer.Option(
            help='A model alone, or "snapshot:VERSION". [default: the baseline of --tenant, else of the default tenant]'
        ),
    ] = None,
    by: Annotated[Literal["tenant", "node"] | None, typer.Option(help="Each group by itself, too.")] = None,
    confidence: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of the intervals.")] = 0.95,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Tell what was spent and how good it was, against what another policy would have cost and been.

    Every episode that is selected counts; of more than 3,000, an even sample stands for all where the other policy
    is valued. A routed query that nobody reported costs as expected.
    """
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.progress import working

    group = "STATS_GROUP_UNSPECIFIED" if by is None else f"STATS_GROUP_{by.upper()}"
    request = v1.GetSavingsRequest(
        against=against, filter=filter_of(given), group=v1.StatsGroup.Value(group), confidence=confidence
    )
    with connect(address, timeout_s=TIMEOUT_S) as service, working("estimating"):
        found = plain(service.call(request))
    if as_json:
        output.as_json(found)
        return
    typer.echo(found["total"]["summary"])
    if against is None:
        typer.echo(f"({found['against']}: {BASELINE})")
    if found["groups"]:
        headings = (Column(str(by)), "episodes", "spent usd", "saved usd", "from", "to", "better by", "from", "to")
        as_table(headings, [_row(group) for group in found["groups"]], empty="")


def _row(group: dict[str, Any]) -> tuple[object, ...]:
    saved, gain = (group[field] or {} for field in ("saved_usd", "quality_gain"))
    ends = [part.get(end) for part in (saved, gain) for end in ("mean", "low", "high")]
    return (group["key"] or "-", group["episode_count"], group["spent_usd"], *ends)
