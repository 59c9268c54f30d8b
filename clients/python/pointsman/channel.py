"""What both clients share of gRPC: the options of their channels, and which stub method takes which request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from pointsman.arguments import invalid, shown
from pointsman.v1 import admin_service_pb2, feedback_service_pb2, router_service_pb2
from pointsman.v1.admin_service_pb2_grpc import AdminServiceStub
from pointsman.v1.feedback_service_pb2_grpc import FeedbackServiceStub
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub

# Of channels that a client opens itself; one that is handed in keeps its own.
CHANNEL_OPTIONS: tuple[tuple[str, int], ...] = (
    # grpc waits a second before it connects again, and then up to two minutes; a service that restarts is back sooner.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # Whatever its name says, this is the time that one attempt to connect may take, TLS included.
    ("grpc.min_reconnect_backoff_ms", 5_000),
    # A connection that a firewall dropped without a word is found out within 20 s, idle or in the middle of a call.
    # The service permits a ping every 5 s; grpc itself would stop after two pings without data.
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # What grpc really waits for the answer of a ping, a minute where nobody says: grpc/grpc#39239.
    ("grpc.http2.ping_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    # An answer may have pictures and sound; 4 MiB is what grpc takes.
    ("grpc.max_receive_message_length", 64 << 20),
)

_STUBS = {
    "RouterService": (router_service_pb2, RouterServiceStub),
    "FeedbackService": (feedback_service_pb2, FeedbackServiceStub),
    "AdminService": (admin_service_pb2, AdminServiceStub),
}


_OPERATORS = frozenset(
    m.input_type.full_name for m in admin_service_pb2.DESCRIPTOR.services_by_name["AdminService"].methods
)


def for_operators(request: object) -> bool:
    """Whether the request is one of AdminService, which has an address of its own."""
    return isinstance(request, Message) and request.DESCRIPTOR.full_name in _OPERATORS


@dataclass(frozen=True, slots=True)
class Rpc:
    """A method of the contract on a channel. name: "RouterService/Complete"."""

    name: str
    call: Callable[..., Any]


class Methods:
    """Every rpc of a channel. In this contract a request belongs to one rpc, so the request finds its method."""

    def __init__(self, channel: Any, admin: Any) -> None:  # noqa: ANN401 - grpc has no types
        """admin: the channel for AdminService; the same where one address has all."""
        self._unary: dict[str, Rpc] = {}
        for name, (module, stub) in _STUBS.items():
            stubs = stub(admin if name == "AdminService" else channel)
            rpcs: Mapping[str, MethodDescriptor] = module.DESCRIPTOR.services_by_name[name].methods_by_name
            self._unary |= {
                rpc.input_type.full_name: Rpc(f"{name}/{rpc.name}", getattr(stubs, rpc.name))
                for rpc in rpcs.values()
                if not rpc.server_streaming
            }
        self.complete = self._unary["pointsman.v1.CompleteRequest"]
        self.feedback_batch = self._unary["pointsman.v1.RecordFeedbackBatchRequest"]
        self.stream_complete = Rpc("RouterService/StreamComplete", RouterServiceStub(channel).StreamComplete)

    def unary(self, request: object) -> Rpc:
        """The method that takes the request. Raises InvalidRequest where there is none."""
        name = request.DESCRIPTOR.full_name if isinstance(request, Message) else ""
        if name == "pointsman.v1.StreamCompleteRequest":
            raise invalid("request", "has a stream of responses: use stream_complete")
        if name not in self._unary:
            raise invalid(
                "request", f"must be one of the contract's, for instance v1.ListModelsRequest(), not {shown(request)}"
            )
        return self._unary[name]
