"""`pointsman stats`: what the log says of models, kinds of queries, judges and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.options import DEFAULT_ADDRESS, Address, AsJson, Since
from pointsman_service.cli.times import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pointsman.v1 import GetStatsResponse, Tally

app = typer.Typer(name="stats", help="Count episodes, quality and cost in the log.", no_args_is_help=True)

OfTenant = Annotated[str | None, typer.Option("--tenant", help="Whose episodes. [default: everybody's]")]


@app.command("models", epilog="Example: pointsman stats models --since 7d")
def by_model(
    address: Address = DEFAULT_ADDRESS, tenant: OfTenant = None, since: Since = None, as_json: AsJson = False
) -> None:
    """By the model whose answer was accepted."""
    stats = _asked(address, tenant, since)
    _show("model", [*stats.per_model, stats.total], as_json=as_json)


@app.command("nodes", epilog="Example: pointsman stats nodes")
def by_node(
    address: Address = DEFAULT_ADDRESS, tenant: OfTenant = None, since: Since = None, as_json: AsJson = False
) -> None:
    """By the kind of query, as the taxonomy has it."""
    stats = _asked(address, tenant, since)
    _show("node", [*stats.per_node, stats.total], as_json=as_json)


@app.command("time", epilog="Example: pointsman stats time --bucket 1h --since 2d")
def over_time(
    bucket: Annotated[str, typer.Option(help="Width of a row: 90s, 15m, 6h, 7d.")] = "1h",
    address: Address = DEFAULT_ADDRESS,
    tenant: OfTenant = None,
    since: Since = None,
    as_json: AsJson = False,
) -> None:
    """Over time, oldest first."""
    stats = _asked(address, tenant, since, bucket_s=seconds(bucket))
    _show("from", [*stats.over_time, stats.total], as_json=as_json)


def _asked(address: str, tenant: str | None, since: str | None, bucket_s: float | None = None) -> GetStatsResponse:
    from pointsman import v1

    from pointsman_service.cli.connection import connect, episode_filter

    request = v1.GetStatsRequest(filter=episode_filter(tenant, since), bucket_s=bucket_s)
    with connect(address) as service:
        response: GetStatsResponse = service.call(request)
    return response


def _show(what: str, tallies: Iterable[Tally], *, as_json: bool) -> None:
    found = [_facts(t) for t in tallies]
    if as_json:
        output.as_json(found)
        return
    headings = (what, "episodes", "share", "rewarded", "quality", "$ in all", "latency ms", "failed calls", "escalated")
    output.as_table(headings, [tuple(f.values()) for f in found], empty="the log has no episodes yet")


def _facts(tally: Tally) -> dict[str, Any]:
    return {
        "key": tally.key,
        "episodes": tally.episodes,
        "share": tally.share,
        "rewarded": tally.rewarded,
        "quality": tally.quality if tally.HasField("quality") else None,
        "cost_usd": tally.cost_usd,
        "latency_ms": tally.latency_ms if tally.HasField("latency_ms") else None,
        "errors": tally.errors,
        "escalated": tally.escalated,
    }
