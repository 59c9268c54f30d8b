"""What public results foretell of models, as `pointsman models priors` shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.config_values import values
from pointsman_service.cli.messages import plain
from pointsman_service.cli.pages import Asked
from pointsman_service.cli.resources import Resource
from pointsman_service.cli.tables import Column, as_table
from pointsman_service.config.priors.known import KnownBeforehand
from pointsman_service.config.priors.table import read_results


def told(names: Sequence[str], results: Path | None, *, on: bool | None = None) -> dict[str, Any]:
    """Of models by their providers' names, with the table it is from. on: whether the service uses it, where known.

    Raises ConfigurationError for a table that is wrong.
    """
    return _told([(name, name) for name in names], results, on=on)


def of_service(service: Asked, models: Resource, results: Path | None) -> dict[str, Any]:
    """The same of the service's models, by default of the table that it names."""
    said = {v["key"]: v["value"] for v in values(service, "learner.public_", changed=False)}
    path = said.get("learner.public_results")
    file = results if results is not None or path is None else Path(path)
    known = [plain(m) for m in models.every(service, None)]
    named = [(m["model"], m["provider_model"] or m["model"]) for m in known]
    return _told(named, file, on=said.get("learner.public_priors") is True)


def _told(named: Sequence[tuple[str, str]], results: Path | None, *, on: bool | None) -> dict[str, Any]:
    beforehand = KnownBeforehand(read_results(results))
    table = beforehand.table
    return {
        "table": table.name,
        "date": table.date,
        "sources": list(table.sources),
        "in_use": on,
        "models": [_model(name, beforehand.named(provider, name)) for name, provider in named],
    }


def _model(name: str, known: Any) -> dict[str, Any]:  # noqa: ANN401 - `Known`
    match = known.match
    return {
        "model": name,
        "taken_for": None if match is None else match.row,
        "by": None if match is None else match.how,
        "outcomes": known.outcomes,
        "scores": dict(known.scores),
    }


def show(found: Mapping[str, Any]) -> None:
    """A row a model, then where the scores are from."""
    categories = list(dict.fromkeys(c for m in found["models"] for c in m["scores"]))
    headings: Sequence[str | Column] = (
        *("model", Column("taken for", text=True), Column("by", 1, text=True), "worth"),
        *(Column(c.replace("_", " "), 2 + i) for i, c in enumerate(categories)),
    )
    rows = [
        (m["model"], m["taken_for"] or "unknown", m["by"], m["outcomes"], *(m["scores"].get(c) for c in categories))
        for m in found["models"]
    ]
    as_table(headings, rows, empty="no model is configured: `pointsman models add` adds one")
    typer.echo(f"\nresults of {found['date']}, {found['table']}: {'; '.join(found['sources'])}")
    if found["in_use"] is False:
        output.note("the service does without: learner.public_priors is false")
