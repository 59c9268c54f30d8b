"""The taxonomy as operators see and change it: a tree of nodes, with what is learnt at each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pointsman_learner.events import TaxonomyNodePut
from pointsman_learner.snapshot import Snapshot

from pointsman_service.application.taxonomy_nodes import placed_nodes
from pointsman_service.domain.near_miss import nearest
from pointsman_service.domain.operations import ModelAtNode, TaxonomyNode
from pointsman_service.domain.taxonomy import TaxonomyEntry
from pointsman_service.errors import InvalidRequest, UnknownNode
from pointsman_service.ports import Embedder, EventLog


class TaxonomyAdmin:
    """known: the nodes that the snapshot in force has, with their statistics; a put node is in a later one."""

    def __init__(
        self,
        log: EventLog,
        embedder: Embedder,
        known: Callable[[], Sequence[TaxonomyNode]],
        now: Callable[[], float],
    ) -> None:
        self._log = log
        self._embedder = embedder
        self._known = known
        self._now = now
        self._put: dict[str, TaxonomyNode] = {}

    def tree(self) -> Sequence[TaxonomyNode]:
        """Depth first, every node after its parent."""
        nodes = self._nodes()
        children: dict[str | None, list[TaxonomyNode]] = {}
        for node in nodes.values():
            children.setdefault(node.parent if node.parent in nodes else None, []).append(node)
        ordered: list[TaxonomyNode] = []
        waiting = list(reversed(children.get(None, [])))
        while waiting:
            node = waiting.pop()
            ordered.append(node)
            waiting += reversed(children.get(node.id, []))
        return ordered

    def node(self, node_id: str) -> TaxonomyNode:
        """One node. Raises UnknownNode."""
        nodes = self._nodes()
        if node_id not in nodes:
            raise UnknownNode(f"no taxonomy node has the id {node_id!r}{nearest(node_id, list(nodes))}", node=node_id)
        return nodes[node_id]

    async def put(self, node: TaxonomyNode) -> TaxonomyNode:
        """Append it. Raises UnknownNode for an unknown parent, InvalidRequest where it would close a circle."""
        if node.parent is None:
            raise InvalidRequest([("node.parent", "is missing; only the root has none, and it cannot be replaced")])
        if node.id in self._path(self.node(node.parent)):
            raise InvalidRequest([("node.parent", f"{node.parent!r} is below {node.id!r}; a tree has no circles")])
        entry = TaxonomyEntry(node.id, node.parent, node.title, node.description, node.examples)
        placed = placed_nodes([entry], self._embedder)[0]
        await self._log.append(TaxonomyNodePut(self._now(), {**placed, "origin": "operator"}))
        self._put[node.id] = node
        return node

    def _path(self, node: TaxonomyNode) -> Sequence[str]:
        """Ids from the node up to its root."""
        path = [node.id]
        while node.parent is not None and node.parent not in path:
            node = self.node(node.parent)
            path.append(node.id)
        return path

    def _nodes(self) -> Mapping[str, TaxonomyNode]:
        """What the snapshot knows, and what was put since it was made."""
        known = {node.id: node for node in self._known()}
        for node_id, node in list(self._put.items()):
            if node_id in known and known[node_id].description == node.description:
                del self._put[node_id]  # the snapshot has caught up
        return {**known, **self._put}


def nodes_of(snapshot: Snapshot, entries: Sequence[TaxonomyEntry]) -> list[TaxonomyNode]:
    """The tree of a snapshot; that of the taxonomy file until the first is published."""
    if snapshot.version == 0:
        return [TaxonomyNode(e.id, e.parent, e.title, e.description, e.examples, origin="file") for e in entries]
    return [
        TaxonomyNode(
            id=d["id"],
            parent=d["parent"],
            title=d["title"],
            description=d["description"],
            examples=tuple(d["examples"]),
            evidence=d["evidence"],
            origin=d["origin"],
            models=tuple(ModelAtNode(**m) for m in d["models"]),
        )
        for d in snapshot.taxonomy()
    ]
