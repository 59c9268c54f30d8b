# ruff: noqa: N802 - the contract names the methods and their arguments
"""RouterService over the application's Router."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import grpc.aio
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceServicer

from pointsman_service.domain.request_limits import Limits
from pointsman_service.domain.requests import Query
from pointsman_service.rpc.application import Router
from pointsman_service.rpc.caller import caller_of, is_operator
from pointsman_service.rpc.read_bytes import read_apart, size_read
from pointsman_service.rpc.read_outcome import read_outcome
from pointsman_service.rpc.read_query import Asking, read_query, read_stream_mode
from pointsman_service.rpc.validation import Violations
from pointsman_service.rpc.write_episode import episode_message, explanation_response
from pointsman_service.rpc.write_router import complete_response, outcome_response, route_response
from pointsman_service.rpc.write_stream import stream_response

AS_BYTES = 1_300
"""As so many bytes of text a message counts: checking its fields takes some ten microseconds, however short it is."""


class RouterServicer(RouterServiceServicer):
    """Read, call, write."""

    def __init__(self, router: Router, limits: Limits) -> None:
        self._router = router
        self._limits = limits

    async def Route(self, request: v1.RouteRequest, context: grpc.aio.ServicerContext) -> v1.RouteResponse:
        """A decision."""
        query = await self._query(request, single_call=request.single_call)
        routed = await self._router.route(query, caller_of(context))
        return route_response(routed, predictions=request.include_predictions)

    async def Complete(self, request: v1.CompleteRequest, context: grpc.aio.ServicerContext) -> v1.CompleteResponse:
        """An answer."""
        done = await self._router.complete(await self._query(request), caller_of(context))
        return complete_response(done, predictions=request.include_predictions)

    async def StreamComplete(
        self, request: v1.StreamCompleteRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[v1.StreamCompleteResponse]:
        """An answer as it comes about."""
        query, mode = await self._query(request), read_stream_mode(request)
        # Closed at once when the caller goes: its model call should not run on until the garbage collector comes.
        async with aclosing(self._router.stream_complete(query, caller_of(context), mode)) as items:
            async for item in items:
                response = stream_response(item, trace=request.include_trace, predictions=request.include_predictions)
                if response is not None:
                    yield response

    async def _query(self, request: Asking, *, single_call: bool = False) -> Query:
        """What is asked. Large requests are read beside the event loop: pictures are encoded, schemas parsed."""

        def read(of: Asking) -> Query:
            return read_query(of, self._limits, single_call=single_call)

        size = size_read() + AS_BYTES * len(request.query.messages)
        query: Query = await read_apart(read, request, size)
        return query

    async def ReportOutcome(
        self, request: v1.ReportOutcomeRequest, context: grpc.aio.ServicerContext
    ) -> v1.ReportOutcomeResponse:
        """That the outcome is in the log."""
        return outcome_response(await self._router.report_outcome(read_outcome(request), caller_of(context)))

    async def GetEpisode(
        self, request: v1.GetEpisodeRequest, context: grpc.aio.ServicerContext
    ) -> v1.GetEpisodeResponse:
        """An episode."""
        stored = await self._router.get_episode(_episode_id(request), caller_of(context))
        return v1.GetEpisodeResponse(episode=episode_message(stored, whole=is_operator(context)))

    async def ExplainEpisode(
        self, request: v1.ExplainEpisodeRequest, context: grpc.aio.ServicerContext
    ) -> v1.ExplainEpisodeResponse:
        """An episode, and why it went so."""
        explained = await self._router.explain_episode(_episode_id(request), caller_of(context))
        return explanation_response(explained, whole=is_operator(context))


def _episode_id(request: v1.GetEpisodeRequest | v1.ExplainEpisodeRequest) -> str:
    wrong = Violations()
    episode_id = wrong.identifier("episode_id", request.episode_id)
    wrong.raise_if_any()
    return episode_id
