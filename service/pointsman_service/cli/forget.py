"""`pointsman forget`: what teaches nothing any more. `pointsman forget-user`: one end user's words leave the log."""

from __future__ import annotations

from typing import Annotated

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.filter_fields import TIMES, since_of, until_of
from pointsman_service.cli.messages import plain
from pointsman_service.cli.names import model_names, tenant_names
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson, Operator

LONGEST_S = 600.0
"""For an end user of a hundred thousand episodes, beside traffic."""

evidence = typer.Typer(
    name="forget", help="Let a period, a source or a model teach nothing any more, and undo that.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(evidence)
    app.command(name="forget-user", epilog="Example: pointsman forget-user acme ann@example.com")(forget_user)


def forget_user(
    tenant: Annotated[str, typer.Argument(help="Whose end user it is.", autocompletion=tenant_names)],
    end_user_id: Annotated[str, typer.Argument(help="The id, as callers told it.")],
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Erase what one end user asked and said, byte by byte: texts, quotes, hints, labels, and who it was.

    What was learnt stays. Backups and exports that were made before still have it. Exit code 1 where a long reader
    still needs the old pages: run it again.
    """
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.progress import working

    request = v1.ForgetEndUserRequest(tenant=tenant, end_user_id=end_user_id)
    with connect(address, operator=operator, timeout_s=LONGEST_S) as service, working("forgetting"):
        done = plain(service.call(request))
    output.as_json(done) if as_json else output.facts(done)
    if not done["scrubbed"]:
        output.note("a reader still needs the old pages, which have the texts: run this again when it is done")
        raise typer.Exit(1)


@evidence.command("evidence", epilog="Example: pointsman forget evidence --since 14:00 --until 15:30 --dry-run")
def forget_evidence(
    tenant: Annotated[
        str | None, typer.Option(help="Whose queries and words. [default: everybody's]", autocompletion=tenant_names)
    ] = None,
    key: Annotated[str | None, typer.Option(help="With which API key, by its name, they came.")] = None,
    end_user: Annotated[str | None, typer.Option(help="Words of this end user of the tenant.", metavar="ID")] = None,
    model: Annotated[
        str | None, typer.Option(help="What called this model, and what is about it.", autocompletion=model_names)
    ] = None,
    since: Annotated[str | None, typer.Option(help=f"From when on: {TIMES}; in UTC.", metavar="TIME")] = None,
    until: Annotated[
        str | None, typer.Option(help="Until when; a day means its end. [default: now]", metavar="TIME")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would teach nothing.")] = False,
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Learn anew without what is so of all that is given. The log keeps it; `pointsman forget undo` takes it back.

    What jobs made of it goes with it. What was pruned stays learnt. Until it has learnt anew, the last snapshot
    decides: `pointsman snapshots rollback` goes back to one from before.
    """
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.progress import working

    named = {"tenant": tenant, "client": key, "end_user_id": end_user, "model": model}
    given = {name: value for name, value in named.items() if value is not None}
    if not given and since is None and until is None:
        raise Misuse("say what to forget: --tenant, --key, --end-user, --model, --since or --until")
    if end_user is not None and tenant is None:
        raise Misuse("--end-user needs --tenant: an id is one tenant's own")
    request = v1.ForgetEvidenceRequest(**given, dry_run=dry_run)
    if since is not None:
        request.start_time.CopyFrom(since_of(since))
    if until is not None:
        request.end_time.CopyFrom(until_of(until))
    with connect(address, operator=operator, timeout_s=LONGEST_S) as service, working("counting"):
        done = plain(service.call(request))
    output.as_json(done) if as_json else output.facts(done)
    if not dry_run:
        output.note(f"undo it with: pointsman forget undo {done['forget_id']}")


_UNDONE = "$(pointsman forget evidence --since 14:00 --until 15:30 --json | grep -o 'forget-[0-9a-f]*')"


@evidence.command("undo", epilog=f"Example: pointsman forget undo {_UNDONE}")
def restore_evidence(
    forget_id: Annotated[str, typer.Argument(help="As `forget evidence` said it, and `pointsman audit list` has it.")],
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Let it teach again, as if it had never been forgotten."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    with connect(address, operator=operator, timeout_s=LONGEST_S) as service:
        done = plain(service.call(v1.RestoreEvidenceRequest(forget_id=forget_id)))
    output.as_json(done) if as_json else output.facts({"forget_id": forget_id, **done})
