"""`pointsman evaluate`: what another lambda or policy would have brought, from the log."""

from __future__ import annotations

from typing import Annotated

import typer

from pointsman_service.cli import output
from pointsman_service.cli.decisions import words
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.fields import Given, takes
from pointsman_service.cli.filter_fields import FILTER_FIELDS, filter_of
from pointsman_service.cli.messages import plain
from pointsman_service.cli.options import DEFAULT_ADDRESS, Address, AsJson
from pointsman_service.cli.tables import Column, as_table

TIMEOUT_S = 300.0
"""Every episode's features are read and decided on again."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="evaluate",
        short_help="Estimate what another policy would have brought.",
        epilog="Example: pointsman evaluate --policy always:starter-large",
    )(evaluate)


@takes(*FILTER_FIELDS)
def evaluate(
    given: Given,
    cost_weight: Annotated[float | None, typer.Option(min=0, help="Another lambda: utility per dollar.")] = None,
    policy: Annotated[
        str | None, typer.Option(help='Another policy: "always:MODEL" or one the learner offers.')
    ] = None,
    confidence: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of the intervals.")] = 0.95,
    address: Address = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Estimate from logged propensities what another lambda or policy would have brought."""
    if (cost_weight is None) == (policy is None):
        raise Misuse("give one of --cost-weight and --policy")
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.progress import working

    request = v1.WhatIfRequest(cost_weight=cost_weight, policy=policy, filter=filter_of(given), confidence=confidence)
    with connect(address, timeout_s=TIMEOUT_S) as service, working("estimating"):
        found = plain(service.call(request))
    if as_json:
        output.as_json(found)
        return
    worth = found["effective_episode_count"] or 0.0
    count = found["episode_count"] or 0
    typer.echo(f"{count:,} episode{'s' * (count != 1)}, worth {worth:,.0f} after importance weighting")
    rows = [(words(e["quantity"]), words(e["estimator"]), e["mean"], e["low"], e["high"]) for e in found["estimates"]]
    headings = (Column("per query"), Column("estimator"), "mean", Column(f"{confidence:.0%} from"), "to")
    as_table(headings, rows, empty="nothing to estimate from: no episode has both a propensity and a reward")
