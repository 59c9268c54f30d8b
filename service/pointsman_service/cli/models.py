"""`pointsman models`: what can be routed to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.fields import Given, takes
from pointsman_service.cli.messages import plain
from pointsman_service.cli.model_fields import MODEL_FIELDS
from pointsman_service.cli.names import model_names
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson, Etag, Limit, Operator, Unset
from pointsman_service.cli.resources import Resource
from pointsman_service.cli.switches import add_switches
from pointsman_service.cli.tables import Column, as_table

if TYPE_CHECKING:
    from pointsman.v1 import Model

app = typer.Typer(name="models", help="List, add, change, enable, disable and remove models.", no_args_is_help=True)

MODELS = Resource("Model", "model", "model", "models", MODEL_FIELDS)

Name = Annotated[str, typer.Argument(help="The model's name.", autocompletion=model_names)]


@app.command("list", epilog="Example: pointsman models list")
def list_models(limit: Limit = None, address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """List the models in configured order, disabled ones too."""
    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        models = [plain(m) for m in MODELS.every(service, limit)]
    if as_json:
        output.as_json(models)
        return
    headings = (
        *("model", "enabled", Column("adapter", 3), Column("provider's name", 2)),
        *("$ per 1M in", "$ per 1M out", Column("context", 4), Column("tags", 1, text=True), Column("deployments", 5)),
        Column("breaker", 6),
    )
    as_table(headings, [_row(m) for m in models], empty="no model is configured: `pointsman models add` adds one")


@app.command("show", epilog="Example: pointsman models show starter-small")
def show_model(name: Name, address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """Show one model as it is configured, with the etag of this state."""
    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        _show(MODELS.get(service, name), as_json=as_json)


@app.command("add", epilog="Example: pointsman models add gpt-4o-mini --api-key-env OPENAI_API_KEY --tag region:us")
@takes(*MODEL_FIELDS)
def add_model(
    name: Annotated[str, typer.Argument(help="The name that callers will use.")],
    given: Given,
    disabled: Annotated[
        bool, typer.Option("--disabled", help="Leave it out of decisions until it is enabled.")
    ] = False,
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Add a model. Decisions know it within seconds. One of this name must not be there: `models set` changes it."""
    from pointsman_service.cli.connection import connect

    with connect(address, operator=operator) as service:
        _show(MODELS.create(service, name, {**given, "enabled": not disabled}), as_json=as_json)


@app.command("set", epilog="Example: pointsman models set starter-small --input-price 0.15 --tag region:eu")
@takes(*MODEL_FIELDS)
def set_model(
    name: Name,
    given: Given,
    unset: Unset = None,
    etag: Etag = None,
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Change what is said of a model, and nothing else of it. Tags, parameters and deployments join those there."""
    from pointsman_service.cli.connection import connect

    with connect(address, operator=operator) as service:
        before, after = MODELS.update(service, name, given, unset or (), etag)
    MODELS.tell_change(name, before, after, as_json=as_json)


@app.command("priors", epilog="Example: pointsman models priors gpt-4o-mini claude-haiku-4.5")
def show_priors(
    names: Annotated[
        list[str] | None, typer.Argument(help="Models by their providers' names. [default: those of the service]")
    ] = None,
    results: Annotated[
        Path | None, typer.Option(help="Another table of public results. [default: the service's, else ours]")
    ] = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Show what public results foretell of models: which row each was taken for, how, and its scores by category.

    A score is in standard deviations of what models reach. With names no service is asked.
    """
    from pointsman_service.cli.priors import of_service, show, told

    if names:
        output.as_json(told(names, results)) if as_json else show(told(names, results))
        return
    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        found = of_service(service, MODELS, results)
    output.as_json(found) if as_json else show(found)


add_switches(
    app,
    MODELS,
    Name,
    enable=("Let a model be chosen again.", "starter-small"),
    disable=(
        "Take a model out of every decision at once. What is learnt of it stays; `models enable` brings it back.",
        "starter-small",
    ),
    remove=("Remove a model for good, also one that the file declares.", "starter-medium"),
)


def _row(model: dict[str, Any]) -> tuple[object, ...]:
    return (
        *(
            model[f]
            for f in (
                "model",
                "enabled",
                "adapter",
                "provider_model",
                "input_usd_per_million",
                "output_usd_per_million",
            )
        ),
        *(model[f] for f in ("context_window", "tags")),
        [d["deployment"] for d in model["deployments"]],
        _breaker(model),
    )


def _breaker(model: dict[str, Any]) -> object:
    """Whether it is called now: of one place its state, of several those that are not closed."""
    places = model["deployments"]
    if not places:
        return model["breaker"]
    return [f"{d['deployment']}: {d['breaker']}" for d in places if d["breaker"] != "closed"] or "closed"


def _show(model: Model, *, as_json: bool) -> None:
    found = plain(model)
    if as_json:
        output.as_json(found)
        return
    places = found.pop("deployments")
    capabilities = found.pop("capabilities") or {}
    output.facts({**found, **capabilities})
    if places:
        output.section("deployments")
        headings = (
            *("deployment", Column("provider's name", 3), Column("address", 2), Column("key", 4), "region"),
            *(Column("requests a minute", 1), Column("tokens a minute", 1), "availability", "breaker"),
        )
        as_table(headings, [tuple(p.values()) for p in places], empty="")
