"""`pointsman snapshots`: what the learner has published, and going back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.messages import plain
from pointsman_service.cli.options import DEFAULT_ADDRESS, Address, AsJson, Limit, Operator
from pointsman_service.cli.tables import Column, as_table
from pointsman_service.cli.times import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pointsman.v1 import Snapshot

app = typer.Typer(name="snapshots", help="List the learner's snapshots, roll back, follow again.", no_args_is_help=True)


@app.command("list", epilog="Example: pointsman snapshots list --limit 5")
def list_snapshots(limit: Limit = None, address: Address = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """List the snapshots, newest first."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.pages import every

    with connect(address) as service:
        snapshots = every(service, v1.ListSnapshotsRequest(), "snapshots", limit)
    if as_json:
        output.as_json([plain(s) for s in snapshots])
        return
    rows = [
        (
            *(s.snapshot_version, "decides" if s.active else "", s.log_position),
            *(as_text(s.create_time), s.size_bytes, s.note),
        )
        for s in snapshots
    ]
    headings = (
        *("version", Column(""), Column("learnt up to", 1), "stored at"),
        *(Column("bytes", 3), Column("note", 2, text=True)),
    )
    as_table(headings, rows, empty="there is no snapshot yet: the static policy decides")


@app.command("rollback", epilog="Example: pointsman snapshots rollback")
def roll_back(
    version: Annotated[
        int | None, typer.Argument(help="The version to decide by from now on. [default: the one before the present]")
    ] = None,
    operator: Operator = None,
    address: Address = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Decide by an older snapshot from now on. Or a newer; until `snapshots follow`. Learning goes on."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.pages import every

    with connect(address, operator=operator) as service:
        wanted = version if version is not None else _one_before(every(service, v1.ListSnapshotsRequest(), "snapshots"))
        _show(service.call(v1.RollBackSnapshotRequest(snapshot_version=wanted)).snapshot, as_json=as_json)


@app.command("follow", epilog="Example: pointsman snapshots follow")
def follow(operator: Operator = None, address: Address = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """Decide by the newest snapshot again. This undoes `snapshots rollback`."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    with connect(address, operator=operator) as service:
        _show(service.call(v1.FollowNewestSnapshotRequest()).snapshot, as_json=as_json)


def _one_before(snapshots: Sequence[Snapshot]) -> int:
    """The version before the one that decides; newest first. Raises Misuse where there is none."""
    present = next((s.snapshot_version for s in snapshots if s.active), 0)
    before = next((s.snapshot_version for s in snapshots if s.snapshot_version < present), None)
    if before is None:
        raise Misuse("there is no snapshot before the present one; `pointsman snapshots list` shows what there is")
    return before


def _show(snapshot: Snapshot, *, as_json: bool) -> None:
    found = plain(snapshot)
    output.as_json(found) if as_json else output.facts({**found, "create_time": as_text(snapshot.create_time)})
