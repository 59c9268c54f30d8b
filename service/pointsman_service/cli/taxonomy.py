"""`pointsman taxonomy`: the tree of kinds of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.options import DEFAULT_ADDRESS, Address, AsJson

if TYPE_CHECKING:
    from pointsman.v1 import TaxonomyNode

app = typer.Typer(name="taxonomy", help="List, show and change the tree of kinds of queries.", no_args_is_help=True)


@app.command("list", epilog="Example: pointsman taxonomy list")
def list_nodes(address: Address = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """List the tree: every kind of query below its parent, with how much evidence it has."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        nodes = service.call(v1.ListTaxonomyRequest()).nodes
    if as_json:
        output.as_json([_facts(n) for n in nodes])
        return
    depth: dict[str, int] = {}
    for n in nodes:
        depth[n.id] = depth[n.parent_id] + 1 if n.HasField("parent_id") and n.parent_id in depth else 0
    rows = [("  " * depth[n.id] + n.id, n.title, n.evidence, n.origin) for n in nodes]
    output.as_table(("node", "title", "evidence", "origin"), rows, empty="the taxonomy is empty")


@app.command("get", epilog="Example: pointsman taxonomy get root")
def get_node(
    node: Annotated[str, typer.Argument(help="The node's id, as `taxonomy list` shows it.")],
    address: Address = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Show one kind of query, with what is known of each model on it."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        found = service.call(v1.GetTaxonomyNodeRequest(id=node)).node
    if as_json:
        output.as_json(_facts(found))
        return
    _print(found)
    rows = [(m.model, m.quality, m.quality_sd, 1000 * m.cost_usd, m.latency_ms, m.evidence) for m in found.models]
    headings = ("model", "quality", "+-", "$ per 1,000", "latency ms", "evidence")
    output.as_table(headings, rows, empty="nothing is known of any model here yet")


@app.command("put", epilog='Example: pointsman taxonomy put haiku --title Haiku --description "Short poems"')
def put_node(
    node: Annotated[str, typer.Argument(help="The node's id, unique in the tree.")],
    title: Annotated[str, typer.Option(help="A short name.")],
    description: Annotated[str, typer.Option(help="What these queries have in common; it places the node.")],
    parent: Annotated[str, typer.Option(help="Id of the node above.")] = "root",
    example: Annotated[list[str] | None, typer.Option(help="A query of this kind; may be repeated.")] = None,
    address: Address = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Add a kind of query, or replace the one of the same id."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    wanted = v1.TaxonomyNode(id=node, parent_id=parent, title=title, description=description, examples=example or ())
    with connect(address) as service:
        put = service.call(v1.PutTaxonomyNodeRequest(node=wanted)).node
    if as_json:
        output.as_json(_facts(put))
        return
    _print(put)


def _print(node: TaxonomyNode) -> None:
    output.facts({k: v for k, v in _facts(node).items() if k not in ("models", "examples")})
    for example in node.examples:
        typer.echo(f"  e.g. {example}")


def _facts(node: TaxonomyNode) -> dict[str, Any]:
    return {
        "id": node.id,
        "parent": node.parent_id if node.HasField("parent_id") else None,
        "title": node.title,
        "description": node.description,
        "examples": list(node.examples),
        "evidence": node.evidence,
        "origin": node.origin,
        "models": [
            {
                "model": m.model,
                "quality": m.quality,
                "quality_sd": m.quality_sd,
                "cost_usd": m.cost_usd,
                "latency_ms": m.latency_ms,
                "evidence": m.evidence,
            }
            for m in node.models
        ],
    }
