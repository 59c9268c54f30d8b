"""`pointsman evaluate`: what another lambda or policy would have brought, from the log."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.options import DEFAULT_ADDRESS, Address, AsJson, Since


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="evaluate", epilog="Example: pointsman evaluate --policy always:starter-large")(evaluate)


def evaluate(
    cost_weight: Annotated[float | None, typer.Option(min=0, help="Another lambda: utility per dollar.")] = None,
    policy: Annotated[
        str | None, typer.Option(help='Another policy: "always:MODEL" or one the learner offers.')
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="Whose episodes. [default: everybody's]")] = None,
    since: Since = None,
    confidence: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of the intervals.")] = 0.95,
    address: Address = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Estimate from logged propensities what another lambda or policy would have brought."""
    if (cost_weight is None) == (policy is None):
        raise Misuse("give one of --cost-weight and --policy")
    from pointsman import v1

    from pointsman_service.cli.connection import connect, episode_filter

    request = v1.WhatIfRequest(
        cost_weight=cost_weight, policy=policy, filter=episode_filter(tenant, since), confidence=confidence
    )
    with connect(address) as service:
        answer = service.call(request)
    if as_json:
        output.as_json(_facts(answer))
        return
    typer.echo(f"{answer.episodes} episodes, worth {answer.effective_episodes:.0f} after importance weighting")
    rows = [(e["quantity"], e["estimator"], e["mean"], e["low"], e["high"]) for e in _facts(answer)["estimates"]]
    headings = ("per query", "estimator", "mean", f"{confidence:.0%} from", "to")
    output.as_table(headings, rows, empty="nothing to estimate from: no episode has both a propensity and a reward")


def _facts(answer: Any) -> dict[str, Any]:  # noqa: ANN401 - a WhatIfResponse, imported only when the command runs
    from pointsman.v1 import Quantity

    return {
        "episodes": answer.episodes,
        "effective_episodes": answer.effective_episodes,
        "estimates": [
            {
                "quantity": Quantity.Name(e.quantity).removeprefix("QUANTITY_").lower(),
                "estimator": e.estimator,
                "mean": e.mean,
                "low": e.low,
                "high": e.high,
            }
            for e in answer.estimates
        ],
    }
