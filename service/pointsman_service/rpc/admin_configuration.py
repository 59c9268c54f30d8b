# ruff: noqa: N802, ARG002 - the contract names the methods and their arguments
"""AdminService's methods about the configuration in force."""

from __future__ import annotations

from grpc.aio import ServicerContext
from pointsman import v1

from pointsman_service.rpc.admin_part import ChangePart, change_of
from pointsman_service.rpc.pages import next_token
from pointsman_service.rpc.read_running import read_asked, read_config_list
from pointsman_service.rpc.write_running import config_value_message

MOST_VALUES = 1_000
"""Of one ResetConfig, as of a page: a key as short as "models" holds every value of every model."""


class ConfigurationMethods(ChangePart):
    """AdminService's methods about the configuration in force."""

    async def ListConfigValues(
        self, request: v1.ListConfigValuesRequest, context: ServicerContext
    ) -> v1.ListConfigValuesResponse:
        """By key."""
        prefix, asked = read_config_list(request)
        page = await self._admin.list_config_values(prefix, asked, changed_only=request.changed_only)
        return v1.ListConfigValuesResponse(
            values=[config_value_message(value) for value in page.items],
            next_page_token=next_token(request, page.next_token),
        )

    async def ResetConfig(self, request: v1.ResetConfigRequest, context: ServicerContext) -> v1.ResetConfigResponse:
        """What is in force now."""
        key, request_id = read_asked(request, "key")
        done = await self._admin.reset_config(key, change_of(context, request_id))
        values = [config_value_message(value) for value in done.now[:MOST_VALUES]]
        left_out = max(0, len(done.now) - MOST_VALUES)
        return v1.ResetConfigResponse(values=values, replayed=done.replayed, values_left_out=left_out)
