"""`pointsman snapshots`: what the learner has published, and going back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.options import DEFAULT_ADDRESS, Address, AsJson
from pointsman_service.cli.times import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pointsman.v1 import Snapshot

app = typer.Typer(name="snapshots", help="List the learner's snapshots, roll back, follow again.", no_args_is_help=True)


@app.command("list", epilog="Example: pointsman snapshots list --limit 5")
def list_snapshots(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
    address: Address = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """List the snapshots, newest first."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        snapshots = service.call(v1.ListSnapshotsRequest(limit=limit)).snapshots
    if as_json:
        output.as_json([_facts(s) for s in snapshots])
        return
    rows = [
        (s.version, "decides" if s.active else "", s.log_position, as_text(s.created_at), s.size_bytes, s.note)
        for s in snapshots
    ]
    headings = ("version", "", "learnt up to", "stored at", "bytes", "note")
    output.as_table(headings, rows, empty="there is no snapshot yet: the static policy decides")


@app.command("rollback", epilog="Example: pointsman snapshots rollback")
def roll_back(
    version: Annotated[
        int | None, typer.Argument(help="The version to decide by from now on. [default: the one before the present]")
    ] = None,
    address: Address = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Decide by an older (or newer) snapshot, and stay there until `snapshots follow`. Learning goes on."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        wanted = version if version is not None else _one_before(service.call(v1.ListSnapshotsRequest()).snapshots)
        _show(service.call(v1.RollBackSnapshotRequest(version=wanted)).snapshot, as_json=as_json)


@app.command("follow", epilog="Example: pointsman snapshots follow")
def follow(address: Address = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """Undo `snapshots rollback`: decide by the newest snapshot, now and later."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        _show(service.call(v1.FollowNewestSnapshotRequest()).snapshot, as_json=as_json)


def _one_before(snapshots: Sequence[Snapshot]) -> int:
    """The version before the one that decides; newest first. Raises Misuse where there is none."""
    present = next((s.version for s in snapshots if s.active), 0)
    before = next((s.version for s in snapshots if s.version < present), None)
    if before is None:
        raise Misuse("there is no snapshot before the present one; `pointsman snapshots list` shows what there is")
    return before


def _show(snapshot: Snapshot, *, as_json: bool) -> None:
    output.as_json(_facts(snapshot)) if as_json else output.facts(_facts(snapshot))


def _facts(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "version": snapshot.version,
        "active": snapshot.active,
        "log_position": snapshot.log_position,
        "created_at": as_text(snapshot.created_at),
        "size_bytes": snapshot.size_bytes,
        "checksum": snapshot.checksum,
        "note": snapshot.note,
    }
