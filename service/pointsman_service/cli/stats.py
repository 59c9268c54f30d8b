"""`pointsman stats`: what the log says of models, kinds of queries, tenants, judges and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.fields import Given, takes
from pointsman_service.cli.filter_fields import FILTER_FIELDS, filter_of
from pointsman_service.cli.messages import plain
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson, Limit
from pointsman_service.cli.tables import Column, as_table
from pointsman_service.cli.tenants import TENANTS
from pointsman_service.cli.times import seconds

if TYPE_CHECKING:
    from pointsman.v1 import GetStatsResponse, Tally

    from pointsman_service.cli.pages import Asked

app = typer.Typer(name="stats", help="Count episodes, calls, quality and cost in the log.", no_args_is_help=True)

TIMEOUT_S = 120.0
"""A log of millions takes seconds."""

PROMISES = 100
"""Tenants whose safe start is told beside what was counted: each is asked for by itself."""


@app.command("models", epilog="Example: pointsman stats models --since yesterday")
@takes(*FILTER_FIELDS)
def by_model(
    given: Given, limit: Limit = None, address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False
) -> None:
    """By model. Calls and dollars under the one that was called, answers and feedback under the one that answered."""
    _show("model", "STATS_GROUP_MODEL", given, limit, address, as_json=as_json)


@app.command("nodes", epilog="Example: pointsman stats nodes --tenant team-a")
@takes(*FILTER_FIELDS)
def by_node(
    given: Given, limit: Limit = None, address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False
) -> None:
    """By the kind of query, as the taxonomy has it."""
    _show("node", "STATS_GROUP_NODE", given, limit, address, as_json=as_json)


@app.command("tenants", epilog="Example: pointsman stats tenants --since 30d")
@takes(*FILTER_FIELDS)
def by_tenant(
    given: Given, limit: Limit = None, address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False
) -> None:
    """By tenant, and how much of each one's safe start is used."""
    from pointsman_service.cli.connection import connect

    groups, last = _asked("STATS_GROUP_TENANT", given, limit, address)
    with connect(address, timeout_s=TIMEOUT_S) as service:
        promised = {t.key: _promised(service, t.key) for t in groups[:PROMISES] if t.key}
    if as_json:
        output.as_json([{**plain(t), "safe_start": promised.get(t.key)} for t in groups])
        return
    _table("tenant", groups, last)
    rows = [
        (name, p["baseline"], p["alpha"], p["decision_count"], p["departed_count"], p["credit"])
        for name, p in promised.items()
        if p is not None
    ]
    if rows:
        output.section("safe start")
        headings = ("tenant", "baseline", "alpha", "decisions", "by others first", Column("utility left to lose", 1))
        as_table(headings, rows, empty="")


