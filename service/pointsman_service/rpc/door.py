"""One address that gRPC listens on: its services, health, reflection, and what is said of others' services."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from pointsman_service.domain.host_port import joined
from pointsman_service.domain.tls_files import TlsFiles
from pointsman_service.errors import ConfigurationError
from pointsman_service.observability.structured_log import structlog
from pointsman_service.rpc.accepting import server_of
from pointsman_service.rpc.certificates import Certificates
from pointsman_service.rpc.elsewhere import Elsewhere
from pointsman_service.rpc.health import Health
from pointsman_service.rpc.reflection import add_reflection

HEALTH_SERVICE = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name

REOPEN_S = 0.02
"""Between two tries to have a port again."""

_log = structlog.get_logger(__name__)

AddService = Callable[[grpc.aio.Server], None]


@dataclass(frozen=True, slots=True)
class DoorOptions:
    """name: of the section of the configuration, "server" or "admin". arguments: of gRPC's channels.

    port 0 takes a free one. reflection: whether tools may ask which services there are. tls: None for plain text.
    """

    name: str
    host: str
    port: int
    arguments: tuple[tuple[str, int], ...] = ()
    reflection: bool = True
    tls: TlsFiles | None = None


class Door:
    """One address. `listen` once, `open` once, `close` once."""

    def __init__(
        self,
        options: DoorOptions,
        services: Mapping[str, AddService],
        elsewhere: Elsewhere,
        interceptor: grpc.aio.ServerInterceptor,
    ) -> None:
        """services: by full name, how each is added."""
        self._options = options
        self._names = (*services, HEALTH_SERVICE)
        self._interceptor = interceptor
        self._adds: list[AddService] = [
            *services.values(),
            elsewhere.add_to,
        ]
        self._server = self._made()
        self._port = options.port
        self._closing = False
        self._kept: asyncio.Task[None] | None = None

    def _made(self) -> grpc.aio.Server:
        server = server_of(self._interceptor, self._options.arguments)
        for add in self._adds:
            add(server)
        return server

    def add_health(self, health: Health, stopping: asyncio.Event) -> None:
        """Let balancers and tools ask here. stopping: once set, reflection's streams end."""

        def add(server: grpc.aio.Server) -> None:
            health_pb2_grpc.add_HealthServicer_to_server(health, server)
            if self._options.reflection:
                add_reflection(server, self._names, stopping)

        self._adds.append(add)
        add(self._server)

    def listen(self, port: int | None = None) -> int:
        """Take the address, before any call is taken; the port. port: instead of that of the options.

        Raises ConfigurationError where it cannot be had, or its certificates cannot be used.
        """
        address = joined(self._options.host, self._options.port if port is None else port)
        tls = None if self._options.tls is None else Certificates(self._options.tls).credentials()
        try:
            taken: int = (
                self._server.add_insecure_port(address) if tls is None else self._server.add_secure_port(address, tls)
            )
        except RuntimeError as error:
            raise ConfigurationError(
                f"cannot listen on {address}: choose another [{self._options.name}] host or port, or stop what holds it"
            ) from error
        self._port = taken
        return taken

    async def open(self) -> None:
        """Take calls, until it is closed: a server of grpcio's that ends by itself is followed by another."""
        await self._server.start()
        self._kept = asyncio.create_task(self._keep_open(), name=f"door {self._options.name}")

    async def _keep_open(self) -> None:
        """One request whose path is no UTF-8 ends grpcio's own accepting of calls (1.85), which an unknown one does.

        Its calls on the way are lost; callers connect anew, as after a restart.
        """
        while not self._closing:
            try:
                await self._server.wait_for_termination()
            except Exception as error:  # noqa: BLE001 - whatever ended it, the address must be served
                if not self._closing:
                    _log.error("an address was closed by a malformed request; it is opened again", why=str(error))
            if not self._closing:
                await self._open_again()

    async def _open_again(self) -> None:
        self._server = self._made()
        while True:
            try:
                self.listen(self._port)
                break
            except ConfigurationError:  # the one before has not let go of the port yet
                await asyncio.sleep(REOPEN_S)
        await self._server.start()

    def close(self, grace_s: float) -> Awaitable[None]:
        """Take no new calls, let running ones finish for grace_s, then cancel them."""
        self._closing = True
        stopped: Awaitable[None] = self._server.stop(grace_s)
        return stopped

    async def wait(self) -> None:
        """Until it is closed."""
        await self._server.wait_for_termination()
