"""Nodes of the taxonomy that traffic grew: they are the learner's, and operators only switch them off and on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pointsman_learner.codec import to_builtins
from pointsman_learner.events import TaxonomyNodePut
from pointsman_learner.snapshot import Snapshot

from pointsman_service.domain.configuration import Key, Layers
from pointsman_service.domain.operations import NodeState

KIND = "taxonomy"


def grown_nodes(snapshot: Snapshot, layers: Layers) -> dict[str, NodeState]:
    """By id: those that are live, and those that an operator disabled; none that one removed."""
    found = {d["id"]: d for d in snapshot.taxonomy() if d["origin"] == "grown"}
    switched = {key.name: change.value for key, change in layers.changed.items() if key.kind == KIND and key.field}
    if off := {name for name, enabled in switched.items() if not enabled} - found.keys():
        found |= {d["id"]: d for d in _all(snapshot) if d["id"] in off and d["origin"] == "grown"}
    removed = {key.name for key, change in layers.changed.items() if key.kind == KIND and change.value is False}
    removed = {name for name in removed if Key(KIND, name) in layers.changed}
    return {n: _state(d, bool(switched.get(n, True))) for n, d in found.items() if n not in removed}


def switched(snapshot: Snapshot, node_id: str, at: float, *, on: bool) -> list[TaxonomyNodePut]:
    """What tells the learner; its place and statistics stay. Nothing where the learner does not know the node yet."""
    nodes = (d for d in _all(snapshot) if d["id"] == node_id and d["origin"] == "grown")
    return [TaxonomyNodePut(at, {**d, "retired": not on}) for d in nodes]


def _all(snapshot: Snapshot) -> list[dict[str, Any]]:
    return [to_builtins(node) for node in snapshot.estimates.taxonomy.nodes]


def _state(d: Mapping[str, Any], enabled: bool) -> NodeState:
    said = [d["id"], d["parent"], d["title"], enabled]
    return NodeState(
        id=d["id"],
        parent=d["parent"],
        title=d["title"],
        description=d["description"],
        examples=tuple(d["examples"]),
        enabled=enabled,
        etag=hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16],
        origin="grown",
    )