@app.command("time", epilog="Example: pointsman stats time --bucket 1h --since 2d")
@takes(*FILTER_FIELDS)
def over_time(
    given: Given,
    bucket: Annotated[str, typer.Option(help="Width of a row: 90s, 15m, 6h, 7d.")] = "1h",
    limit: Limit = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Over time, oldest first."""
    bucket_s = seconds(bucket)
    if bucket_s < 1:
        raise Misuse(f"--bucket {bucket}: a row is a second wide or wider")
    _show("from", "STATS_GROUP_TIME", given, limit, address, as_json=as_json, bucket_s=bucket_s)


@app.command("total", epilog="Example: pointsman stats total --since 7d --json")
@takes(*FILTER_FIELDS)
def in_all(given: Given, address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """All together."""
    _, last = _asked("STATS_GROUP_UNSPECIFIED", given, None, address)
    facts = {name: value for name, value in plain(last.total).items() if name not in {"key", "share"}}
    if as_json:
        beside = {name: plain(getattr(last, name)) for name in ("observed", "shadows") if last.HasField(name)}
        output.as_json(facts | beside)
        return
    output.facts(facts)
    _tell_beside(last)


@app.command("judges", epilog="Example: pointsman stats judges --per-node")
@takes(*FILTER_FIELDS)
def by_judge(
    given: Given,
    per_node: Annotated[bool, typer.Option("--per-node", help="Each judge at each kind of query, too.")] = False,
    limit: Limit = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Judges held against users. How verdicts on accepted answers agree with the feedback on them.

    node is null, or (all), where a row is about every kind of query.
    """
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.pages import every
    from pointsman_service.cli.progress import working

    request = v1.GetJudgeStatsRequest(filter=filter_of(given), per_node=per_node)
    with connect(address, timeout_s=TIMEOUT_S) as service, working("reading the log"):
        found = [plain(j) for j in every(service, request, "judges", limit)]
    if as_json:
        output.as_json(found)
        return
    headings = (
        *("judge", "node", Column("verdicts", 2), Column("scored", 3), Column("mean", 4), Column("$ in all", 5)),
        *("compared", "agreement", Column("error", 6), Column("calibration error", 1), Column("correlation", 7)),
    )
    failed = [(j["judge"], j["node_id"] or "(all)", f["count"], f["reason"]) for j in found for f in j.pop("failures")]
    rows = [tuple("(all)" if k == "node_id" and v is None else v for k, v in j.items()) for j in found]
    as_table(headings, rows, empty="no judge has spoken yet")
    if failed:
        output.section("verdicts without a score")
        as_table(("judge", "node", "verdicts", "reason"), failed, empty="")


def _show(
    what: str,
    group: str,
    given: Given,
    limit: int | None,
    address: str,
    *,
    as_json: bool,
    bucket_s: float | None = None,
) -> None:
    groups, last = _asked(group, given, limit, address, bucket_s)
    if as_json:
        output.as_json([plain(t) for t in groups])
        return
    _table(what, groups, last)


def _table(what: str, groups: list[Tally], last: GetStatsResponse) -> None:
    headings = (
        *(what, "episodes", Column("share", 7), Column("rewarded", 5), "quality", Column("calls", 2)),
        *(Column("failed", 1), "$ in all", Column("latency ms", 3), Column("escalated", 4)),
    )
    rows = [_row(t) for t in groups]
    as_table(headings, [*rows, _row(last.total, "total")] if rows else [], empty="the log has no such episodes")
    _tell_beside(last)


def _tell_beside(told: GetStatsResponse) -> None:
    """What is in no other figure: calls in the shadow, and what the policy would have done while tenants observed."""
    if told.HasField("shadows"):
        output.section("calls in the shadow, which no tenant pays")
        output.facts(plain(told.shadows))
    if told.HasField("observed"):
        _tell_observed(told)


def _tell_observed(told: GetStatsResponse) -> None:
    seen = told.observed
    output.section("observed: first calls of the policy, beside the tenants' own models")
    output.facts(
        {
            "episodes": seen.episode_count,
            "$ expected": seen.would.cost_usd,
            "$ with planned second calls": seen.most_usd,
            "$ expected of own models": seen.own.cost_usd,
            "right expected": seen.would.quality,
            "right expected of own models": seen.own.quality,
        }
    )
    rows = [(c.own_model, c.would_model, c.episode_count, c.episode_count / seen.episode_count) for c in seen.calls]
    as_table(("called", "would have called", "episodes", "share"), rows, empty="")


def _promised(service: Asked, name: str) -> dict[str, Any] | None:
    """What a tenant's safe start has promised and has left; None where nothing was promised yet, or it is gone."""
    from pointsman import NotFound

    try:
        tenant = plain(TENANTS.get(service, name))
    except NotFound:
        return None  # the log still has its episodes
    held = tenant["guarantee"]
    if held is None:
        return None
    counts = {"decision_count": held["decisions"], "departed_count": held["departed"]}
    return {"baseline": tenant["baseline"], "alpha": tenant["alpha"], **counts, "credit": held["credit"]}


def _asked(
    group: str, given: Given, limit: int | None, address: str, bucket_s: float | None = None
) -> tuple[list[Tally], GetStatsResponse]:
    """The groups, and the last page with what is told of all."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.pages import pages
    from pointsman_service.cli.progress import working

    request = v1.GetStatsRequest(filter=filter_of(given), group=v1.StatsGroup.Value(group), bucket_s=bucket_s)
    groups: list[Any] = []
    with connect(address, timeout_s=TIMEOUT_S) as service, working("counting"):
        for page in pages(service, request, limit):
            groups.extend(page.groups)
            if limit is not None and len(groups) >= limit:
                break
    return groups[:limit], page


def _row(tally: Tally, key: str | None = None) -> tuple[object, ...]:
    t = plain(tally)
    return (
        *(key or t["key"] or "(none)", t["episode_count"], t["share"], t["rewarded_count"], t["quality"]),
        *(t["call_count"], t["failed_call_count"], t["cost_usd"], t["latency_ms"], t["escalated_count"]),
    )
