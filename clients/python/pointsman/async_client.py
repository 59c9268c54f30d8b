"""The client for asyncio."""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack

import grpc
import grpc.aio
from google.protobuf.message import Message

from pointsman import v1
from pointsman.answer import AsyncCompletion
from pointsman.arguments import refuse_unknown
from pointsman.async_batcher import AsyncFeedbackBatcher
from pointsman.backlog import BatcherLimits, Item, LimitFields
from pointsman.batcher import EXIT_S
from pointsman.batching import OnDropped, OnRefused, posted
from pointsman.channel import Rpc
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
from pointsman.telemetry import episode_of

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider


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
        admin_address: str | None = None,
        tenant: str | None = None,
        timeout_s: float | None = DEFAULT_TIMEOUT_S,
        metadata: Metadata = (),
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
        credentials: grpc.ChannelCredentials | None = None,
        tls_ca: str | os.PathLike[str] | None = None,
        tls_cert: str | os.PathLike[str] | None = None,
        tls_key: str | os.PathLike[str] | None = None,
        api_key: str | None = None,
        plain_key: bool = False,
        compression: Literal["none", "gzip"] | None = None,
        telemetry: bool | TracerProvider = False,
        channel: grpc.aio.Channel | None = None,
    ) -> None:
        self._settings = settings_of(
            address=address,
            admin_address=admin_address,
            tenant=tenant,
            timeout_s=timeout_s,
            metadata=metadata,
            retry=retry,
            credentials=credentials,
            tls=(tls_ca, tls_cert, tls_key),
            api_key=api_key,
            plain_key=plain_key,
            compression=compression,
            telemetry=telemetry,
            channel=channel,
            channel_class=grpc.aio.Channel,
        )
        self._connections = Connections(
            (self._settings.address, self._settings.admin_address),
            self._settings.credentials,
            channel,
            self._settings.compression,
        )
        self._contact = Contact()
        self._batchers: weakref.WeakSet[AsyncFeedbackBatcher] = weakref.WeakSet()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the connections, and with them the calls that are under way.

        Batchers of this event loop are closed first, and have ten seconds to send what is left.
        """
        for batcher in list(self._batchers):
            await batcher.close(EXIT_S)
        await self._connections.close()

    async def route(self, messages: Messages, **fields: Unpack[RouteFields]) -> v1.RouteResponse:
        """Which model should answer. Nothing is called; tell what came of it with `report_outcome`.

        fields: what `RouteFields` has, for instance single_call=True where you will run one model and no cascade.
        """
        response: v1.RouteResponse = await self._call(route_request(messages, fields), fields)
        return response

    async def complete(self, messages: Messages, **fields: Unpack[QueryFields]) -> AsyncCompletion:
        """The answer, with the trace of how it came about, and methods that say what it was worth.

        fields: what `QueryFields` has, for instance dial=0.3.
        """
        request = identified(complete_request(messages, fields))
        response = await self._send(self._connections.methods().complete, request, fields)
        return AsyncCompletion(response, request.request_id, fields, self.feedback)

    def stream_complete(self, messages: Messages, **fields: Unpack[StreamFields]) -> AsyncCompletionStream:
        """The answer as it comes about: items, or with `.texts()` its text, in pieces that stand.

        It is asked for when the first item is read, and tried again only while none has come. optimistic=True: texts
        from the first model's first token on, which a `retraction` may take back. trace=True: trace events, too.
        """
        request = identified(stream_request(messages, fields))
        items = self._items(request, self._settings.terms(fields))
        return AsyncCompletionStream(request, items, fields, self.feedback)

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

    def batcher(
        self,
        *,
        on_dropped: OnDropped | None = None,
        on_refused: OnRefused | None = None,
        **limits: Unpack[LimitFields],
    ) -> AsyncFeedbackBatcher:
        """Feedback in the background: `add` hands it over without waiting, and it is sent in batches.

        limits: of `BatcherLimits`, for instance flush_interval_s=5.0. on_dropped(request, reason) and
        on_refused(request, error) are told of each item that did not come into the log. Close it before the client.
        """
        refuse_unknown("batcher", limits, LimitFields.__annotations__)
        batcher = AsyncFeedbackBatcher(self._post, BatcherLimits(**limits), on_dropped, on_refused)
        self._batchers.add(batcher)
        return batcher

    async def _post(self, items: Sequence[Item], timeout_s: float) -> Sequence[v1.FeedbackResult]:
        """A batch, once: it is the batcher that tries again."""
        request, options = posted(items, timeout_s)
        terms, rpc = self._settings.terms(options), self._connections.methods().feedback_batch
        try:
            with closing_told():
                response: v1.RecordFeedbackBatchResponse = await rpc.call(
                    request, timeout=timeout_s, metadata=terms.metadata
                )
        except grpc.aio.AioRpcError as failed:
            raise self._error(failed, request) from failed
        results: Sequence[v1.FeedbackResult] = response.results
        return results

    async def _call(self, request: Message, options: CallOptions) -> Any:  # noqa: ANN401 - by request
        method = self._connections.methods().unary(request)
        return await self._send(method, identified(request), options)

    async def _send(self, rpc: Rpc, request: Message, options: CallOptions) -> Any:  # noqa: ANN401 - by request
        terms = self._settings.terms(options)
        span = self._settings.telemetry.begin(rpc.name, terms.metadata)
        try:
            response = await self._tried(rpc, request, terms.beside(span.metadata))
        except BaseException as error:
            span.ended(error)
            raise
        span.told(episode_of(response))
        span.ended()
        return response

    async def _tried(self, rpc: Rpc, request: Message, terms: Terms) -> Any:  # noqa: ANN401 - by request
        attempts = Attempts(self._settings.retry, terms.timeout_s, self._contact)
        while True:
            try:
                with closing_told():
                    response = await rpc.call(request, timeout=attempts.left_s(), metadata=terms.metadata)
            except grpc.aio.AioRpcError as failed:
                wait = attempts.wait_after(self._error(failed, request))
            else:
                attempts.answered()
                return response
            await asyncio.sleep(wait)

    async def _items(
        self, request: v1.StreamCompleteRequest, terms: Terms
    ) -> AsyncGenerator[v1.StreamCompleteResponse, None]:
        rpc = self._connections.methods().stream_complete
        span = self._settings.telemetry.begin(rpc.name, terms.metadata)
        try:
            async with aclosing(self._tried_items(rpc, request, terms.beside(span.metadata))) as items:
                async for item in items:
                    if item.HasField("begun"):
                        span.told(item.begun.episode_id)
                    yield item
        except BaseException as error:
            span.ended(error)
            raise
        span.ended()

    async def _tried_items(
        self, rpc: Rpc, request: v1.StreamCompleteRequest, terms: Terms
    ) -> AsyncGenerator[v1.StreamCompleteResponse, None]:
        item = None
        attempts = Attempts(self._settings.retry, terms.timeout_s, self._contact)
        while True:
            stream = None
            try:
                with closing_told():
                    stream = rpc.call(request, timeout=attempts.left_s(), metadata=terms.metadata)
                    async for item in stream:
                        attempts.answered()
                        yield item
            except grpc.aio.AioRpcError as failed:
                error = self._error(failed, request)
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

    def _error(self, failed: grpc.aio.AioRpcError, request: Message) -> PointsmanError:
        return ClosedClient() if self._connections.closed else error_of_call(failed, self._settings.address_of(request))
