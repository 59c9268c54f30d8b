"""The command line's way to the service, with errors told in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import grpc
from pointsman.v1 import (
    admin_service_pb2_grpc,
    feedback_service_pb2,
    feedback_service_pb2_grpc,
    router_service_pb2,
    router_service_pb2_grpc,
)
from pointsman.v1.feedback_pb2 import Feedback, FeedbackReceipt
from pointsman.v1.query_pb2 import Query
from pointsman.v1.stats_pb2 import EpisodeFilter

from pointsman_service.cli.options import DEFAULT_TENANT
from pointsman_service.cli.times import moment


class Service:
    """A running service. admin: the stub of AdminService; its calls raise grpc.RpcError."""

    def __init__(self, channel: grpc.Channel, tenant: str, timeout_s: float) -> None:
        """timeout_s: for each call."""
        self.admin = admin_service_pb2_grpc.AdminServiceStub(channel)
        self._router = router_service_pb2_grpc.RouterServiceStub(channel)
        self._feedback = feedback_service_pb2_grpc.FeedbackServiceStub(channel)
        self._how = {"timeout": timeout_s, "metadata": (("x-pointsman-tenant", tenant),)}

    def route(self, query: Query) -> router_service_pb2.RouteResponse:
        """Decide only."""
        response: router_service_pb2.RouteResponse = self._router.Route(
            router_service_pb2.RouteRequest(query=query), **self._how
        )
        return response

    def complete(self, query: Query) -> router_service_pb2.CompleteResponse:
        """Answer."""
        return self._router.Complete(router_service_pb2.CompleteRequest(query=query), **self._how)

    def stream_complete(self, query: Query) -> Iterator[router_service_pb2.StreamCompleteResponse]:
        """Answer, telling what happens."""
        yield from self._router.StreamComplete(router_service_pb2.StreamCompleteRequest(query=query), **self._how)

    def record_feedback(self, feedback: Feedback) -> FeedbackReceipt:
        """Say what an answer was worth."""
        request = feedback_service_pb2.RecordFeedbackRequest(feedback=feedback)
        return self._feedback.RecordFeedback(request, **self._how).receipt


@contextmanager
def connect(address: str, tenant: str = DEFAULT_TENANT, timeout_s: float = 10.0) -> Iterator[Service]:
    """A connection for one command."""
    with grpc.insecure_channel(address) as channel:
        yield Service(channel, tenant, timeout_s)


def episode_filter(tenant: str | None, since: str | None) -> EpisodeFilter:
    """Which episodes to look at."""
    wanted = EpisodeFilter(tenant=tenant)
    if since is not None:
        wanted.since.FromDatetime(moment(since, datetime.now(UTC)))
    return wanted


def said_by_service(error: Exception) -> str | None:
    """What a failed call means, in one line; None for an error that is none of the service's."""
    if not isinstance(error, grpc.RpcError) or not isinstance(error, grpc.Call):
        return None
    if error.code() is grpc.StatusCode.UNAVAILABLE and "connect" in (error.details() or ""):
        return "no service answers there: start it with `pointsman serve`, or say where it is with --address"
    return " ".join(f"{error.code().name.lower()}: {error.details()}".split())
