"""`pointsman snapshots`: what the learner has published, and going back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.messages import plain
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson, Limit, Operator
from pointsman_service.cli.tables import Column, as_table
from pointsman_service.cli.times import as_text, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pointsman.v1 import RollBackSnapshotRequest, Snapshot

app = typer.Typer(name="snapshots", help="List the learner's snapshots, roll back, follow again.", no_args_is_help=True)


@app.command("list", epilog="Example: pointsman snapshots list --limit 5")
def list_snapshots(limit: Limit = None, address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
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
            *(as_text(s.create_time), s.size_bytes, s.name, s.note),
        )
        for s in snapshots
    ]
    headings = (
        *("version", Column(""), Column("learnt up to", 1), "stored at"),
        *(Column("bytes", 3), "name", Column("note", 2, text=True)),
    )
    as_table(headings, rows, empty="there is no snapshot yet: the static policy decides")
    if snapshots and limit is None:
        output.note(f"{len(snapshots)} snapshots, {sum(s.size_bytes for s in snapshots) / 1e6:,.1f} MB")


@app.command("rollback", epilog="Example: pointsman snapshots rollback --to before-the-new-model")
def roll_back(
    version: Annotated[
        int | None, typer.Argument(help="The version to decide by from now on. [default: the one before the present]")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", help='A name, a version, or the newest of a time: "2 h ago", 12:00, yesterday.'),
    ] = None,
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Decide by an older snapshot from now on. Or a newer; until `snapshots follow`. Learning goes on.

    One that the service cannot decide by is refused, and nothing changes.
    """
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.pages import every

    if version is not None and to is not None:
        raise Misuse("give a version or --to, not both")
    with connect(address, operator=operator) as service:
        wanted = _wanted(to) if to is not None else v1.RollBackSnapshotRequest()
        if to is None:
            before = _one_before(every(service, v1.ListSnapshotsRequest(), "snapshots")) if version is None else version
            wanted.snapshot_version = before
        _show(service.call(wanted).snapshot, as_json=as_json)


@app.command("name", epilog="Example: pointsman snapshots name 1 first")
def name_one(
    version: Annotated[int, typer.Argument(help="The version, as `snapshots list` shows it.")],
    name: Annotated[str, typer.Argument(help="A letter, then letters, digits, dots and dashes.")],
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Keep a snapshot under a name, whatever its age, until `snapshots unname`."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    with connect(address, operator=operator) as service:
        _show(service.call(v1.NameSnapshotRequest(snapshot_version=version, name=name)).snapshot, as_json=as_json)


@app.command("keep", epilog="Example: pointsman snapshots keep good")
def keep(
    name: Annotated[str, typer.Argument(help="A letter, then letters, digits, dots and dashes.")],
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Keep the snapshot that decides now under a name: as `snapshots name` with its version."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.pages import every

    with connect(address, operator=operator) as service:
        snapshots = every(service, v1.ListSnapshotsRequest(), "snapshots")
        present = next((s.snapshot_version for s in snapshots if s.active), None)
        if present is None:
            raise Misuse("no snapshot decides yet; `pointsman snapshots list` shows what there is")
        _show(service.call(v1.NameSnapshotRequest(snapshot_version=present, name=name)).snapshot, as_json=as_json)


@app.command("unname", epilog="Example: pointsman snapshots unname before-the-new-model")
def unname(
    name: Annotated[str, typer.Argument(help="The name, as `snapshots list` shows it.")],
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
) -> None:
    """Keep a snapshot no longer than its age says."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    with connect(address, operator=operator) as service:
        service.call(v1.UnnameSnapshotRequest(name=name))
    output.note(f"{name} is no snapshot's name any more")


@app.command("follow", epilog="Example: pointsman snapshots follow")
def follow(operator: Operator = None, address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """Decide by the newest snapshot again. This undoes `snapshots rollback`."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    with connect(address, operator=operator) as service:
        _show(service.call(v1.FollowNewestSnapshotRequest()).snapshot, as_json=as_json)


def _wanted(to: str) -> RollBackSnapshotRequest:
    """What --to means: a version, a name, else a time. Raises Misuse."""
    from datetime import UTC, datetime

    from pointsman import v1

    from pointsman_service.domain.snapshot_retention import is_snapshot_name

    if to.isdecimal():
        return v1.RollBackSnapshotRequest(snapshot_version=int(to))
    if is_snapshot_name(to):
        return v1.RollBackSnapshotRequest(name=to)
    request = v1.RollBackSnapshotRequest()
    request.stored_by.FromDatetime(moment(to, datetime.now(UTC)))
    return request


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
