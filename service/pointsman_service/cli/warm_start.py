"""`pointsman warm-start`: what a table of outcomes says of the models, told to the learner before it has lived."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson, Operator
from pointsman_service.cli.tables import as_table

if TYPE_CHECKING:
    from pointsman.v1 import KnownQuery, WarmStartRequest

    from pointsman_service.replay.outcome_table import OutcomeTable

BATCH = 20
"""Queries a request: the learner takes each whole, and must not be kept from what is asked meanwhile."""
BATCH_CHARS = 500_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="warm-start",
        short_help="Tell the learner outcomes known beforehand.",
        epilog="Example: pointsman warm-start starter",
    )(warm_start)


def warm_start(
    table: Annotated[str, typer.Argument(help='A folder of recorded outcomes, "starter" or "paretobandit".')],
    effective_sample_size: Annotated[
        float | None,
        typer.Option(min=1, help="Outcomes a model that the table counts for, however many it has. [default: 100]"),
    ] = None,
    rename: Annotated[
        list[str] | None, typer.Option(help="TABLE_MODEL=MODEL: what the table's model is called here. Repeatable.")
    ] = None,
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Start the learner from a table of outcomes: a prior, which what is lived outweighs.

    The very same again (table, size, names, models) changes nothing, and an interrupted run goes on. Anything else adds
    up: what was told cannot be taken back.
    """
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.pages import every
    from pointsman_service.cli.progress import each
    from pointsman_service.replay.known_outcomes import DEFAULT_SIZE, known_outcomes
    from pointsman_service.replay.sources import open_table

    size = DEFAULT_SIZE if effective_sample_size is None else effective_sample_size
    names = pairs_of(rename or (), "TABLE_MODEL")
    recorded = _renamed(open_table(table), names)
    with connect(address, operator=operator) as service:
        configured = [m.model for m in every(service, v1.ListModelsRequest(), "models")]
        if unknown := [name for name in names.values() if name not in configured]:
            raise Misuse(f"--rename to {unknown[0]}: configured are {', '.join(configured)}")
        known = _of_models(recorded, configured)
        drawn = [(recorded.prompts[row], outcomes) for row, outcomes in known_outcomes(known, size)]
        if not drawn:
            raise Misuse(f"{table}: has no outcome of {', '.join(known.model_names)}")
        requests = list(_requests(drawn))
        new = sum(not service.call(request).replayed for request in each(requests, "telling"))
    facts = _facts(known, configured, drawn, batches=len(requests), new=new)
    facts["not_configured"] = [name for name in recorded.model_names if name not in known.model_names]
    _tell(facts, recorded.name, as_json=as_json)


def pairs_of(rename: Sequence[str], theirs: str) -> dict[str, str]:
    """What `--rename` says, by the names that are not ours. theirs: what one of these is called. Raises Misuse."""
    pairs: dict[str, str] = {}
    for pair in rename:
        there, equals, here = pair.partition("=")
        if not (there and equals and here):
            raise Misuse(f"--rename {pair}: write {theirs}=MODEL")
        if there in pairs:
            raise Misuse(f"--rename {pair}: {there} is renamed already, to {pairs[there]}")
        pairs[there] = here
    return pairs


def _renamed(table: OutcomeTable, names: Mapping[str, str]) -> OutcomeTable:
    if unknown := [name for name in names if name not in table.model_names]:
        raise Misuse(f"--rename {unknown[0]}: the table has {', '.join(table.model_names)}")
    models = tuple(replace(m, name=names.get(m.name, m.name)) for m in table.models)
    found = [m.name for m in models]
    if twice := sorted({name for name in found if found.count(name) > 1}):
        raise Misuse(f"--rename: two of the table's models would be {twice[0]}")
    return replace(table, models=models)


def _of_models(table: OutcomeTable, configured: Sequence[str]) -> OutcomeTable:
    """The columns of models that the service has."""
    keep = [m for m, name in enumerate(table.model_names) if name in configured]
    if not keep:
        raise Misuse(
            f"none of the table's models ({', '.join(table.model_names)}) is configured ({', '.join(configured)}): "
            "say which is which with --rename TABLE_MODEL=MODEL"
        )
    return table.of_models(keep)


def _requests(drawn: Sequence[tuple[str, Any]]) -> Iterator[WarmStartRequest]:
    """Batches without ids: the service makes them of what they hold, so that the same is told once."""
    from pointsman import v1

    batch: list[KnownQuery] = []
    for prompt, outcomes in drawn:
        if batch and (len(batch) == BATCH or sum(len(q.prompt) for q in batch) + len(prompt) > BATCH_CHARS):
            yield v1.WarmStartRequest(queries=batch)
            batch = []
        batch.append(
            v1.KnownQuery(
                prompt=prompt,
                outcomes=[
                    v1.KnownOutcome(
                        model=o.model,
                        quality=o.quality,
                        weight=o.weight,
                        cost_usd=o.cost_usd,
                        latency_ms=o.latency_ms,
                        judge_scores=o.scores,
                    )
                    for o in outcomes
                ],
            )
        )
    if batch:
        yield v1.WarmStartRequest(queries=batch)


def _facts(
    known: OutcomeTable, configured: Sequence[str], drawn: Sequence[tuple[str, Any]], *, batches: int, new: int
) -> dict[str, Any]:
    by_model = {name: [o for _, outcomes in drawn for o in outcomes if o.model == name] for name in known.model_names}
    return {
        "queries": len(drawn),
        "batches": batches,
        "new_batches": new,
        "models": [
            {
                "model": name,
                "outcomes": len(outcomes),
                "effective_sample_size": sum(o.weight for o in outcomes),
                "quality": sum(o.quality for o in outcomes) / len(outcomes) if outcomes else None,
            }
            for name, outcomes in by_model.items()
        ],
        "without_prior": [name for name in configured if not by_model.get(name)],
    }


def _tell(facts: Mapping[str, Any], table: str, *, as_json: bool) -> None:
    if as_json:
        output.as_json(facts)
        return
    rows = [(m["model"], m["outcomes"], m["effective_sample_size"], m["quality"]) for m in facts["models"]]
    as_table(("model", "outcomes", "count as", "quality"), rows, empty="")
    again = facts["batches"] - facts["new_batches"]
    known = f"; {again} of {facts['batches']} batches were known already" if again else ""
    typer.echo(f"{facts['queries']} queries of {table} told{known}. The learner takes them in its turn")
    if facts["without_prior"]:
        typer.echo(f"nothing was told of {', '.join(facts['without_prior'])}")
    if facts["not_configured"]:
        typer.echo(f"not configured, left out: {', '.join(facts['not_configured'])}")
