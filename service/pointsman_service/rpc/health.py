# ruff: noqa: N802 - the protocol names the methods and their arguments
"""grpc.health.v1 as balancers read it: Check, Watch and List, and watches that end when the server does.

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

OVERALL = ""
"""The name under which the whole server's health is asked for."""

Status = HealthCheckResponse.ServingStatus


class Health(HealthServicer):  # type: ignore[misc] # grpc_health has no types
    """One status for the server and all its services: they stop together. NOT_SERVING until told otherwise."""

    def __init__(self, services: Iterable[str], stopping: asyncio.Event) -> None:
        """stopping: once set, watches end at the next `wake`."""
        self._names = frozenset((OVERALL, *services))
        self._stopping = stopping
        self._status = Status.NOT_SERVING
        self._changed = asyncio.Event()

    def set(self, status: HealthCheckResponse.ServingStatus) -> None:
        """From now on; every watch hears of it."""
        self._status = status
        self.wake()

    def wake(self) -> None:
        """Have every watch look again at the status, and at `stopping`."""
        # An event of its own for each change: whoever is still writing the last one finds this one set already.
        self._changed.set()
        self._changed = asyncio.Event()

    async def Check(self, request: HealthCheckRequest, context: grpc.aio.ServicerContext) -> HealthCheckResponse:
        """The status now; NOT_FOUND for a service that is not here."""
        if request.service not in self._names:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"no service is named {request.service!r}")
        return HealthCheckResponse(status=self._status)

    async def List(self, _request: HealthListRequest, _context: grpc.aio.ServicerContext) -> HealthListResponse:
        """The status of each."""
        return HealthListResponse(statuses={n: HealthCheckResponse(status=self._status) for n in self._names})

    async def Watch(
        self, request: HealthCheckRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[HealthCheckResponse]:
        """The status now and each other one after it; ends with UNAVAILABLE when the server stops."""
        told = None
        while True:
            changed = self._changed
            status = self._status if request.service in self._names else Status.SERVICE_UNKNOWN
            if status != told:
                yield HealthCheckResponse(status=status)
                told = status
            elif self._stopping.is_set():
                await context.abort(grpc.StatusCode.UNAVAILABLE, "the server is stopping")
            else:
                await changed.wait()
