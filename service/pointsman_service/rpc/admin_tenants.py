# ruff: noqa: N802, ARG002 - the contract names the methods and their arguments
"""AdminService's methods about tenants."""

from __future__ import annotations

from grpc.aio import ServicerContext
from pointsman import v1

from pointsman_service.domain.operations import Changed, TenantState
from pointsman_service.rpc.admin_part import AdminPart, change_of
from pointsman_service.rpc.pages import next_token
from pointsman_service.rpc.read_resource import Change, read_create, read_named, read_update
from pointsman_service.rpc.read_running import read_list, read_tenant
from pointsman_service.rpc.resources import TENANT
from pointsman_service.rpc.write_resources import tenant_message


class TenantMethods(AdminPart):
    """AdminService's methods about tenants."""

    async def ListTenants(self, request: v1.ListTenantsRequest, context: ServicerContext) -> v1.ListTenantsResponse:
        """A page of them."""
        page = await self._admin.list_tenants(read_list(request))
        return v1.ListTenantsResponse(
            tenants=[tenant_message(state) for state in page.items],
            next_page_token=next_token(request, page.next_token),
        )

    async def GetTenant(self, request: v1.GetTenantRequest, context: ServicerContext) -> v1.GetTenantResponse:
        """As it is now."""
        state = await self._admin.get_tenant(read_tenant(request.tenant))
        return v1.GetTenantResponse(tenant=tenant_message(state))

    async def CreateTenant(self, request: v1.CreateTenantRequest, context: ServicerContext) -> v1.CreateTenantResponse:
        """As it is now."""
        read = read_create(request, TENANT, self._limits)
        done = await self._admin.create_tenant(read.name, read.fields, change_of(context, read.request_id))
        return v1.CreateTenantResponse(tenant=tenant_message(done.now), replayed=done.replayed)

    async def UpdateTenant(self, request: v1.UpdateTenantRequest, context: ServicerContext) -> v1.UpdateTenantResponse:
        """As it is now."""
        read = read_update(request, TENANT, self._limits)
        change = change_of(context, read.request_id)
        done = await self._admin.update_tenant(read.name, read.fields, read.etag, change)
        return v1.UpdateTenantResponse(tenant=tenant_message(done.now), replayed=done.replayed)

    async def DeleteTenant(self, request: v1.DeleteTenantRequest, context: ServicerContext) -> v1.DeleteTenantResponse:
        """That it is gone."""
        read = read_named(request, TENANT)
        done = await self._admin.delete_tenant(read.name, read.etag, change_of(context, read.request_id))
        return v1.DeleteTenantResponse(replayed=done.replayed)

    async def EnableTenant(self, request: v1.EnableTenantRequest, context: ServicerContext) -> v1.EnableTenantResponse:
        """As it is now."""
        done = await self._enable_tenant(read_named(request, TENANT), context, to=True)
        return v1.EnableTenantResponse(tenant=tenant_message(done.now), replayed=done.replayed)

    async def DisableTenant(
        self, request: v1.DisableTenantRequest, context: ServicerContext
    ) -> v1.DisableTenantResponse:
        """As it is now."""
        done = await self._enable_tenant(read_named(request, TENANT), context, to=False)
        return v1.DisableTenantResponse(tenant=tenant_message(done.now), replayed=done.replayed)

    async def _enable_tenant(self, read: Change, context: ServicerContext, *, to: bool) -> Changed[TenantState]:
        change = change_of(context, read.request_id)
        return await self._admin.update_tenant(read.name, {"enabled": to}, read.etag, change)
