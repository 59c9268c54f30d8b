"""The grpc.aio server: services, health, reflection, and a stop that lets calls finish."""

from __future__ import annotations

from dataclasses import dataclass, field

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import OVERALL_HEALTH, aio
from grpc_reflection.v1alpha import reflection
from pointsman.v1 import admin_service_pb2, feedback_service_pb2, router_service_pb2
from pointsman.v1.admin_service_pb2_grpc import add_AdminServiceServicer_to_server
from pointsman.v1.feedback_service_pb2_grpc import add_FeedbackServiceServicer_to_server
from pointsman.v1.router_service_pb2_grpc import add_RouterServiceServicer_to_server

from pointsman_service.errors import ConfigurationError
from pointsman_service.rpc.admin_servicer import AdminServicer
from pointsman_service.rpc.application import Application
from pointsman_service.rpc.feedback_servicer import FeedbackServicer
from pointsman_service.rpc.interceptors import BorderInterceptor, CallFinished, ignore_call
from pointsman_service.rpc.router_servicer import RouterServicer
from pointsman_service.rpc.validation import Limits

SERVICES: tuple[str, ...] = tuple(
    service.full_name
    for module in (router_service_pb2, feedback_service_pb2, admin_service_pb2)
    for service in module.DESCRIPTOR.services_by_name.values()
)


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where to listen and how. port 0 takes a free one; reuse_port: several processes share the port (Linux).

    grace_s: how long calls may finish after a stop, in seconds.
    """

    host: str = "127.0.0.1"
    port: int = 0
    reuse_port: bool = False
    grace_s: float = 10.0
    limits: Limits = field(default_factory=Limits)


class RpcServer:
    """Serves one application. `start` once, `stop` once."""

    def __init__(
        self, application: Application, options: ServerOptions, call_finished: CallFinished = ignore_call
    ) -> None:
        self._options = options
        self._server = grpc.aio.server(
            interceptors=[BorderInterceptor(call_finished)],
            options=[
                ("grpc.so_reuseport", int(options.reuse_port)),
                ("grpc.max_receive_message_length", _max_bytes(options.limits)),
            ],
        )
        self._health = aio.HealthServicer()
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
        for service in (OVERALL_HEALTH, *SERVICES):
            await self._health.set(service, health_pb2.HealthCheckResponse.SERVING)
        return port

    async def stop(self, grace_s: float | None = None) -> None:
        """Say NOT_SERVING, take no new calls, let running ones finish for grace_s seconds, then cancel them."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(self._options.grace_s if grace_s is None else grace_s)

    async def wait(self) -> None:
        """Until it has stopped."""
        await self._server.wait_for_termination()

    def _add_services(self, application: Application) -> None:
        limits, version = self._options.limits, application.router.snapshot_version
        add_RouterServiceServicer_to_server(RouterServicer(application.router, limits), self._server)
        add_FeedbackServiceServicer_to_server(FeedbackServicer(application.feedback, limits, version), self._server)
        add_AdminServiceServicer_to_server(AdminServicer(application.admin, limits, version), self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (*SERVICES, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)


def _max_bytes(limits: Limits) -> int:
    # A character is up to 4 bytes of UTF-8; a request that is only somewhat too long should get our own error.
    return max(4 << 20, 8 * (limits.text_chars + limits.json_chars))
