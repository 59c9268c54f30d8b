"""AdminService's methods about keys and the configuration for the process that has the storage open, without a socket.

The same requests, held to the same checks, get the same answers: so a command may ask a folder as it asks a service.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from google.protobuf.message import Message
from grpc.aio import ServicerContext

from pointsman_service.domain.request_limits import Limits
from pointsman_service.rpc.admin_configuration import ConfigurationMethods
from pointsman_service.rpc.admin_keys import KeyMethods
from pointsman_service.rpc.application import Changing
from pointsman_service.rpc.caller import OPERATOR_KEY, Unguarded, admit


class InProcess(KeyMethods, ConfigurationMethods):
    """by: the operator who asks. Whoever has the folder may do all, so nobody is asked for a key."""

    def __init__(self, admin: Changing, by: str) -> None:
        super().__init__(admin, Limits())
        self._context = cast("ServicerContext", _Here(by))

    def call(self, request: Message) -> Any:  # noqa: ANN401 - the method's response
        """Answer a request, as `pointsman.Client.call` does. Raises PointsmanError."""
        return asyncio.run(self._answer(request))

    async def _answer(self, request: Message) -> Message:
        admit((), "admin", Unguarded())
        method = getattr(self, type(request).__name__.removesuffix("Request"))
        answer: Message = await method(request, self._context)
        return answer


class _Here:
    """The part of a call's context that changes read."""

    def __init__(self, by: str) -> None:
        self._by = by

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return ((OPERATOR_KEY, self._by),)

    def auth_context(self) -> dict[str, tuple[bytes, ...]]:
        return {}

    def peer(self) -> str:
        return ""
