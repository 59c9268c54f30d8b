"""`pointsman status`: one screen for whoever is called at night."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.messages import plain
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson
from pointsman_service.cli.tables import Column, as_table

if TYPE_CHECKING:
    from pointsman import Client
    from pointsman.v1 import EpisodeFilter

TIMEOUT_S = 60.0
"""Counting the last quarter of an hour of a busy log takes seconds."""
LATELY_S = 900.0
"""What calls, failures and dollars are told of: an outage that is not in the last quarter of an hour is over."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="status", epilog="Example: pointsman status")(status)


def status(address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """Show how the service does: health, models, budgets, learning, failed jobs. Exits with 1 where it is not well.

    That is: where a part of its health is not serving, or where no model can be called.
    """
    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.health import health_of

    health = health_of(address)
    with connect(address, timeout_s=TIMEOUT_S) as service:
        models = _models(service)
        found = {
            "health": health,
            "models": models,
            "tenants": _tenants(service),
            "snapshot": _snapshot(service),
            "failed_jobs": _failed_jobs(service),
        }
    output.as_json(found) if as_json else _show(found)
    if any(state != "serving" for state in health.values()) or not _answers(models):
        raise typer.Exit(1)


def _models(service: Client) -> list[dict[str, Any]]:
    """Each with how it can be reached, and what became of its calls lately."""
    from pointsman import v1

    from pointsman_service.cli.pages import every

    request = v1.GetStatsRequest(filter=_lately(), group=v1.STATS_GROUP_MODEL)
    lately = {t.key: plain(t) for t in every(service, request, "groups")}
    return [_model(plain(m), lately.get(m.model, {})) for m in every(service, v1.ListModelsRequest(), "models")]


def _model(model: Mapping[str, Any], lately: Mapping[str, Any]) -> dict[str, Any]:
    breakers = [model["breaker"], *(d["breaker"] for d in model["deployments"])]
    return {
        "model": model["model"],
        "enabled": model["enabled"],
        "left_alone": "open" in breakers or "half_open" in breakers,
        "availability": model["availability"],
        "call_count": lately.get("call_count"),
        "failed_call_count": lately.get("failed_call_count"),
        "cost_usd": lately.get("cost_usd"),
        "unpriced": bool(model["unpriced"]),
    }


def _answers(models: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a query would find a model; health is the service's own, which an outage of providers leaves alone.

    >>> _answers([{"enabled": True, "left_alone": True}, {"enabled": False, "left_alone": False}])
    False
    """
    return any(model["enabled"] and not model["left_alone"] for model in models)


def _tenants(service: Client) -> list[dict[str, Any]]:
    """Those with a ceiling, the fullest first."""
    from pointsman import v1

    from pointsman_service.cli.pages import every

    found = [plain(t) for t in every(service, v1.ListTenantsRequest(), "tenants")]
    rows = [
        {
            "tenant": t["tenant"],
            "ceiling_usd": t["ceiling_usd"],
            "spent_usd": t["spent_usd"],
            "share": (t["spent_usd"] or 0.0) / t["ceiling_usd"] if t["ceiling_usd"] else 1.0,
            "period_end_time": t["period_end_time"],
        }
        for t in found
        if t["ceiling_usd"] is not None
    ]
    return sorted(rows, key=lambda row: -row["share"])


def _snapshot(service: Client) -> dict[str, Any] | None:
    """The one that decides, and whether it is the newest; None where prices decide."""
    from pointsman import v1

    from pointsman_service.cli.pages import every

    found = every(service, v1.ListSnapshotsRequest(), "snapshots")
    active = next((s for s in found if s.active), None)
    if active is None:
        return None
    age_s = max(0.0, time.time() - active.create_time.ToMilliseconds() / 1e3)
    return {
        "version": active.snapshot_version,
        "age_s": round(age_s, 1),
        "newest_version": max(s.snapshot_version for s in found),
        "learnt_up_to": active.log_position,
    }


def _failed_jobs(service: Client) -> list[dict[str, Any]]:
    from pointsman import v1

    from pointsman_service.cli.pages import every

    jobs = [plain(j) for j in every(service, v1.ListJobsRequest(), "jobs")]
    return [{name: j[name] for name in ("job", "end_time", "detail")} for j in jobs if j["outcome"] == "failed"]


def _lately() -> EpisodeFilter:
    from pointsman import v1

    filter_ = v1.EpisodeFilter()
    filter_.start_time.FromMilliseconds(int((time.time() - LATELY_S) * 1e3))
    return filter_


def _show(found: Mapping[str, Any]) -> None:
    output.facts({**found["health"], **_facts(found)})
    output.section("models, and their calls of the last quarter of an hour")
    _table(
        ("model", Column("enabled", 3), "left alone", "availability", "calls", "failed", "$", Column("unpriced", 4)),
        found["models"],
        "no model is configured",
    )
    output.section("ceilings")
    headings = ("tenant", "ceiling $", "spent $", "share", Column("period ends", 1))
    _table(headings, found["tenants"], "no tenant has one")
    if found["failed_jobs"]:
        output.section("jobs that failed")
        _table(("job", "ended", Column("detail", 1, text=True)), found["failed_jobs"], "")


def _facts(found: Mapping[str, Any]) -> dict[str, Any]:
    snapshot = found["snapshot"]
    if snapshot is None:
        return {"decides": "prices: there is no snapshot yet"}
    behind = snapshot["newest_version"] - snapshot["version"]
    pinned = f"; {behind} newer ones wait: `pointsman snapshots follow`" if behind > 1 else ""
    return {"decides": f"snapshot {snapshot['version']}, {snapshot['age_s']:,.1f} s old{pinned}"}


def _table(headings: Sequence[str | Column], rows: Sequence[Mapping[str, Any]], empty: str) -> None:
    as_table(headings, [tuple(row.values()) for row in rows], empty=empty)
