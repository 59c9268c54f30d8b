"""`pointsman stats`: what the log says of models, kinds of queries, judges and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.options import DEFAULT_ADDRESS, Address, AsJson, Since
from pointsman_service.cli.times import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pointsman.v1 import GetStatsResponse, JudgeTally, Tally

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


@app.command("judges", epilog="Example: pointsman stats judges --per-node")
def by_judge(
    per_node: Annotated[bool, typer.Option("--per-node", help="Each judge at each kind of query, too.")] = False,
    address: Address = DEFAULT_ADDRESS,
    tenant: OfTenant = None,
    since: Since = None,
    as_json: AsJson = False,
) -> None:
    """Judges held against users: how their verdicts on accepted answers agree with the feedback that came."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect, episode_filter

    with connect(address) as service:
        stats = service.call(v1.GetJudgeStatsRequest(filter=episode_filter(tenant, since)))
    found = [_judge_facts(t) for t in (*stats.total, *(stats.per_node if per_node else ()))]
    if as_json:
        output.as_json(found)
        return
    headings = (
        *("judge", "node", "verdicts", "scored", "mean", "$ in all"),
        *("compared", "agreement", "error", "calibration error", "correlation"),
    )
    output.as_table(headings, [tuple(f.values()) for f in found], empty="no judge has spoken yet")


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


def _judge_facts(tally: JudgeTally) -> dict[str, Any]:
    return {
        "judge": tally.judge,
        "node": (tally.node_id or "(none)") if tally.HasField("node_id") else "(all)",
        "verdicts": tally.verdicts,
        "scored": tally.scored,
        "mean_score": tally.mean_score if tally.HasField("mean_score") else None,
        "cost_usd": tally.cost_usd,
        "compared": tally.compared,
        "agreement": tally.agreement if tally.HasField("agreement") else None,
        "error": tally.error if tally.HasField("error") else None,
        "calibration_error": tally.calibration_error if tally.HasField("calibration_error") else None,
        "correlation": tally.correlation if tally.HasField("correlation") else None,
    }
