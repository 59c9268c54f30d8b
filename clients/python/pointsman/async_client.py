"""The client for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from types import TracebackType
from typing import Any, Self, Unpack

import grpc
import grpc.aio
from google.protobuf.message import Message

from pointsman import v1
from pointsman.arguments import refuse_unknown
from pointsman.chat import Messages
from pointsman.connections import Connections, closing_told
from pointsman.episodes import explain_request, get_request
from pointsman.errors import ClosedClient, PointsmanError, error_of_call
from pointsman.feedback import (
    FeedbackFields,
    SessionOutcomeFields,
    batch_request,
    feedback_request,
    session_outcome_request,
)
from pointsman.identity import identified
from pointsman.outcome import OutcomeFields, outcome_request
from pointsman.query import QueryFields, RouteFields, StreamFields, complete_request, route_request, stream_request
from pointsman.retry import Attempts, Contact, RetryPolicy
from pointsman.settings import DEFAULT_TIMEOUT_S, CallOptions, Metadata, Terms, settings_of
from pointsman.stream import AsyncCompletionStream


class AsyncClient:
    """A connection to a Pointsman service for asyncio. Close it, or use it in an `async with`.

    It may be made anywhere, at the top of a module as well: it connects when it is first used, in each event loop that
    uses it. The arguments are those of `Client`; a channel that is handed in belongs to the loop that it was made in.

    What goes wrong is a `PointsmanError`, arguments included; what is missing is Python's own TypeError.

        async with AsyncClient("127.0.0.1:50051", tenant="team-a") as pointsman:
            answer = await pointsman.complete("What is 2 + 2?", dial=0.3)
            await pointsman.feedback(answer.episode_id, thumb=True)
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        tenant: str | None = None,
        timeout_s: float | None = DEFAULT_TIMEOUT_S,
        metadata: Metadata = (),
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
        credentials: grpc.ChannelCredentials | None = None,
        channel: grpc.aio.Channel | None = None,
    ) -> None:
        self._settings = settings_of(
            address=address,
            tenant=tenant,
            timeout_s=timeout_s,
            metadata=metadata,
            retry=retry,
            credentials=credentials,
            channel=channel,
            channel_class=grpc.aio.Channel,
        )
        self._connections = Connections(self._settings.address, credentials, channel)
        self._contact = Contact()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the connections, and with them the calls that are under way."""
        await self._connections.close()

    async def route(self, messages: Messages, **fields: Unpack[RouteFields]) -> v1.RouteResponse:
        """Which model should answer. Nothing is called; tell what came of it with `report_outcome`.

        fields: what `RouteFields` has, for instance single_call=True where you will run one model and no cascade.
        """
        response: v1.RouteResponse = await self._call(route_request(messages, fields), fields)
        return response

    async def complete(self, messages: Messages, **fields: Unpack[QueryFields]) -> v1.CompleteResponse:
        """The answer, with the trace of how it came about. fields: what `QueryFields` has, for instance dial=0.3."""
        response: v1.CompleteResponse = await self._call(complete_request(messages, fields), fields)
        return response

    def stream_complete(self, messages: Messages, **fields: Unpack[StreamFields]) -> AsyncCompletionStream:
        """The answer as it comes about: items, or with `.texts()` its text, in pieces that stand.

        It is asked for when the first item is read, and tried again only while none has come. optimistic=True: texts
        from the first model's first token on, which a `retraction` may take back. trace=True: trace events, too.
        """
        request = identified(stream_request(messages, fields))
        return AsyncCompletionStream(request, self._items(request, self._settings.terms(fields)))

    async def report_outcome(self, episode_id: str, **fields: Unpack[OutcomeFields]) -> v1.ReportOutcomeResponse:
        """Tell what came of a routed query: what `OutcomeFields` has, for instance cost_usd=0.01, latency_ms=800."""
        response: v1.ReportOutcomeResponse = await self._call(outcome_request(episode_id, fields), fields)
        return response

    async def feedback(self, episode_id: str, **fields: Unpack[FeedbackFields]) -> v1.FeedbackReceipt:
        """Say what an answer was worth: one of thumb, rating (1 to 5), correction (the right text), score (0 to 1)."""
        response: v1.RecordFeedbackResponse = await self._call(feedback_request(episode_id, fields), fields)
        return response.receipt

    async def feedback_batch(
        self, feedback: Iterable[v1.Feedback | v1.RecordFeedbackRequest], **options: Unpack[CallOptions]
    ) -> list[v1.FeedbackResult]:
        """Record up to 1,000; a result each, in order, of which some may be errors: see `error_of_status`."""
        response: v1.RecordFeedbackBatchResponse = await self._call(batch_request(feedback, options), options)
        return list(response.results)

    async def record_session_outcome(
        self, session_id: str, **fields: Unpack[SessionOutcomeFields]
    ) -> v1.RecordSessionOutcomeResponse:
        """Say what came of a session, or of an agent's run: one of thumb, rating (1 to 5) and score (0 to 1)."""
        request = session_outcome_request(session_id, fields)
        response: v1.RecordSessionOutcomeResponse = await self._call(request, fields)
        return response

    async def get_episode(self, episode_id: str, **options: Unpack[CallOptions]) -> v1.Episode:
        """All that became of a query."""
        response: v1.GetEpisodeResponse = await self._call(get_request(episode_id, options), options)
        return response.episode

    async def explain_episode(self, episode_id: str, **options: Unpack[CallOptions]) -> v1.ExplainEpisodeResponse:
        """Why a query went as it did: in words, and what each verdict moved."""
        response: v1.ExplainEpisodeResponse = await self._call(explain_request(episode_id, options), options)
        return response

    async def call(self, request: Message, **options: Unpack[CallOptions]) -> Any:  # noqa: ANN401 - by request
        """Send any request of the contract that has one response, for instance `v1.ListModelsRequest()`."""
        refuse_unknown("call", options, CallOptions.__annotations__)
        return await self._call(request, options)

    async def _call(self, request: Message, options: CallOptions) -> Any:  # noqa: ANN401 - by request
        method, terms = self._connections.methods().unary(request), self._settings.terms(options)
        request, attempts = identified(request), Attempts(self._settings.retry, terms.timeout_s, self._contact)
        while True:
            try:
                with closing_told():
                    response = await method(request, timeout=attempts.left_s(), metadata=terms.metadata)
            except grpc.aio.AioRpcError as failed:
                wait = attempts.wait_after(self._error(failed))
            else:
                attempts.answered()
                return response
            await asyncio.sleep(wait)

    async def _items(
        self, request: v1.StreamCompleteRequest, terms: Terms
    ) -> AsyncGenerator[v1.StreamCompleteResponse, None]:
        method, item = self._connections.methods().stream_complete, None
        attempts = Attempts(self._settings.retry, terms.timeout_s, self._contact)
        while True:
            stream = None
            try:
                with closing_told():
                    stream = method(request, timeout=attempts.left_s(), metadata=terms.metadata)
                    async for item in stream:
                        attempts.answered()
                        yield item
            except grpc.aio.AioRpcError as failed:
                error = self._error(failed)
                if item is not None:
                    raise error from failed
                wait = attempts.wait_after(error)
            else:
                # grpc ends a stream whose channel is closed as if it were over.
                if self._connections.closed and not (item and item.HasField("summary")):
                    raise ClosedClient
                return
            finally:
                if stream is not None:
                    stream.cancel()  # Of no effect on one that ended; frees the model call of one that was left early.
            await asyncio.sleep(wait)

    def _error(self, failed: grpc.aio.AioRpcError) -> PointsmanError:
        return ClosedClient() if self._connections.closed else error_of_call(failed, self._settings.address)
