"""The grpc.aio servers, callers' and operators', and a stop that lets balancers look away and calls finish."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from pointsman.v1 import admin_service_pb2, feedback_service_pb2, router_service_pb2
from pointsman.v1.admin_service_pb2_grpc import add_AdminServiceServicer_to_server
from pointsman.v1.feedback_service_pb2_grpc import add_FeedbackServiceServicer_to_server
from pointsman.v1.router_service_pb2_grpc import add_RouterServiceServicer_to_server

from pointsman_service.domain.host_port import joined
from pointsman_service.domain.request_limits import Limits
from pointsman_service.domain.tls_files import TlsFiles
from pointsman_service.rpc.admin_servicer import AdminServicer
from pointsman_service.rpc.application import Application
from pointsman_service.rpc.caller import Access
from pointsman_service.rpc.door import HEALTH_SERVICE, Door, DoorOptions
from pointsman_service.rpc.elsewhere import Elsewhere
from pointsman_service.rpc.feedback_servicer import FeedbackServicer
from pointsman_service.rpc.gate import Gate
from pointsman_service.rpc.health import Health, Status
from pointsman_service.rpc.interceptors import BorderInterceptor, CallFinished, ignore_call
from pointsman_service.rpc.ports import Ports, operators_port
from pointsman_service.rpc.router_servicer import RouterServicer

MOST_CONNECTIONS = "grpc.max_allowed_incoming_connections"
ROUTER, FEEDBACK, ADMIN = (
    module.DESCRIPTOR.services_by_name[name]
    for module, name in (
        (router_service_pb2, "RouterService"),
        (feedback_service_pb2, "FeedbackService"),
        (admin_service_pb2, "AdminService"),
    )
)
SERVICES: tuple[str, ...] = tuple(service.full_name for service in (ROUTER, FEEDBACK, ADMIN))

MIN_PING_INTERVAL_MS = 5_000
"""gRPC's own is 5 minutes, and it closes the connections, with their calls, of clients that ping more often. Teams set
10 s, for load balancers that forget a connection on which nothing moves."""

HANDSHAKE_MS = 10_000
"""For TLS and HTTP/2's first frames; gRPC's own 2 minutes are as long as a silent connection holds its place."""
IDLE_MS = 300_000
"""A connection without a call is closed after it: whoever connects needs no key, and there are only so many places.
Clients connect anew by themselves; so long as load balancers keep idle connections, too (AWS: 350 s)."""
PING_MS = 60_000
"""A peer that vanished without a word is found by a ping; gRPC's own 2 hours are as long as its calls hold a place."""
MOST_STREAMS = 1_000
"""Calls at once on one connection; a client waits with more, or takes another connection. gRPC's own is 2^31."""
SOFT_METADATA_BYTES = 8 << 10
MOST_METADATA_BYTES = 16 << 10
"""Of a call's metadata; between the two gRPC refuses by chance, as it does by default: these are its defaults, said."""
MOST_PENDING = 4_000
"""Calls that gRPC holds before they are accepted, beyond which it cancels some without a word (CANCELLED); its own
limit is 1,000. So many are accepted and refused in a second, with the limit and when to come back."""

GRPC_ROOM = 4
"""gRPC refuses a message by RESOURCE_EXHAUSTED without details, which would read as a spent budget. So its own limit is
so many times ours, up to which the border refuses with INVALID_ARGUMENT and the limit's name; it bounds the memory."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where to listen and how. port 0 takes a free one; reuse_port: several processes share the port (Linux).

    host, port: for callers; admin_host, admin_port: for operators, whose port is the next one where it is None. All
    times in seconds. drain_s: how long a stop still takes new calls while health says NOT_SERVING already, so that
    balancers see it before a connection is refused; grace_s: how long calls may finish after that.
    max_connection_age_s: after it a client is told to connect anew, so that balancers spread it again, 0 for never;
    max_connection_age_grace_s: how long calls on the old connection may finish. reflection: whether tools may ask which
    services there are. tls, admin_tls: of each address, None for plain text. connections, admin_connections: that each
    address takes; more are closed at once.
    """

    host: str = "127.0.0.1"
    port: int = 0
    admin_host: str = "127.0.0.1"
    admin_port: int | None = None
    reuse_port: bool = False
    drain_s: float = 0.0
    grace_s: float = 10.0
    max_connection_age_s: float = 0.0
    max_connection_age_grace_s: float = 300.0
    reflection: bool = True
    tls: TlsFiles | None = None
    admin_tls: TlsFiles | None = None
    connections: int = 1_000
    admin_connections: int = 250
    limits: Limits = field(default_factory=Limits)


