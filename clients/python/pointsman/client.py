"""The blocking client."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack

import grpc
from google.protobuf.message import Message

from pointsman import v1
from pointsman.answer import Completion
from pointsman.arguments import refuse_unknown
from pointsman.backlog import BatcherLimits, Item, LimitFields
from pointsman.batcher import EXIT_S, FeedbackBatcher
from pointsman.batching import OnDropped, OnRefused, posted
from pointsman.channel import CHANNEL_OPTIONS, Methods, Rpc
from pointsman.chat import Messages
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
from pointsman.stream import CompletionStream
from pointsman.telemetry import episode_of

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider


class Client:
    """A connection to a Pointsman service, for any number of threads. Close it, or use it in a `with`.

    address: HOST:PORT; where it is left out, the environment's POINTSMAN_ADDRESS, else 127.0.0.1:50051. admin_address:
    where operators' requests go (`call`); else POINTSMAN_ADMIN_ADDRESS's, else the port after address's. tenant: whose
    calls these are; where it is left out, POINTSMAN_TENANT, else "default". timeout_s: deadline of each call that sets
    none of its own, retries included; None for no deadline. metadata: pairs sent with every call. tls_ca: the CA's
    file for TLS, "system" for those that this machine trusts; tls_cert, tls_key: the client's own, where the service
    asks for one; else POINTSMAN_TLS_CA, _CERT and _KEY. credentials: gRPC's own instead; without either the connection
    is plain. api_key: who calls; where it is left out, POINTSMAN_API_KEY; then the tenant
    is the key's own unless one is named. A key goes to this machine only, unless there are credentials or plain_key
    says that the network is trusted. channel: use this one instead, with its own options, and leave it open at the end.
    compression: "gzip" for requests that are large, such as prompts of many pages. telemetry: True for a span of
    OpenTelemetry for each call, whose trace the service goes on with, by the program's tracer provider or the one that
    is given; it needs the extra `telemetry`. Every call takes tenant=, metadata= and timeout_s= of its own.

    What goes wrong is a `PointsmanError`, arguments included; what is missing is Python's own TypeError.

        with Client("127.0.0.1:50051", tenant="team-a") as pointsman:
            answer = pointsman.complete("What is 2 + 2?", dial=0.3)
            pointsman.feedback(answer.episode_id, thumb=True)
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
        channel: grpc.Channel | None = None,
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
            channel_class=grpc.Channel,
        )
        self._owned = channel is None
        self._closed = False
        # Both connect when they are first used: who never asks AdminService never has a connection to it.
        self._channels = (
            tuple(self._open(at) for at in (self._settings.address, self._settings.admin_address))
            if channel is None
            else (channel, channel)
        )
        self._methods = Methods(*self._channels)
        self._contact = Contact()
        self._batchers: weakref.WeakSet[FeedbackBatcher] = weakref.WeakSet()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, and with it the calls that are under way.

        Batchers are closed first, and have ten seconds to send what is left.
        """
        for batcher in list(self._batchers):
            batcher.close(EXIT_S)
        self._closed = True
        if self._owned:
            for channel in self._channels:
                channel.close()

    def route(self, messages: Messages, **fields: Unpack[RouteFields]) -> v1.RouteResponse:
        """Which model should answer. Nothing is called; tell what came of it with `report_outcome`.

        fields: what `RouteFields` has, for instance single_call=True where you will run one model and no cascade.
        """
        response: v1.RouteResponse = self._call(route_request(messages, fields), fields)
        return response

    def complete(self, messages: Messages, **fields: Unpack[QueryFields]) -> Completion:
        """The answer, with the trace of how it came about, and methods that say what it was worth.

        fields: what `QueryFields` has, for instance dial=0.3.
        """
        request = identified(complete_request(messages, fields))
        response = self._send(self._methods.complete, request, fields)
        return Completion(response, request.request_id, fields, self.feedback)

    def stream_complete(self, messages: Messages, **fields: Unpack[StreamFields]) -> CompletionStream:
        """The answer as it comes about: items, or with `.texts()` its text, in pieces that stand.

        It is asked for when the first item is read, and tried again only while none has come. optimistic=True: texts
        from the first model's first token on, which a `retraction` may take back. trace=True: trace events, too.
        """
        request = identified(stream_request(messages, fields))
        items = self._items(request, self._settings.terms(fields))
        return CompletionStream(request, items, fields, self.feedback)

    def report_outcome(self, episode_id: str, **fields: Unpack[OutcomeFields]) -> v1.ReportOutcomeResponse:
        """Tell what came of a routed query: what `OutcomeFields` has, for instance cost_usd=0.01, latency_ms=800."""
        response: v1.ReportOutcomeResponse = self._call(outcome_request(episode_id, fields), fields)
        return response

    def feedback(self, episode_id: str, **fields: Unpack[FeedbackFields]) -> v1.FeedbackReceipt:
        """Say what an answer was worth: one of thumb, rating (1 to 5), correction (the right text), score (0 to 1)."""
        response: v1.RecordFeedbackResponse = self._call(feedback_request(episode_id, fields), fields)
        return response.receipt

    def feedback_batch(
        self, feedback: Iterable[v1.Feedback | v1.RecordFeedbackRequest], **options: Unpack[CallOptions]
    ) -> list[v1.FeedbackResult]:
        """Record up to 1,000; a result each, in order, of which some may be errors: see `error_of_status`."""
        response: v1.RecordFeedbackBatchResponse = self._call(batch_request(feedback, options), options)
        return list(response.results)

    def record_session_outcome(
        self, session_id: str, **fields: Unpack[SessionOutcomeFields]
    ) -> v1.RecordSessionOutcomeResponse:
        """Say what came of a session, or of an agent's run: one of thumb, rating (1 to 5) and score (0 to 1)."""
        response: v1.RecordSessionOutcomeResponse = self._call(session_outcome_request(session_id, fields), fields)
        return response

    def get_episode(self, episode_id: str, **options: Unpack[CallOptions]) -> v1.Episode:
        """All that became of a query."""
        response: v1.GetEpisodeResponse = self._call(get_request(episode_id, options), options)
        return response.episode

    def explain_episode(self, episode_id: str, **options: Unpack[CallOptions]) -> v1.ExplainEpisodeResponse:
        """Why a query went as it did: in words, and what each verdict moved."""
        response: v1.ExplainEpisodeResponse = self._call(explain_request(episode_id, options), options)
        return response

    def call(self, request: Message, **options: Unpack[CallOptions]) -> Any:  # noqa: ANN401 - by request
        """Send any request of the contract that has one response, for instance `v1.ListModelsRequest()`."""
        refuse_unknown("call", options, CallOptions.__annotations__)
        return self._call(request, options)

    def batcher(
        self,
        *,
        on_dropped: OnDropped | None = None,
        on_refused: OnRefused | None = None,
        **limits: Unpack[LimitFields],
    ) -> FeedbackBatcher:
        """Feedback in the background: `add` hands it over without waiting, and it is sent in batches.

        limits: of `BatcherLimits`, for instance flush_interval_s=5.0. on_dropped(request, reason) and
        on_refused(request, error) are told of each item that did not come into the log. Close it before the client.
        """
        refuse_unknown("batcher", limits, LimitFields.__annotations__)
        batcher = FeedbackBatcher(self._post, BatcherLimits(**limits), on_dropped, on_refused)
        self._batchers.add(batcher)
        return batcher

    def _post(self, items: Sequence[Item], timeout_s: float) -> Sequence[v1.FeedbackResult]:
        """A batch, once: it is the batcher that tries again."""
        request, options = posted(items, timeout_s)
        terms, rpc = self._settings.terms(options), self._methods.feedback_batch
        try:
            response: v1.RecordFeedbackBatchResponse = self._begin(rpc, request, terms, timeout_s)
        except grpc.RpcError as failed:
            raise self._error(failed, request) from failed
        results: Sequence[v1.FeedbackResult] = response.results
        return results

    def _call(self, request: Message, options: CallOptions) -> Any:  # noqa: ANN401 - by request
        return self._send(self._methods.unary(request), identified(request), options)

    def _send(self, rpc: Rpc, request: Message, options: CallOptions) -> Any:  # noqa: ANN401 - by request
        terms = self._settings.terms(options)
        span = self._settings.telemetry.begin(rpc.name, terms.metadata)
        try:
            response = self._tried(rpc, request, terms.beside(span.metadata))
        except BaseException as error:
            span.ended(error)
            raise
        span.told(episode_of(response))
        span.ended()
        return response

    def _tried(self, rpc: Rpc, request: Message, terms: Terms) -> Any:  # noqa: ANN401 - by request
        attempts = Attempts(self._settings.retry, terms.timeout_s, self._contact)
        while True:
            try:
                response = self._begin(rpc, request, terms, attempts.left_s())
            except grpc.RpcError as failed:
                wait = attempts.wait_after(self._error(failed, request))
            else:
                attempts.answered()
                return response
            time.sleep(wait)

    def _items(
        self, request: v1.StreamCompleteRequest, terms: Terms
    ) -> Generator[v1.StreamCompleteResponse, None, None]:
        span = self._settings.telemetry.begin(self._methods.stream_complete.name, terms.metadata)
        try:
            with closing(self._tried_items(request, terms.beside(span.metadata))) as items:
                for item in items:
                    if item.HasField("begun"):
                        span.told(item.begun.episode_id)
                    yield item
        except BaseException as error:
            span.ended(error)
            raise
        span.ended()

    def _tried_items(
        self, request: v1.StreamCompleteRequest, terms: Terms
    ) -> Generator[v1.StreamCompleteResponse, None, None]:
        attempts, begun = Attempts(self._settings.retry, terms.timeout_s, self._contact), False
        while True:
            stream = self._begin(self._methods.stream_complete, request, terms, attempts.left_s())
            try:
                for item in stream:
                    begun = True
                    attempts.answered()
                    yield item
            except grpc.RpcError as failed:
                error = self._error(failed, request)
                if begun:
                    raise error from failed
                wait = attempts.wait_after(error)
            else:
                return
            finally:
                stream.cancel()  # Of no effect on one that ended; frees the model call of one that was left early.
            time.sleep(wait)

    def _open(self, address: str) -> grpc.Channel:
        compression = self._settings.compression
        if self._settings.credentials is None:
            return grpc.insecure_channel(address, CHANNEL_OPTIONS, compression)
        return grpc.secure_channel(address, self._settings.credentials, CHANNEL_OPTIONS, compression)

    def _begin(self, rpc: Rpc, request: Message, terms: Terms, timeout_s: float | None) -> Any:  # noqa: ANN401 - grpc has no types
        if self._closed:
            raise ClosedClient
        try:
            return rpc.call(request, timeout=timeout_s, metadata=terms.metadata)
        except ValueError as closed:  # All that grpc has to say of a channel that is closed.
            raise ClosedClient from closed

    def _error(self, failed: grpc.RpcError, request: Message) -> PointsmanError:
        return ClosedClient() if self._closed else error_of_call(failed, self._settings.address_of(request))
