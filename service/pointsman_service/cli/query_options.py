"""What `complete` and `route` let a caller say of a query."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pointsman_service.cli.failures import Misuse

if TYPE_CHECKING:
    from pointsman.v1 import Query

Prompt = Annotated[str, typer.Argument(help='What to ask; "-" reads standard input.')]
System = Annotated[str | None, typer.Option(help="Standing instructions, sent before the prompt.")]
Dial = Annotated[
    float | None, typer.Option(min=0, max=1, help="0 is the cheapest that answers, 1 the best at any cost.")
]
CostWeight = Annotated[
    float | None, typer.Option(min=0, help="Lambda itself, instead of the dial: utility per dollar.")
]
MaxCost = Annotated[float | None, typer.Option("--max-cost-usd", min=0, help="Ceiling on the whole episode.")]
MinQuality = Annotated[float | None, typer.Option(min=0, max=1, help="Floor on the predicted quality.")]
Models = Annotated[list[str] | None, typer.Option("--model", help="A model that may be called; may be repeated.")]
Session = Annotated[str | None, typer.Option(help="A conversation: it keeps its model.")]
Timeout = Annotated[float, typer.Option(min=0.1, help="Seconds that the answer may take.")]


def make_query(
    prompt: str,
    *,
    system: str | None,
    dial: float | None,
    cost_weight: float | None,
    max_cost_usd: float | None,
    min_quality: float | None,
    models: list[str] | None,
    session: str | None,
) -> Query:
    """The query as it goes over the wire. Raises Misuse where both --dial and --cost-weight are given."""
    from pointsman import v1

    if dial is not None and cost_weight is not None:
        raise Misuse("give --dial or --cost-weight, not both")
    messages = [v1.ChatMessage(role=v1.ROLE_SYSTEM, content=system)] if system else []
    text = sys.stdin.read() if prompt == "-" else prompt
    messages.append(v1.ChatMessage(role=v1.ROLE_USER, content=text))
    preference = v1.Preference(dial=dial, cost_weight=cost_weight, max_cost_usd=max_cost_usd, min_quality=min_quality)
    return v1.Query(messages=messages, preference=preference, models=models or (), session_id=session)
