"""`pointsman keys`: who may call, made, listed, rotated and revoked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.fields import Given, takes
from pointsman_service.cli.key_fields import KEY_FIELDS
from pointsman_service.cli.messages import plain
from pointsman_service.cli.names import key_names
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson, Etag, Limit, Operator, Unset
from pointsman_service.cli.tables import Column, as_table
from pointsman_service.cli.times import seconds

if TYPE_CHECKING:
    from pointsman_service.cli.key_store import Shown

app = typer.Typer(name="keys", help="Make, list, rotate and revoke API keys.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The key's name.", autocompletion=key_names)]
Folder = Annotated[
    Path | None,
    typer.Option(
        help="In a storage folder on this machine instead of by a service, which may run on it: so the first key is "
        "made, and another where the last was lost."
    ),
]


@app.command("list", epilog="Example: pointsman keys list")
def list_keys(
    limit: Limit = None, folder: Folder = None, address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False
) -> None:
    """List the API keys: whose they are, and what they may do. The keys themselves nobody can show."""
    from pointsman_service.cli.key_store import key_store

    with key_store(address, folder, None) as store:
        keys = [plain(key) for key in store.every(limit)]
    if as_json:
        output.as_json(keys)
        return
    headings = (
        *("name", "id", "tenant", Column("roles", text=True), Column("acts for", 3, text=True)),
        *(Column("a second", 4), Column("expires", 1)),
    )
    empty = "there is no API key: `pointsman keys create NAME --role call` makes one"
    as_table(headings, [_row(key) for key in keys], empty=empty)


@app.command("show", epilog="Example: pointsman keys show ci")
def show_key(
    name: Name, folder: Folder = None, address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False
) -> None:
    """Show what one API key is for. The etag is that of this state."""
    from pointsman_service.cli.key_store import key_store

    with key_store(address, folder, None) as store:
        found = plain(store.get(name))
    output.as_json(found) if as_json else output.facts(found)


@app.command("create", epilog="Example: pointsman keys create app --role call --role feedback --tenant team-a")
@takes(*KEY_FIELDS)
def create_key(
    name: Name,
    given: Given,
    toml: Annotated[
        bool, typer.Option("--toml", help="Make one for the file: print the key and its table, and keep nothing.")
    ] = False,
    folder: Folder = None,
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Make an API key and print it, this once: a hash of it is all that is kept.

    The key is all that goes to standard output, so that KEY=$(pointsman keys create ...) takes it.
    """
    from pointsman_service.cli.key_store import key_store

    if "roles" not in given:
        raise Misuse("say what it may do: --role call, feedback, read or admin; may be repeated")
    if toml:
        from pointsman_service.cli.key_toml import key_table

        typer.echo(key_table(name, given), nl=False)
        return
    with key_store(address, folder, operator, new=True) as store:
        _tell(store.create(name, given), "created", as_json=as_json)


@app.command("set", epilog="Example: pointsman keys set ci --requests-per-second 20 --expires 90d")
@takes(*KEY_FIELDS)
def set_key(
    name: Name,
    given: Given,
    unset: Unset = None,
    etag: Etag = None,
    folder: Folder = None,
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Change what an API key is for, and nothing else of it. Roles and tenants join those there."""
    from pointsman_service.cli.key_store import KEYS, key_store

    with key_store(address, folder, operator) as store:
        before, after = store.update(name, given, unset or (), etag)
    KEYS.tell_change(name, before, after, as_json=as_json)


@app.command("rotate", epilog="Example: pointsman keys rotate ci --overlap 1d")
def rotate_key(
    name: Name,
    overlap: Annotated[str, typer.Option(help="How long the present secret is still taken; 0s for not at all.")] = "1h",
    etag: Etag = None,
    folder: Folder = None,
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Give an API key another secret and print the key, this once. The one before is taken for a while, too."""
    from pointsman_service.cli.key_store import key_store

    overlap_s = seconds(overlap)
    with key_store(address, folder, operator) as store:
        _tell(store.rotate(name, overlap_s, etag), "rotated", as_json=as_json)


@app.command("revoke", epilog="Example: pointsman keys revoke old-app")
def revoke_key(
    name: Name,
    etag: Etag = None,
    folder: Folder = None,
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """End an API key: within a second no call is taken with it."""
    from pointsman_service.cli.key_store import key_store

    with key_store(address, folder, operator) as store:
        store.revoke(name, etag)
    output.as_json({"name": name, "revoked": True}) if as_json else output.note(f"{name}: revoked")


def _tell(shown: Shown, done: str, *, as_json: bool) -> None:
    """Print the key. Raises ConnectionError where the first answer was lost on the way, and the key with it."""
    name = shown.key.name
    if not shown.secret:
        raise ConnectionError(
            f"{name}: {done}, but the answer was lost; `pointsman keys rotate {name}` gives another key"
        )
    if as_json:
        output.as_json({**plain(shown.key), "secret": shown.secret})
        return
    typer.echo(shown.secret)
    previous = plain(shown.key)["previous_end_time"] if done == "rotated" else None
    overlap = f"; the one before is taken until {previous}" if previous else ""
    output.note(f"{name}: {done}; keep the key, nobody can show it again{overlap}")


def _row(key: dict[str, Any]) -> tuple[object, ...]:
    return (
        *(key[field] for field in ("name", "key_id", "tenant", "roles", "acts_for", "requests_per_second")),
        (key["expire_time"] or "never")[:10],
    )
