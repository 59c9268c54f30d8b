# ruff: noqa: N802, ARG002 - the contract names the methods and their arguments
"""AdminService's methods about models."""

from __future__ import annotations

from grpc.aio import ServicerContext
from pointsman import v1

from pointsman_service.domain.operations import Changed, ModelState
from pointsman_service.rpc.admin_part import AdminPart, change_of
from pointsman_service.rpc.pages import next_token
from pointsman_service.rpc.read_resource import Change, read_create, read_named, read_update
from pointsman_service.rpc.read_running import read_list, read_name
from pointsman_service.rpc.resources import MODEL
from pointsman_service.rpc.write_resources import model_message


class ModelMethods(AdminPart):
    """AdminService's methods about models."""

    async def ListModels(self, request: v1.ListModelsRequest, context: ServicerContext) -> v1.ListModelsResponse:
        """A page of them."""
        page = await self._admin.list_models(read_list(request))
        return v1.ListModelsResponse(
            models=[model_message(state) for state in page.items], next_page_token=next_token(request, page.next_token)
        )

    async def GetModel(self, request: v1.GetModelRequest, context: ServicerContext) -> v1.GetModelResponse:
        """As it is now."""
        state = await self._admin.get_model(read_name("model", request.model))
        return v1.GetModelResponse(model=model_message(state))

    async def CreateModel(self, request: v1.CreateModelRequest, context: ServicerContext) -> v1.CreateModelResponse:
        """As it is now."""
        read = read_create(request, MODEL, self._limits)
        done = await self._admin.create_model(read.name, read.fields, change_of(context, read.request_id))
        return v1.CreateModelResponse(model=model_message(done.now) if done.now else None, replayed=done.replayed)

    async def UpdateModel(self, request: v1.UpdateModelRequest, context: ServicerContext) -> v1.UpdateModelResponse:
        """As it is now."""
        read = read_update(request, MODEL, self._limits)
        change = change_of(context, read.request_id)
        done = await self._admin.update_model(read.name, read.fields, read.etag, change)
        return v1.UpdateModelResponse(model=model_message(done.now) if done.now else None, replayed=done.replayed)

    async def DeleteModel(self, request: v1.DeleteModelRequest, context: ServicerContext) -> v1.DeleteModelResponse:
        """That it is gone."""
        read = read_named(request, MODEL)
        done = await self._admin.delete_model(read.name, read.etag, change_of(context, read.request_id))
        return v1.DeleteModelResponse(replayed=done.replayed)

    async def EnableModel(self, request: v1.EnableModelRequest, context: ServicerContext) -> v1.EnableModelResponse:
        """As it is now."""
        done = await self._enable_model(read_named(request, MODEL), context, to=True)
        return v1.EnableModelResponse(model=model_message(done.now) if done.now else None, replayed=done.replayed)

    async def DisableModel(self, request: v1.DisableModelRequest, context: ServicerContext) -> v1.DisableModelResponse:
        """As it is now."""
        done = await self._enable_model(read_named(request, MODEL), context, to=False)
        return v1.DisableModelResponse(model=model_message(done.now) if done.now else None, replayed=done.replayed)

    async def _enable_model(self, read: Change, context: ServicerContext, *, to: bool) -> Changed[ModelState | None]:
        change = change_of(context, read.request_id)
        return await self._admin.update_model(read.name, {"enabled": to}, read.etag, change)
