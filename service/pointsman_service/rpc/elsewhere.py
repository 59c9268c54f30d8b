"""What a door says of methods that another door has: who asks AdminService where callers ask is told its address."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, NoReturn

import grpc
import grpc.aio
from google.protobuf.descriptor import ServiceDescriptor

from pointsman_service.errors import ServedElsewhere
from pointsman_service.rpc.accepting import add_methods


class Elsewhere:
    """Knows the methods of the other door's services, each of which is refused before its request is read."""

    def __init__(self, services: Iterable[ServiceDescriptor], where: Callable[[], str], section: str) -> None:
        """where: the other door's address, known once it listens; section: of the configuration, that says it."""
        self._methods = {
            service.full_name: {m.name: self._handler(service.name, bool(m.server_streaming)) for m in service.methods}
            for service in services
        }
        self._where, self._section = where, section

    def add_to(self, server: grpc.aio.Server) -> None:
        """Have a server refuse them all."""
        for service, handlers in self._methods.items():
            add_methods(server, service, handlers)

    def _handler(self, name: str, streaming: bool) -> Any:  # noqa: ANN401 - grpc has no types
        if streaming:
            return grpc.unary_stream_rpc_method_handler(self._refusing_stream(name), bytes, bytes)
        return grpc.unary_unary_rpc_method_handler(self._refusing(name), bytes, bytes)

    def _refuse(self, name: str) -> NoReturn:
        where = f"{self._where()} ([{self._section}] host and port)"
        raise ServedElsewhere(f"{name} is not served at this address, but at {where}", service=name)

    def _refusing(self, name: str) -> Callable[[Any, Any], Any]:
        async def refuse(_request: bytes, _context: Any) -> bytes:  # noqa: ANN401
            self._refuse(name)

        return refuse

    def _refusing_stream(self, name: str) -> Callable[[Any, Any], AsyncIterator[bytes]]:
        async def refuse(_request: bytes, _context: Any) -> AsyncIterator[bytes]:  # noqa: ANN401
            self._refuse(name)
            yield b""

        return refuse