class RpcServer:
    """Serves one application at its two addresses. `start` once, `stop` once."""

    def __init__(
        self,
        application: Application,
        options: ServerOptions,
        call_finished: CallFinished = ignore_call,
        access: Access | None = None,
        gate: Gate | None = None,
    ) -> None:
        """access: whom each call is asked of, None for anyone. gate: which calls may begin, None for all."""
        self._options = options
        self._ports = Ports(options.port, options.admin_port or 0)
        self._callers, self._admin = self._doors(application, call_finished, access, gate)
        self._stopping = asyncio.Event()
        self._health = Health((*SERVICES, HEALTH_SERVICE), self._stopping)
        for door in (self._callers, self._admin):
            door.add_health(self._health, self._stopping)

    @property
    def health(self) -> Health:
        """What is told of the parts."""
        return self._health

    async def start(self) -> Ports:
        """Listen, and say SERVING. The ports. Raises ConfigurationError where an address cannot be had."""
        options, port = self._options, self._callers.listen()
        wanted = operators_port(options.admin_port, options.admin_host, options.port, port)
        self._ports = Ports(port, self._admin.listen(wanted))
        await self._callers.open()
        await self._admin.open()
        self._health.set(Status.SERVING)
        return self._ports

    async def stop(self, grace_s: float | None = None) -> None:
        """Say NOT_SERVING, after drain_s take no new calls, let running ones finish for grace_s, then cancel them.

        Returns as soon as nothing runs. What tools hold open (health's watches, reflection) is ended, not waited for.
        """
        self._health.set(Status.NOT_SERVING)
        await asyncio.sleep(self._options.drain_s)
        self._stopping.set()
        self._health.wake()
        grace = self._options.grace_s if grace_s is None else grace_s
        await asyncio.gather(self._callers.close(grace), self._admin.close(grace))

    async def wait(self) -> None:
        """Until it has stopped."""
        await self._callers.wait()
        await self._admin.wait()

    def _doors(
        self, application: Application, call_finished: CallFinished, access: Access | None, gate: Gate | None
    ) -> tuple[Door, Door]:
        options, limits = self._options, self._options.limits
        arguments = tuple(_channel_arguments(options))
        version = application.router.snapshot_version
        router, feedback = RouterServicer(application.router, limits), FeedbackServicer(application.feedback, limits)
        admin = AdminServicer(application.admin, limits)
        callers = Door(
            DoorOptions(
                "server",
                options.host,
                options.port,
                (*arguments, (MOST_CONNECTIONS, options.connections)),
                options.reflection,
                options.tls,
            ),
            {
                ROUTER.full_name: lambda server: add_RouterServiceServicer_to_server(router, server),
                FEEDBACK.full_name: lambda server: add_FeedbackServiceServicer_to_server(feedback, server),
            },
            Elsewhere([ADMIN], lambda: joined(options.admin_host, self._ports.admin), "admin"),
            BorderInterceptor(version, limits.request_bytes, call_finished, access, gate),
        )
        operators = Door(
            DoorOptions(
                "admin",
                options.admin_host,
                options.admin_port or 0,
                (*arguments, (MOST_CONNECTIONS, options.admin_connections)),
                options.reflection,
                options.admin_tls,
            ),
            {ADMIN.full_name: lambda server: add_AdminServiceServicer_to_server(admin, server)},
            Elsewhere([ROUTER, FEEDBACK], lambda: joined(options.host, self._ports.callers), "server"),
            BorderInterceptor(version, limits.request_bytes, call_finished, access, gate),
        )
        return callers, operators


def _channel_arguments(options: ServerOptions) -> list[tuple[str, int]]:
    """As C-core names them (grpc/impl/channel_arg_names.h)."""
    arguments = [
        ("grpc.so_reuseport", int(options.reuse_port)),
        ("grpc.max_receive_message_length", GRPC_ROOM * options.limits.request_bytes),
        ("grpc.http2.min_ping_interval_without_data_ms", MIN_PING_INTERVAL_MS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.server.max_pending_requests", MOST_PENDING),
        ("grpc.server.max_pending_requests_hard_limit", 2 * MOST_PENDING),
        ("grpc.max_concurrent_streams", MOST_STREAMS),
        ("grpc.server_handshake_timeout_ms", HANDSHAKE_MS),
        ("grpc.max_connection_idle_ms", IDLE_MS),
        ("grpc.keepalive_time_ms", PING_MS),
        ("grpc.max_metadata_size", SOFT_METADATA_BYTES),
        ("grpc.absolute_max_metadata_size", MOST_METADATA_BYTES),
    ]
    if options.max_connection_age_s > 0.0:
        arguments += [
            ("grpc.max_connection_age_ms", int(options.max_connection_age_s * 1e3)),
            ("grpc.max_connection_age_grace_ms", int(options.max_connection_age_grace_s * 1e3)),
        ]
    return arguments
