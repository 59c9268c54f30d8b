# ruff: noqa: N802 - the protocol names the methods and their arguments
"""grpc.health.v1 as balancers read it: Check, Watch and List, and watches that end when the server does.

  "", "readiness", each service   whether calls should be sent here: the server takes them, and the log can be written
  "liveness"                      whether the process answers: one that does not, or is ending, should be replaced
  "pointsman.log", ...            each part by itself; a DEGRADED one says NOT_SERVING, and takes no calls away

grpcio's own servicer is not used: its Watch never ends, so one open watch holds a stop for the whole of its grace; it
writes under the lock that a change of status needs, so a watcher that reads slowly delays the news for all; and its
List raises.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import grpc
import grpc.aio
from grpc_health.v1.health_pb2 import (
    HealthCheckRequest,
    HealthCheckResponse,
    HealthListRequest,
    HealthListResponse,
)
from grpc_health.v1.health_pb2_grpc import HealthServicer

from pointsman_service.domain.health import HealthState, PartHealth

OVERALL = ""
"""The name under which the whole server's health is asked for."""

READINESS = "readiness"
LIVENESS = "liveness"
PART = "pointsman."
"""Before a part's name."""

Status = HealthCheckResponse.ServingStatus


class Health(HealthServicer):  # type: ignore[misc] # grpc_health has no types
    """The server's status is one for all its services: they stop together. NOT_SERVING until told otherwise."""

    def __init__(self, services: Iterable[str], stopping: asyncio.Event) -> None:
        """stopping: once set, watches end at the next `wake`."""
        self._ready = frozenset((OVERALL, READINESS, *services))
        self._stopping = stopping
        self._status = Status.NOT_SERVING
        self._parts: dict[str, HealthState] = {}
        self._changed = asyncio.Event()

    def set(self, status: HealthCheckResponse.ServingStatus) -> None:
        """Of the server, from now on; every watch hears of it."""
        self._status = status
        self.wake()

    def tell(self, part: PartHealth) -> None:
        """How a part does from now on; every watch hears of it."""
        self._parts[part.part] = part.state
        self.wake()

    def status_of(self, name: str) -> HealthCheckResponse.ServingStatus | None:
        """What is said under a name, None where nothing has it."""
        if name == LIVENESS:
            return self._status
        if name in self._ready:
            return self._status if HealthState.NOT_SERVING not in self._parts.values() else Status.NOT_SERVING
        state = self._parts.get(name.removeprefix(PART)) if name.startswith(PART) else None
        if state is None:
            return None
        return Status.SERVING if state is HealthState.SERVING else Status.NOT_SERVING

    def wake(self) -> None:
        """Have every watch look again at the status, and at `stopping`."""
        # An event of its own for each change: whoever is still writing the last one finds this one set already.
        self._changed.set()
        self._changed = asyncio.Event()

    async def Check(self, request: HealthCheckRequest, context: grpc.aio.ServicerContext) -> HealthCheckResponse:
        """The status now; NOT_FOUND for a service that is not here."""
        status = self.status_of(request.service)
        if status is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"no service is named {request.service!r}")
        return HealthCheckResponse(status=status)

    async def List(self, _request: HealthListRequest, _context: grpc.aio.ServicerContext) -> HealthListResponse:
        """The status of each service and part."""
        names = (*(self._ready - {READINESS}), *(PART + part for part in self._parts))
        return HealthListResponse(statuses={n: HealthCheckResponse(status=self.status_of(n)) for n in names})

    async def Watch(
        self, request: HealthCheckRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[HealthCheckResponse]:
        """The status now and each other one after it; ends with UNAVAILABLE when the server stops."""
        told = None
        while True:
            changed = self._changed
            known = self.status_of(request.service)
            status = Status.SERVICE_UNKNOWN if known is None else known
            if status != told:
                yield HealthCheckResponse(status=status)
                told = status
            elif self._stopping.is_set():
                await context.abort(grpc.StatusCode.UNAVAILABLE, "the server is stopping")
            else:
                await changed.wait()
