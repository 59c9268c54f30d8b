"""The blocking client."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self, Unpack

import grpc
from google.protobuf.message import Message

from pointsman import v1
from pointsman.channel import CHANNEL_OPTIONS, DEFAULT_ADDRESS, DEFAULT_TIMEOUT_S, TENANT_KEY, is_repeatable, methods_of
from pointsman.errors import error_of
from pointsman.requests import Messages, QueryFields, feedback_of, identified, query_of
from pointsman.retry import Attempts, RetryPolicy


class Client:
    """A connection to a Pointsman service, for any number of threads. Close it, or use it in a `with`.

    tenant: whose queries these are. timeout_s: deadline of each call that sets none of its own, retries included; None
    for no deadline. credentials: for TLS; without them the connection is plain. channel: use this one instead, and
    leave it open at the end. Every method raises a `PointsmanError`.

        with Client("127.0.0.1:50051", tenant="team-a") as pointsman:
            answer = pointsman.complete("What is 2 + 2?", dial=0.3)
            pointsman.feedback(answer.episode_id, thumb=True)
    """

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS,
        *,
        tenant: str = "default",
        timeout_s: float | None = DEFAULT_TIMEOUT_S,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
        credentials: grpc.ChannelCredentials | None = None,
        channel: grpc.Channel | None = None,
    ) -> None:
        self._owned = channel is None
        if channel is None and credentials is None:
            channel = grpc.insecure_channel(address, CHANNEL_OPTIONS)
        elif channel is None:
            channel = grpc.secure_channel(address, credentials, CHANNEL_OPTIONS)
        self._channel = channel
        self._methods = methods_of(channel)
        self._metadata = ((TENANT_KEY, tenant),)
        self._timeout_s = timeout_s
        self._retry = retry

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        if self._owned:
            self._channel.close()

    def route(
        self,
        messages: Messages,
        *,
        single_call: bool = False,
        timeout_s: float | None = None,
        **fields: Unpack[QueryFields],
    ) -> v1.RouteResponse:
        """Which model should answer. Nothing is called; tell what came of it with `report_outcome`.

        single_call: you will run one model and no cascade; then it is the best single choice.
        """
        request = v1.RouteRequest(query=query_of(messages, fields), single_call=single_call)
        response: v1.RouteResponse = self.call(request, timeout_s)
        return response

    def complete(
        self, messages: Messages, *, timeout_s: float | None = None, **fields: Unpack[QueryFields]
    ) -> v1.CompleteResponse:
        """The answer, with the trace of how it came about."""
        response: v1.CompleteResponse = self.call(v1.CompleteRequest(query=query_of(messages, fields)), timeout_s)
        return response

    def stream_complete(
        self, messages: Messages, *, timeout_s: float | None = None, **fields: Unpack[QueryFields]
    ) -> Iterator[v1.StreamCompleteResponse]:
        """Trace events, pieces of the answer, and last the summary. Tried again only while nothing has come."""
        request = v1.StreamCompleteRequest(query=query_of(messages, fields))
        attempts = Attempts(self._retry, self._timeout_s if timeout_s is None else timeout_s)
        method, begun = self._methods[request.DESCRIPTOR.full_name], False
        while True:
            stream = method(request, timeout=attempts.left_s(), metadata=self._metadata)
            try:
                for item in stream:
                    begun = True
                    yield item
            except grpc.RpcError as failed:
                error = error_of(failed)
                if begun:
                    raise error from failed
                time.sleep(attempts.wait_after(error))
            else:
                return
            finally:
                stream.cancel()  # Of no effect on one that ended; frees the model call of one that was left early.

    def report_outcome(
        self,
        episode_id: str,
        *,
        timeout_s: float | None = None,
        **measured: Any,  # noqa: ANN401 - the message checks them
    ) -> v1.ReportOutcomeResponse:
        """Tell what came of a routed query: fields of `v1.ReportOutcomeRequest`, as cost_usd=0.01, latency_ms=800."""
        request = v1.ReportOutcomeRequest(episode_id=episode_id, **measured)
        response: v1.ReportOutcomeResponse = self.call(request, timeout_s)
        return response

    def get_episode(self, episode_id: str, *, timeout_s: float | None = None) -> v1.Episode:
        """All that became of a query."""
        response: v1.GetEpisodeResponse = self.call(v1.GetEpisodeRequest(episode_id=episode_id), timeout_s)
        return response.episode

    def feedback(
        self,
        episode_id: str,
        *,
        thumb: bool | None = None,
        rating: float | None = None,
        correction: str | None = None,
        score: float | None = None,
        model: str | None = None,
        feedback_id: str | None = None,
        timeout_s: float | None = None,
    ) -> v1.FeedbackReceipt:
        """Say what an answer was worth: one of thumb, rating (1 to 5), correction (the right text), score (0 to 1)."""
        given = feedback_of(
            episode_id,
            thumb=thumb,
            rating=rating,
            correction=correction,
            score=score,
            model=model,
            feedback_id=feedback_id,
        )
        response: v1.RecordFeedbackResponse = self.call(v1.RecordFeedbackRequest(feedback=given), timeout_s)
        return response.receipt

    def feedback_batch(
        self, feedback: Iterable[v1.Feedback], *, timeout_s: float | None = None
    ) -> list[v1.FeedbackResult]:
        """Record many; a result each, in order, of which some may be errors."""
        request = v1.RecordFeedbackBatchRequest(feedback=identified(feedback))
        response: v1.RecordFeedbackBatchResponse = self.call(request, timeout_s)
        return list(response.results)

    def call(self, request: Message, timeout_s: float | None = None) -> Any:  # noqa: ANN401 - by request
        """Send any request of the contract that has one response, for instance `v1.ListModelsRequest()`."""
        attempts = Attempts(self._retry, self._timeout_s if timeout_s is None else timeout_s, is_repeatable(request))
        method = self._methods[request.DESCRIPTOR.full_name]
        while True:
            try:
                return method(request, timeout=attempts.left_s(), metadata=self._metadata)
            except grpc.RpcError as failed:
                error = error_of(failed)
                time.sleep(attempts.wait_after(error))
