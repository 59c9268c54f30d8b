"""What both clients share: channel options, and which stub method takes which request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from pointsman.v1 import admin_service_pb2, feedback_service_pb2, router_service_pb2
from pointsman.v1.admin_service_pb2_grpc import AdminServiceStub
from pointsman.v1.feedback_service_pb2_grpc import FeedbackServiceStub
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub

DEFAULT_ADDRESS = "127.0.0.1:50051"
DEFAULT_TIMEOUT_S = 120.0
TENANT_KEY = "x-pointsman-tenant"

CHANNEL_OPTIONS: tuple[tuple[str, int], ...] = (
    # grpc waits a second before it connects again; a service that restarts is back sooner.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.max_receive_message_length", 64 << 20),
)

_STUBS = {
    "RouterService": (router_service_pb2, RouterServiceStub),
    "FeedbackService": (feedback_service_pb2, FeedbackServiceStub),
    "AdminService": (admin_service_pb2, AdminServiceStub),
}
# A second report would count twice, and it has no id of its own.
NOT_REPEATABLE = frozenset({"pointsman.v1.ReportOutcomeRequest"})


def methods_of(channel: Any) -> Mapping[str, Callable[..., Any]]:  # noqa: ANN401 - grpc has no types
    """Every rpc's stub by the full name of its request: in this contract a request belongs to one rpc."""
    methods = {}
    for name, (module, stub) in _STUBS.items():
        stubs = stub(channel)
        rpcs: Mapping[str, MethodDescriptor] = module.DESCRIPTOR.services_by_name[name].methods_by_name
        methods.update({rpc.input_type.full_name: getattr(stubs, rpc.name) for rpc in rpcs.values()})
    return methods


def is_repeatable(request: Message) -> bool:
    """Whether sending it twice has the effect of sending it once."""
    return request.DESCRIPTOR.full_name not in NOT_REPEATABLE
