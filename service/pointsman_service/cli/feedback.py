"""`pointsman feedback`: what a user says of an answer."""

from __future__ import annotations

from typing import Annotated

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.options import DEFAULT_ADDRESS, DEFAULT_TENANT, Address, AsJson, Tenant


def register(app: typer.Typer) -> None:
    """Add the command."""
    example = "Example: pointsman feedback $(pointsman complete hi --episode-only) --up"
    app.command(name="feedback", epilog=example)(feedback)


def feedback(
    episode: Annotated[str, typer.Argument(help="The episode's id, as `complete` and `route` print it.")],
    up: Annotated[bool, typer.Option("--up", help="The answer was good.")] = False,
    down: Annotated[bool, typer.Option("--down", help="The answer was bad.")] = False,
    rating: Annotated[float | None, typer.Option(min=1, max=5, help="Stars, 1 worst to 5 best.")] = None,
    score: Annotated[float | None, typer.Option(min=0, max=1, help="A measured outcome.")] = None,
    correction: Annotated[str | None, typer.Option(help="The answer that would have been right.")] = None,
    model: Annotated[str | None, typer.Option(help="Whose answer. [default: the accepted one's]")] = None,
    feedback_id: Annotated[str | None, typer.Option(help="The same id again counts once.")] = None,
    address: Address = DEFAULT_ADDRESS,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Say what an answer was worth. The next decisions are better for it."""
    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.decisions import as_dict

    given = sum([up, down, *(signal is not None for signal in (rating, score, correction))])
    if given != 1:
        raise Misuse("give exactly one of --up, --down, --rating, --score and --correction")
    with connect(address, tenant) as service:
        receipt = service.feedback(
            episode,
            thumb=up if up or down else None,
            rating=rating,
            score=score,
            correction=correction,
            model=model,
            feedback_id=feedback_id,
        )
    if as_json:
        output.as_json(as_dict(receipt))
        return
    known = "recorded" if receipt.recorded else "known already; the first one stands"
    typer.echo(
        f"{known}: counts as {receipt.value:g} (feedback {receipt.feedback_id}, log position {receipt.log_position})"
    )
