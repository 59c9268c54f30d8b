"""Kinds of queries, as operators look at and change them: what is configured, what grew, and what is learnt at each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pointsman_service.application.admin_part import AdminPart
from pointsman_service.application.changes import Edit
from pointsman_service.application.edits import check_etag, created, deleted, updated
from pointsman_service.application.grown_nodes import grown_nodes, switched
from pointsman_service.application.present import present
from pointsman_service.domain.configuration import InForce, Key
from pointsman_service.domain.near_miss import nearest
from pointsman_service.domain.operations import (
    ChangeContext,
    Changed,
    Fields,
    ModelAtNode,
    NodeState,
    Page,
    PageRequest,
)
from pointsman_service.domain.pages import page_of
from pointsman_service.domain.taxonomy import ROOT
from pointsman_service.errors import AlreadyExists, Fault, InUse, InvalidRequest, StaleEtag, UnknownNode

KIND = "taxonomy"
Nodes = Mapping[str, NodeState]


class TaxonomyAdmin(AdminPart):
    """Implements the part of `rpc.application.Admin` that is about taxonomy nodes."""

    async def list_nodes(self, page: PageRequest) -> Page[NodeState]:
        """See the port."""
        learnt = self._learnt()
        ordered = depth_first(self._nodes(self._p.configuration.check()))
        found = page_of(ordered, page, lambda node: node.id)
        return Page([replace(_with(node, learnt), models=()) for node in found.items], found.next_token)

    async def get_node(self, node_id: str) -> NodeState:
        """See the port."""
        nodes = self._nodes(self._p.configuration.check())
        _refuse_unknown(nodes, node_id)
        return _with(nodes[node_id], self._learnt())

    async def create_node(self, node_id: str, fields: Fields, change: ChangeContext) -> Changed[NodeState | None]:
        """See the port."""

        def edit(now: InForce) -> Edit:
            nodes = self._nodes(now)
            if node_id in nodes:
                raise AlreadyExists(f"there is a taxonomy node {node_id!r} already; update it", node_id=node_id)
            _check_parent(nodes, fields)
            return created(now.layers, KIND, node_id, fields)

        content = {"name": node_id, "fields": fields}
        replayed = await self._p.changes.make("CreateTaxonomyNode", content, change, edit)
        return Changed(await present(self.get_node, node_id, UnknownNode, replayed=replayed), replayed)

    async def update_node(
        self, node_id: str, fields: Fields, etag: str | None, change: ChangeContext
    ) -> Changed[NodeState | None]:
        """See the port."""

        def edit(now: InForce) -> Edit:
            nodes = self._nodes(now)
            _refuse_unknown(nodes, node_id)
            if nodes[node_id].origin == "grown":
                return self._switch(nodes[node_id], fields, etag)
            check_etag(now, KIND, node_id, etag)
            _check_parent(nodes, fields)
            if node_id == ROOT and fields.get("enabled") is False:
                raise InvalidRequest(
                    [("node.enabled", "the root cannot be disabled: every query is at least there")], Fault.NOT_ALLOWED
                )
            return updated(now.layers, KIND, node_id, fields)

        content = {"name": node_id, "fields": fields, "etag": etag}
        replayed = await self._p.changes.make("UpdateTaxonomyNode", content, change, edit)
        return Changed(await present(self.get_node, node_id, UnknownNode, replayed=replayed), replayed)

    async def delete_node(self, node_id: str, etag: str | None, change: ChangeContext) -> Changed[None]:
        """See the port."""

        def edit(now: InForce) -> Edit:
            nodes = self._nodes(now)
            _refuse_unknown(nodes, node_id)
            _refuse_needed(nodes, node_id)
            if nodes[node_id].origin == "grown":
                _check_grown(nodes[node_id], etag)
                gone = switched(self._p.watch.current, node_id, self._p.now(), on=False)
                return Edit(Key(KIND, node_id), {Key(KIND, node_id): False}, taught=gone)
            check_etag(now, KIND, node_id, etag)
            return deleted(now.layers, KIND, node_id)

        content = {"name": node_id, "etag": etag}
        return Changed(None, await self._p.changes.make("DeleteTaxonomyNode", content, change, edit))

    def _switch(self, node: NodeState, fields: Fields, etag: str | None) -> Edit:
        """A node that grew is switched, nothing else: its place comes from its traffic."""
        _check_grown(node, etag)
        if set(fields) != {"enabled"}:
            why = "names more than enabled; a node that grew from traffic has nothing else to change"
            raise InvalidRequest([("update_mask", why)], Fault.NOT_ALLOWED)
        on = fields["enabled"] is not False
        taught = switched(self._p.watch.current, node.id, self._p.now(), on=on)
        return Edit(Key(KIND, node.id), {Key(KIND, node.id, "enabled"): on}, taught=taught)

    def _nodes(self, now: InForce) -> Nodes:
        configured = {
            e.id: NodeState(
                e.id, e.parent, e.title, e.description, e.examples, e.enabled, now.etags[KIND, e.id], origin=e.origin
            )
            for e in now.nodes.values()
        }
        return grown_nodes(self._p.watch.current, now.layers) | configured

    def _learnt(self) -> Mapping[str, Mapping[str, Any]]:
        return {d["id"]: d for d in self._p.watch.current.taxonomy()}


def depth_first(nodes: Nodes) -> list[NodeState]:
    """Every node after its parent; one whose parent is not there counts as a root."""
    children: dict[str | None, list[NodeState]] = {}
    for node in nodes.values():
        children.setdefault(node.parent if node.parent in nodes else None, []).append(node)
    ordered: list[NodeState] = []
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        node = waiting.pop()
        ordered.append(node)
        waiting += reversed(children.get(node.id, []))
    return ordered


def _with(node: NodeState, learnt: Mapping[str, Mapping[str, Any]]) -> NodeState:
    known = learnt.get(node.id)
    if known is None:
        return node
    return replace(node, evidence=known["evidence"], models=tuple(ModelAtNode(**m) for m in known["models"]))


def _refuse_unknown(nodes: Nodes, node_id: str) -> None:
    if node_id not in nodes:
        raise UnknownNode(f"no taxonomy node has the id {node_id!r}{nearest(node_id, list(nodes))}", node_id=node_id)


def _check_parent(nodes: Nodes, fields: Fields) -> None:
    parent = fields.get("parent")
    if parent is None:
        return
    _refuse_unknown(nodes, parent)
    if nodes[parent].origin == "grown":
        why = (
            f"{parent!r} grew from traffic and may be merged again; choose {nodes[parent].parent!r} or another above it"
        )
        raise InvalidRequest([("node.parent_id", why)], Fault.CONFLICTING)


def _refuse_needed(nodes: Nodes, node_id: str) -> None:
    if node_id == ROOT:
        raise InUse("the root cannot be removed: every query is at least there", needed_by="every query")
    below = next((node.id for node in nodes.values() if node.parent == node_id), None)
    if below is not None:
        raise InUse(f"{below!r} is below {node_id!r}; remove or move it first", needed_by=below)


def _check_grown(node: NodeState, etag: str | None) -> None:
    if etag is not None and etag != node.etag:
        raise StaleEtag(f"the node {node.id!r} changed: read it again, then decide", of=node.id, etag=node.etag)
