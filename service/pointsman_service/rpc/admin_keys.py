# ruff: noqa: N802, ARG002 - the contract names the methods and their arguments
"""AdminService's methods about API keys."""

from __future__ import annotations

from grpc.aio import ServicerContext
from pointsman import v1

from pointsman_service.rpc.admin_part import ChangePart, change_of
from pointsman_service.rpc.pages import next_token
from pointsman_service.rpc.read_resource import read_create, read_named, read_update
from pointsman_service.rpc.read_running import read_list, read_name, read_overlap
from pointsman_service.rpc.resources import API_KEY
from pointsman_service.rpc.write_resources import key_message


class KeyMethods(ChangePart):
    """AdminService's methods about API keys."""

    async def ListApiKeys(self, request: v1.ListApiKeysRequest, context: ServicerContext) -> v1.ListApiKeysResponse:
        """A page of them."""
        page = await self._admin.list_keys(read_list(request))
        return v1.ListApiKeysResponse(
            api_keys=[key_message(state) for state in page.items], next_page_token=next_token(request, page.next_token)
        )

    async def GetApiKey(self, request: v1.GetApiKeyRequest, context: ServicerContext) -> v1.GetApiKeyResponse:
        """As it is now."""
        state = await self._admin.get_key(read_name("name", request.name))
        return v1.GetApiKeyResponse(api_key=key_message(state))

    async def CreateApiKey(self, request: v1.CreateApiKeyRequest, context: ServicerContext) -> v1.CreateApiKeyResponse:
        """As it is now, with its text."""
        read = read_create(request, API_KEY, self._limits)
        done = await self._admin.create_key(read.name, read.fields, change_of(context, read.request_id))
        return v1.CreateApiKeyResponse(
            api_key=key_message(done.now) if done.now else None, replayed=done.replayed, secret=done.secret
        )

    async def UpdateApiKey(self, request: v1.UpdateApiKeyRequest, context: ServicerContext) -> v1.UpdateApiKeyResponse:
        """As it is now."""
        read = read_update(request, API_KEY, self._limits)
        change = change_of(context, read.request_id)
        done = await self._admin.update_key(read.name, read.fields, read.etag, change)
        return v1.UpdateApiKeyResponse(api_key=key_message(done.now) if done.now else None, replayed=done.replayed)

    async def RotateApiKey(self, request: v1.RotateApiKeyRequest, context: ServicerContext) -> v1.RotateApiKeyResponse:
        """As it is now, with its next text."""
        read, overlap_s = read_named(request, API_KEY), read_overlap(request)
        done = await self._admin.rotate_key(read.name, overlap_s, read.etag, change_of(context, read.request_id))
        return v1.RotateApiKeyResponse(
            api_key=key_message(done.now) if done.now else None, replayed=done.replayed, secret=done.secret
        )

    async def RevokeApiKey(self, request: v1.RevokeApiKeyRequest, context: ServicerContext) -> v1.RevokeApiKeyResponse:
        """That it is gone."""
        read = read_named(request, API_KEY)
        done = await self._admin.revoke_key(read.name, read.etag, change_of(context, read.request_id))
        return v1.RevokeApiKeyResponse(replayed=done.replayed)
