"""`pointsman evaluate`: what another lambda or policy would have brought, from the log."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.decisions import words
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.fields import Given, takes
from pointsman_service.cli.filter_fields import FILTER_FIELDS, filter_of
from pointsman_service.cli.messages import plain
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson
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
        str | None,
        typer.Option(help='Another policy: "current", "always:MODEL" (and nothing else) or "snapshot:VERSION".'),
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="Another pool: a model that could be called; once for each.")
    ] = None,
    confidence: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of the intervals.")] = 0.95,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Estimate from logged propensities what another lambda or policy would have brought.

    Of more than 3,000 selected episodes an even sample is valued. A routed query that nobody reported costs as
    expected.
    """
    if cost_weight is not None and policy is not None:
        raise Misuse("give one of --cost-weight and --policy")
    if cost_weight is None and policy is None:
        policy = "current"
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.progress import working

    request = v1.WhatIfRequest(
        cost_weight=cost_weight, policy=policy, filter=filter_of(given), confidence=confidence, models=model or ()
    )
    with connect(address, timeout_s=TIMEOUT_S) as service, working("estimating"):
        found = plain(service.call(request))
    if as_json:
        output.as_json(found)
        return
    typer.echo(_resting_on(found))
    rows = [(words(e["quantity"]), words(e["estimator"]), e["mean"], e["low"], e["high"]) for e in found["estimates"]]
    headings = (Column("per query"), Column("estimator"), "mean", Column(f"{100 * confidence:g}% from"), "to")
    if rows:
        as_table(headings, rows, empty="")
    if found["missing"]:
        typer.echo(f"no estimate of {_missing(found)}: {found['missing']}")


def _missing(found: dict[str, Any]) -> str:
    """What has no number: what was logged may have, where the policy has none."""
    if not found["estimates"]:
        return "anything"
    is_of_policy = any(words(e["estimator"]) != "logged" for e in found["estimates"])
    return "quality" if is_of_policy else "this policy"


def _resting_on(found: dict[str, Any]) -> str:
    count, rated = found["episode_count"] or 0, found["rated_count"] or 0
    worth, support = found["effective_episode_count"] or 0.0, found["support"] or 0.0
    return (
        f"{count:,} episode{'s' * (count != 1)}, {rated:,} with feedback\n"
        f"worth {worth:,.0f} for this policy, {support:.0%} of it seen"
    )
