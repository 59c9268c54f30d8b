# ruff: noqa: N802 - the contract names the methods and their arguments
"""RouterService over the application's Router."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import grpc.aio
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceServicer

from pointsman_service.rpc.application import Router
from pointsman_service.rpc.caller import caller_of
from pointsman_service.rpc.read_feedback import read_outcome
from pointsman_service.rpc.read_query import read_query
from pointsman_service.rpc.validation import Limits, Violations
from pointsman_service.rpc.write_episode import episode_message
from pointsman_service.rpc.write_router import complete_response, outcome_response, route_response, stream_response


class RouterServicer(RouterServiceServicer):
    """Read, call, write."""

    def __init__(self, router: Router, limits: Limits) -> None:
        self._router = router
        self._limits = limits

    async def Route(self, request: v1.RouteRequest, context: grpc.aio.ServicerContext) -> v1.RouteResponse:
        """A decision."""
        query = read_query(request.query, self._limits)
        if request.single_call:
            query = replace(query, single_call=True)
        routed = await self._router.route(query, caller_of(context))
        return route_response(routed, self._router.snapshot_version())

    async def Complete(self, request: v1.CompleteRequest, context: grpc.aio.ServicerContext) -> v1.CompleteResponse:
        """An answer."""
        query = read_query(request.query, self._limits)
        completed = await self._router.complete(query, caller_of(context))
        return complete_response(completed, self._router.snapshot_version())

    async def StreamComplete(
        self, request: v1.StreamCompleteRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[v1.StreamCompleteResponse]:
        """An answer as it comes about."""
        query = read_query(request.query, self._limits)
        # Closed at once when the caller goes: its model call should not run on until the garbage collector comes.
        async with aclosing(self._router.stream_complete(query, caller_of(context))) as items:
            async for item in items:
                yield stream_response(item, self._router.snapshot_version())

    async def ReportOutcome(
        self, request: v1.ReportOutcomeRequest, context: grpc.aio.ServicerContext
    ) -> v1.ReportOutcomeResponse:
        """That the outcome is in the log."""
        receipt = await self._router.report_outcome(read_outcome(request), caller_of(context))
        return outcome_response(receipt, self._router.snapshot_version())

    async def GetEpisode(
        self, request: v1.GetEpisodeRequest, context: grpc.aio.ServicerContext
    ) -> v1.GetEpisodeResponse:
        """An episode."""
        wrong = Violations()
        wrong.identifier("episode_id", request.episode_id)
        wrong.raise_if_any()
        stored = await self._router.get_episode(request.episode_id, caller_of(context))
        return v1.GetEpisodeResponse(episode=episode_message(stored), snapshot_version=self._router.snapshot_version())
