"""The grpc.aio server: services, health, reflection, and a stop that lets balancers look away and calls finish."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pointsman.v1 import admin_service_pb2, feedback_service_pb2, router_service_pb2
from pointsman.v1.admin_service_pb2_grpc import add_AdminServiceServicer_to_server
from pointsman.v1.feedback_service_pb2_grpc import add_FeedbackServiceServicer_to_server
from pointsman.v1.router_service_pb2_grpc import add_RouterServiceServicer_to_server

from pointsman_service.errors import ConfigurationError
from pointsman_service.rpc.admin_servicer import AdminServicer
from pointsman_service.rpc.application import Application
from pointsman_service.rpc.feedback_servicer import FeedbackServicer
from pointsman_service.rpc.health import Health, Status
from pointsman_service.rpc.interceptors import BorderInterceptor, CallFinished, ignore_call
from pointsman_service.rpc.reflection import add_reflection
from pointsman_service.rpc.router_servicer import RouterServicer
from pointsman_service.rpc.validation import Limits

SERVICES: tuple[str, ...] = tuple(
    service.full_name
    for module in (router_service_pb2, feedback_service_pb2, admin_service_pb2)
    for service in module.DESCRIPTOR.services_by_name.values()
)


HEALTH_SERVICE = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
MIN_PING_INTERVAL_MS = 5_000
"""gRPC's own is 5 minutes, and it closes the connections, with their calls, of clients that ping more often. Teams set
10 s, for load balancers that forget a connection on which nothing moves."""

GRPC_ROOM = 4
"""gRPC refuses a message by RESOURCE_EXHAUSTED without details, which would read as a spent budget. So its own limit is
so many times ours, up to which the border refuses with INVALID_ARGUMENT and the limit's name; it bounds the memory."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where to listen and how. port 0 takes a free one; reuse_port: several processes share the port (Linux).

    All times in seconds. drain_s: how long a stop still takes new calls while health says NOT_SERVING already, so that
    balancers see it before a connection is refused; grace_s: how long calls may finish after that.
    max_connection_age_s: after it a client is told to connect anew, so that balancers spread it again, 0 for never;
    max_connection_age_grace_s: how long calls on the old connection may finish.
    """

    host: str = "127.0.0.1"
    port: int = 0
    reuse_port: bool = False
    drain_s: float = 0.0
    grace_s: float = 10.0
    max_connection_age_s: float = 0.0
    max_connection_age_grace_s: float = 300.0
    limits: Limits = field(default_factory=Limits)


class RpcServer:
    """Serves one application. `start` once, `stop` once."""

    def __init__(
        self, application: Application, options: ServerOptions, call_finished: CallFinished = ignore_call
    ) -> None:
        self._options = options
        self._server = grpc.aio.server(
            interceptors=[
                BorderInterceptor(application.router.snapshot_version, options.limits.request_bytes, call_finished)
            ],
            options=_channel_arguments(options),
        )
        self._stopping = asyncio.Event()
        self._health = Health((*SERVICES, HEALTH_SERVICE), self._stopping)
        self._add_services(application)

    async def start(self) -> int:
        """Listen, and say SERVING. The port. Raises ConfigurationError where the address cannot be had."""
        address = f"{self._options.host}:{self._options.port}"
        try:
            port: int = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise ConfigurationError(
                f"cannot listen on {address}: choose another [server] host or port, or stop what holds it"
            ) from error
        await self._server.start()
        self._health.set(Status.SERVING)
        return port

    async def stop(self, grace_s: float | None = None) -> None:
        """Say NOT_SERVING, after drain_s take no new calls, let running ones finish for grace_s, then cancel them.

        Returns as soon as nothing runs. What tools hold open (health's watches, reflection) is ended, not waited for.
        """
        self._health.set(Status.NOT_SERVING)
        await asyncio.sleep(self._options.drain_s)
        self._stopping.set()
        self._health.wake()
        await self._server.stop(self._options.grace_s if grace_s is None else grace_s)

    async def wait(self) -> None:
        """Until it has stopped."""
        await self._server.wait_for_termination()

    def _add_services(self, application: Application) -> None:
        limits = self._options.limits
        add_RouterServiceServicer_to_server(RouterServicer(application.router, limits), self._server)
        add_FeedbackServiceServicer_to_server(FeedbackServicer(application.feedback, limits), self._server)
        add_AdminServiceServicer_to_server(AdminServicer(application.admin, limits), self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        add_reflection(self._server, (*SERVICES, HEALTH_SERVICE), self._stopping)


def _channel_arguments(options: ServerOptions) -> list[tuple[str, int]]:
    """As C-core names them (grpc/impl/channel_arg_names.h)."""
    arguments = [
        ("grpc.so_reuseport", int(options.reuse_port)),
        ("grpc.max_receive_message_length", GRPC_ROOM * options.limits.request_bytes),
        ("grpc.http2.min_ping_interval_without_data_ms", MIN_PING_INTERVAL_MS),
        ("grpc.keepalive_permit_without_calls", 1),
    ]
    if options.max_connection_age_s > 0.0:
        arguments += [
            ("grpc.max_connection_age_ms", int(options.max_connection_age_s * 1e3)),
            ("grpc.max_connection_age_grace_ms", int(options.max_connection_age_grace_s * 1e3)),
        ]
    return arguments
