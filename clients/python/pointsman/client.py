"""The blocking client."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from types import TracebackType
from typing import Any, Self, Unpack

import grpc
from google.protobuf.message import Message

from pointsman import v1
from pointsman.arguments import refuse_unknown
from pointsman.channel import CHANNEL_OPTIONS, Methods
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


class Client:
    """A connection to a Pointsman service, for any number of threads. Close it, or use it in a `with`.

    address: HOST:PORT; where it is left out, the environment's POINTSMAN_ADDRESS, else 127.0.0.1:50051. tenant: whose
    calls these are; where it is left out, POINTSMAN_TENANT, else "default". timeout_s: deadline of each call that sets
    none of its own, retries included; None for no deadline. metadata: pairs sent with every call. credentials: for TLS;
    without them the connection is plain. channel: use this one instead, with its own options, and leave it open at the
    end. Every call takes tenant=, metadata= and timeout_s= of its own.

    What goes wrong is a `PointsmanError`, arguments included; what is missing is Python's own TypeError.

        with Client("127.0.0.1:50051", tenant="team-a") as pointsman:
            answer = pointsman.complete("What is 2 + 2?", dial=0.3)
            pointsman.feedback(answer.episode_id, thumb=True)
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
        channel: grpc.Channel | None = None,
    ) -> None:
        self._settings = settings_of(
            address=address,
            tenant=tenant,
            timeout_s=timeout_s,
            metadata=metadata,
            retry=retry,
            credentials=credentials,
            channel=channel,
            channel_class=grpc.Channel,
        )
        self._owned = channel is None
        self._closed = False
        if channel is None and credentials is None:
            channel = grpc.insecure_channel(self._settings.address, CHANNEL_OPTIONS)
        elif channel is None:
            channel = grpc.secure_channel(self._settings.address, credentials, CHANNEL_OPTIONS)
        self._channel = channel
        self._methods = Methods(channel)
        self._contact = Contact()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, and with it the calls that are under way."""
        self._closed = True
        if self._owned:
            self._channel.close()

    def route(self, messages: Messages, **fields: Unpack[RouteFields]) -> v1.RouteResponse:
        """Which model should answer. Nothing is called; tell what came of it with `report_outcome`.

        fields: what `RouteFields` has, for instance single_call=True where you will run one model and no cascade.
        """
        response: v1.RouteResponse = self._call(route_request(messages, fields), fields)
        return response

    def complete(self, messages: Messages, **fields: Unpack[QueryFields]) -> v1.CompleteResponse:
        """The answer, with the trace of how it came about. fields: what `QueryFields` has, for instance dial=0.3."""
        response: v1.CompleteResponse = self._call(complete_request(messages, fields), fields)
        return response

    def stream_complete(self, messages: Messages, **fields: Unpack[StreamFields]) -> CompletionStream:
        """The answer as it comes about: items, or with `.texts()` its text, in pieces that stand.

        It is asked for when the first item is read, and tried again only while none has come. optimistic=True: texts
        from the first model's first token on, which a `retraction` may take back. trace=True: trace events, too.
        """
        request = identified(stream_request(messages, fields))
        return CompletionStream(request, self._items(request, self._settings.terms(fields)))

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

    def _call(self, request: Message, options: CallOptions) -> Any:  # noqa: ANN401 - by request
        method, request, terms = self._methods.unary(request), identified(request), self._settings.terms(options)
        attempts = Attempts(self._settings.retry, terms.timeout_s, self._contact)
        while True:
            try:
                response = self._begin(method, request, terms, attempts)
            except grpc.RpcError as failed:
                wait = attempts.wait_after(self._error(failed))
            else:
                attempts.answered()
                return response
            time.sleep(wait)

    def _items(
        self, request: v1.StreamCompleteRequest, terms: Terms
    ) -> Generator[v1.StreamCompleteResponse, None, None]:
        attempts, begun = Attempts(self._settings.retry, terms.timeout_s, self._contact), False
        while True:
            stream = self._begin(self._methods.stream_complete, request, terms, attempts)
            try:
                for item in stream:
                    begun = True
                    attempts.answered()
                    yield item
            except grpc.RpcError as failed:
                error = self._error(failed)
                if begun:
                    raise error from failed
                wait = attempts.wait_after(error)
            else:
                return
            finally:
                stream.cancel()  # Of no effect on one that ended; frees the model call of one that was left early.
            time.sleep(wait)

    def _begin(self, method: Any, request: Message, terms: Terms, attempts: Attempts) -> Any:  # noqa: ANN401 - grpc has no types
        if self._closed:
            raise ClosedClient
        try:
            return method(request, timeout=attempts.left_s(), metadata=terms.metadata)
        except ValueError as closed:  # All that grpc has to say of a channel that is closed.
            raise ClosedClient from closed

    def _error(self, failed: grpc.RpcError) -> PointsmanError:
        return ClosedClient() if self._closed else error_of_call(failed, self._settings.address)
