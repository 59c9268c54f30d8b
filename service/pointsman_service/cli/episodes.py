"""`pointsman episodes`: the queries in the log, and why each went as it did."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.fields import Given, takes
from pointsman_service.cli.filter_fields import FILTER_FIELDS, filter_of
from pointsman_service.cli.messages import plain
from pointsman_service.cli.options import DEFAULT_ADDRESS, DEFAULT_TENANT, Address, AdminAddress, AsJson, Tenant
from pointsman_service.cli.tables import Column, as_table

app = typer.Typer(name="episodes", help="List episodes, and show why one went as it did.", no_args_is_help=True)

NEWEST = 50
TIMEOUT_S = 60.0


@app.command("list", epilog="Example: pointsman episodes list --since yesterday --called starter-large --no-feedback")
@takes(*FILTER_FIELDS)
def list_episodes(
    given: Given,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = NEWEST,
    everything: Annotated[bool, typer.Option("--all", help="However many there are, instead of --limit.")] = False,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """List episodes, newest first."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.pages import every
    from pointsman_service.cli.progress import working

    # One more than is shown tells whether there are others.
    wanted = None if everything else limit + 1
    with connect(address, timeout_s=TIMEOUT_S) as service, working("reading the log"):
        found = [plain(e) for e in every(service, v1.ListEpisodesRequest(filter=filter_of(given)), "episodes", wanted)]
    shown = found if everything else found[:limit]
    if as_json:
        output.as_json(shown)
    else:
        as_table(_HEADINGS, [_row(e) for e in shown], empty="the log has no such episodes")
    if len(found) > len(shown):
        output.note(f"(the newest {limit:,}; --limit or --all for more)")


@app.command("show", epilog="Example: pointsman episodes show $(pointsman complete hi --episode-only)")
def show_episode(
    episode: Annotated[str, typer.Argument(help="The episode's id, as `episodes list` shows it.")],
    address: Address = DEFAULT_ADDRESS,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Show one episode, and why it went so. Expectations, calls, what each verdict moved, feedback, costs."""
    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.explanation import show

    with connect(address, tenant, timeout_s=TIMEOUT_S) as service:
        found = plain(service.explain_episode(episode))
    output.as_json(found) if as_json else show(found)


_HEADINGS = (
    *("episode", Column("tenant", 4), Column("at", 1), "model", Column("calls", 5), Column("kind", 6)),
    *(Column("strategy", 9), Column("stop", 7), Column("believed", 8), "$", Column("ms", 3), Column("feedback", 2)),
    *(Column("prompt", 10, text=True), Column("comment", 11, text=True)),
)


def _row(episode: dict[str, Any]) -> tuple[object, ...]:
    e = episode
    return (
        *(e["episode_id"], e["tenant"], (e["create_time"] or "")[:19].replace("T", " "), e["model"]),
        *(len(e["models_called"]), e["node_id"], e["strategy"], (e["stop_reason"] or "-").replace("_", " ")),
        *(e["believed_quality"], e["cost_usd"], e["latency_ms"], e["feedback"]),
        *(output.shortened(e["prompt"] or "", 60), output.shortened(e["comment"] or "", 60)),
    )
