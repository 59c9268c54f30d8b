# ruff: noqa: N802, ARG002 - the contract names the methods and their arguments
"""AdminService's methods about taxonomy nodes."""

from __future__ import annotations

from grpc.aio import ServicerContext
from pointsman import v1

from pointsman_service.domain.operations import Changed, NodeState
from pointsman_service.rpc.admin_part import AdminPart, change_of
from pointsman_service.rpc.pages import next_token
from pointsman_service.rpc.read_resource import Change, read_create, read_named, read_update
from pointsman_service.rpc.read_running import read_list, read_name
from pointsman_service.rpc.resources import NODE
from pointsman_service.rpc.write_resources import node_message


class NodeMethods(AdminPart):
    """AdminService's methods about taxonomy nodes."""

    async def ListTaxonomyNodes(
        self, request: v1.ListTaxonomyNodesRequest, context: ServicerContext
    ) -> v1.ListTaxonomyNodesResponse:
        """A page of them."""
        page = await self._admin.list_nodes(read_list(request))
        return v1.ListTaxonomyNodesResponse(
            nodes=[node_message(state) for state in page.items], next_page_token=next_token(request, page.next_token)
        )

    async def GetTaxonomyNode(
        self, request: v1.GetTaxonomyNodeRequest, context: ServicerContext
    ) -> v1.GetTaxonomyNodeResponse:
        """As it is now."""
        state = await self._admin.get_node(read_name("node_id", request.node_id))
        return v1.GetTaxonomyNodeResponse(node=node_message(state))

    async def CreateTaxonomyNode(
        self, request: v1.CreateTaxonomyNodeRequest, context: ServicerContext
    ) -> v1.CreateTaxonomyNodeResponse:
        """As it is now."""
        read = read_create(request, NODE, self._limits)
        done = await self._admin.create_node(read.name, read.fields, change_of(context, read.request_id))
        return v1.CreateTaxonomyNodeResponse(node=node_message(done.now) if done.now else None, replayed=done.replayed)

    async def UpdateTaxonomyNode(
        self, request: v1.UpdateTaxonomyNodeRequest, context: ServicerContext
    ) -> v1.UpdateTaxonomyNodeResponse:
        """As it is now."""
        read = read_update(request, NODE, self._limits)
        change = change_of(context, read.request_id)
        done = await self._admin.update_node(read.name, read.fields, read.etag, change)
        return v1.UpdateTaxonomyNodeResponse(node=node_message(done.now) if done.now else None, replayed=done.replayed)

    async def DeleteTaxonomyNode(
        self, request: v1.DeleteTaxonomyNodeRequest, context: ServicerContext
    ) -> v1.DeleteTaxonomyNodeResponse:
        """That it is gone."""
        read = read_named(request, NODE)
        done = await self._admin.delete_node(read.name, read.etag, change_of(context, read.request_id))
        return v1.DeleteTaxonomyNodeResponse(replayed=done.replayed)

    async def EnableTaxonomyNode(
        self, request: v1.EnableTaxonomyNodeRequest, context: ServicerContext
    ) -> v1.EnableTaxonomyNodeResponse:
        """As it is now."""
        done = await self._enable_node(read_named(request, NODE), context, to=True)
        return v1.EnableTaxonomyNodeResponse(node=node_message(done.now) if done.now else None, replayed=done.replayed)

    async def DisableTaxonomyNode(
        self, request: v1.DisableTaxonomyNodeRequest, context: ServicerContext
    ) -> v1.DisableTaxonomyNodeResponse:
        """As it is now."""
        done = await self._enable_node(read_named(request, NODE), context, to=False)
        return v1.DisableTaxonomyNodeResponse(node=node_message(done.now) if done.now else None, replayed=done.replayed)

    async def _enable_node(self, read: Change, context: ServicerContext, *, to: bool) -> Changed[NodeState | None]:
        change = change_of(context, read.request_id)
        return await self._admin.update_node(read.name, {"enabled": to}, read.etag, change)
