"""`pointsman feedback`: what a user says of an answer, or of a whole session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.messages import plain
from pointsman_service.cli.options import DEFAULT_ADDRESS, DEFAULT_TENANT, Address, AsJson, Tenant

if TYPE_CHECKING:
    from pointsman import Client


def register(app: typer.Typer) -> None:
    """Add the command."""
    example = "Example: pointsman feedback $(pointsman complete hi --episode-only) --up"
    app.command(name="feedback", short_help="Say what an answer, or a session, was worth.", epilog=example)(feedback)


def feedback(
    episode: Annotated[
        str | None, typer.Argument(help="The episode's id, as `complete` and `route` print it; or give --session.")
    ] = None,
    session: Annotated[str | None, typer.Option(help="Instead: the session that all of this is about.")] = None,
    up: Annotated[bool, typer.Option("--up", help="The answer was good.")] = False,
    down: Annotated[bool, typer.Option("--down", help="The answer was bad.")] = False,
    rating: Annotated[float | None, typer.Option(min=1, max=5, help="Stars, 1 worst to 5 best.")] = None,
    score: Annotated[float | None, typer.Option(min=0, max=1, help="A measured outcome.")] = None,
    correction: Annotated[str | None, typer.Option(help="The answer that would have been right.")] = None,
    comment: Annotated[
        str | None, typer.Option(help="In words, beside one of those. For people who read: never learnt from.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Whose answer. [default: the accepted one's]")] = None,
    end_user: Annotated[str | None, typer.Option(help="Who says so, behind the tenant.")] = None,
    request_id: Annotated[str | None, typer.Option(help="The same id again counts once.")] = None,
    address: Address = DEFAULT_ADDRESS,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Say what an answer was worth, or with --session what came of a whole session."""
    from pointsman_service.cli.connection import connect

    if (episode is None) == (session is None):
        raise Misuse("give an episode's id or --session, one of them")
    signals = {"rating": rating, "score": score, "correction": correction}
    given: dict[str, Any] = {name: value for name, value in signals.items() if value is not None}
    if up + down + len(given) != 1:
        raise Misuse("give exactly one of --up, --down, --rating, --score and --correction")
    if session is not None and any(said is not None for said in (correction, comment, model)):
        raise Misuse("--correction, --comment and --model are about one answer, not about a session")
    given |= {"thumb": up} if up or down else {}
    said = {"comment": comment, "model": model, "end_user_id": end_user, "request_id": request_id}
    given |= {name: value for name, value in said.items() if value is not None}
    with connect(address, tenant) as service:
        receipt = _told(service, episode, session, given)
    if as_json:
        output.as_json(receipt)
        return
    known = "known already; the first one stands" if receipt["replayed"] else "recorded"
    of = f", of {receipt['episode_count'] or 0:,} episodes" if session else ""
    typer.echo(
        f"{known}: counts as {receipt['value'] or 0.0:g}{of} "
        f"(feedback {receipt['request_id']}, log position {receipt['log_position']})"
    )


def _told(service: Client, episode: str | None, session: str | None, given: dict[str, Any]) -> dict[str, Any]:
    if session is not None:
        return plain(service.record_session_outcome(session, **given))
    assert episode is not None
    return plain(service.feedback(episode, **given))
