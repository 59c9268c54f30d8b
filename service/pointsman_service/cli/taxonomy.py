"""`pointsman taxonomy`: the tree of kinds of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pointsman_service.cli import output
from pointsman_service.cli.decisions import per_1k
from pointsman_service.cli.fields import Given, takes
from pointsman_service.cli.messages import plain
from pointsman_service.cli.names import node_ids
from pointsman_service.cli.node_fields import NODE_FIELDS
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson, Etag, Limit, Operator, Unset
from pointsman_service.cli.resources import Resource
from pointsman_service.cli.switches import add_switches
from pointsman_service.cli.tables import Column, as_table

if TYPE_CHECKING:
    from pointsman.v1 import TaxonomyNode

app = typer.Typer(name="taxonomy", help="List, show and change the tree of kinds of queries.", no_args_is_help=True)

COMPUTED = ("etag", "origin", "child_ids", "evidence", "models")
NODES = Resource("TaxonomyNode", "node", "node_id", "taxonomy", NODE_FIELDS, COMPUTED)

Node = Annotated[
    str, typer.Argument(metavar="NODE", help="The node's id, as `taxonomy list` shows it.", autocompletion=node_ids)
]


@app.command("list", epilog="Example: pointsman taxonomy list")
def list_nodes(limit: Limit = None, address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """List the tree, every kind of query below its parent. Evidence: discounted number of episodes."""
    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        nodes = [plain(n) for n in NODES.every(service, limit)]
    if as_json:
        output.as_json(nodes)
        return
    depth: dict[str, int] = {}
    for n in nodes:
        depth[n["node_id"]] = depth.get(n["parent_id"], -1) + 1
    rows = [
        ("  " * depth[n["node_id"]] + n["node_id"], n["title"], n["evidence"], n["enabled"], n["origin"]) for n in nodes
    ]
    headings = ("node", Column("title", 3, text=True), "evidence", Column("enabled", 1), Column("origin", 2))
    as_table(headings, rows, empty="the taxonomy is empty")


@app.command("show", epilog="Example: pointsman taxonomy show root")
def show_node(node: Node, address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """Show one kind of query, with what is known of each model on it."""
    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        _show(NODES.get(service, node), as_json=as_json)


@app.command(
    "add",
    epilog="Example: pointsman taxonomy add haiku --title Haiku --description 'Short poems' --example 'Haiku on rain'",
)
@takes(*NODE_FIELDS)
def add_node(
    node: Annotated[str, typer.Argument(metavar="NODE", help="The node's id, unique in the tree.")],
    given: Given,
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Add a kind of query. One of this id must not be there: `taxonomy set` changes it."""
    from pointsman_service.cli.connection import connect

    with connect(address, operator=operator) as service:
        _show(NODES.create(service, node, {"parent_id": "root", **given}), as_json=as_json)


@app.command("set", epilog='Example: pointsman taxonomy set math.arithmetic --example "What is 47 times 68?"')
@takes(*NODE_FIELDS)
def set_node(
    node: Node,
    given: Given,
    unset: Unset = None,
    etag: Etag = None,
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Change what is said of a kind of query, and nothing else of it. Examples join those there."""
    from pointsman_service.cli.connection import connect

    with connect(address, operator=operator) as service:
        before, after = NODES.update(service, node, given, unset or (), etag)
    NODES.tell_change(node, before, after, as_json=as_json)


add_switches(
    app,
    NODES,
    Node,
    enable=("Let queries fall to a node again.", "math.arithmetic"),
    disable=("Let no query fall to a node any more. What is learnt at it stays.", "math.arithmetic"),
    remove=("Remove a kind of query that has none below it.", "code.explaining"),
)


def _show(node: TaxonomyNode, *, as_json: bool) -> None:
    found = plain(node)
    if as_json:
        output.as_json(found)
        return
    known, examples = found.pop("models"), found.pop("examples")
    output.facts(found)
    for example in examples:
        output.paragraph(f"e.g. {example}")
    output.section("what is known of each model here")
    rows = [
        (m["model"], m["quality"], m["quality_sd"], per_1k(m["cost_usd"]), m["latency_ms"], m["evidence"])
        for m in known
    ]
    headings = ("model", "quality", Column("+-", 2), "$ per 1,000", Column("latency ms", 1), "evidence")
    as_table(headings, rows, empty="nothing yet")
