"""GET /metrics, for operators: what the processes that serve have counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pointsman_service.errors import Fault, InvalidRequest
from pointsman_service.http.answers import Answer, Whole
from pointsman_service.http.endpoints import Asked

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class MetricsEndpoint:
    """exposed: Prometheus's text, None where nothing is counted."""

    exposed: Callable[[], bytes] | None

    async def __call__(self, _asked: Asked) -> Answer:
        """The text. Raises InvalidRequest where metrics are off."""
        if self.exposed is None:
            why = "nothing is counted: set [observability] prometheus_port, or otel"
            raise InvalidRequest([("path", why)], Fault.NOT_ALLOWED)
        return Whole(await asyncio.to_thread(self.exposed), content_type=CONTENT_TYPE)
