"""`pointsman models`: what can be routed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.options import DEFAULT_ADDRESS, Address, AsJson

if TYPE_CHECKING:
    from pointsman.v1 import Model

app = typer.Typer(name="models", help="List, add, change and disable models.", no_args_is_help=True)


@app.command("list", epilog="Example: pointsman models list")
def list_models(address: Address = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """List the models in configured order, disabled ones too."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        models = service.call(v1.ListModelsRequest()).models
    if as_json:
        output.as_json([_facts(m) for m in models])
        return
    headings = ("model", "enabled", "adapter", "provider's name", "$ per 1M in", "$ per 1M out")
    rows = [
        (f["name"], f["enabled"], f["adapter"], f["provider_model"], f["input_usd_per_1m"], f["output_usd_per_1m"])
        for f in map(_facts, models)
    ]
    output.as_table(headings, rows, empty="no model is configured")


@app.command("put", epilog="Example: pointsman models put gpt-4o-mini --input-price 0.15")
def put_model(
    name: Annotated[str, typer.Argument(help="The name that callers use.")],
    address: Address = DEFAULT_ADDRESS,
    adapter: Annotated[
        str | None, typer.Option(help="openai (any OpenAI-compatible address) or litellm. [default: by --base-url]")
    ] = None,
    provider_model: Annotated[str | None, typer.Option(help="The name that the provider knows it by.")] = None,
    base_url: Annotated[str | None, typer.Option(help="The provider's address, for the openai adapter.")] = None,
    api_key_env: Annotated[str | None, typer.Option(help="Environment variable of the service with the key.")] = None,
    input_price: Annotated[float | None, typer.Option(min=0, help="Dollars per million prompt tokens.")] = None,
    output_price: Annotated[float | None, typer.Option(min=0, help="Dollars per million answer tokens.")] = None,
    enabled: Annotated[bool, typer.Option(help="Whether it may be chosen.")] = True,
    as_json: AsJson = False,
) -> None:
    """Add a model, or replace the one of the same name. Decisions know it within seconds."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    model = v1.Model(
        name=name,
        adapter=adapter or ("openai" if base_url else "litellm"),
        provider_model=provider_model,
        base_url=base_url,
        api_key_env=api_key_env,
        input_usd_per_1m=input_price,
        output_usd_per_1m=output_price,
        enabled=enabled,
    )
    with connect(address) as service:
        _show(service.call(v1.PutModelRequest(model=model)).model, as_json=as_json)


@app.command("disable", epilog="Example: pointsman models disable starter-small")
def disable_model(
    name: Annotated[str, typer.Argument(help="The model's name.")],
    address: Address = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Take a model out of every decision at once. `models put` brings it back."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        _show(service.call(v1.DisableModelRequest(name=name)).model, as_json=as_json)


def _show(model: Model, *, as_json: bool) -> None:
    output.as_json(_facts(model)) if as_json else output.facts(_facts(model))


def _facts(model: Model) -> dict[str, Any]:
    def known(field: str) -> Any:  # noqa: ANN401 - a scalar of whatever type the field has
        return getattr(model, field) if model.HasField(field) else None

    return {
        "name": model.name,
        "enabled": known("enabled") is not False,
        "adapter": model.adapter,
        **{f: known(f) for f in ("provider_model", "base_url", "api_key_env", "input_usd_per_1m", "output_usd_per_1m")},
    }
