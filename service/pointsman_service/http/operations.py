"""GET /healthz, /readyz: whether the process answers, and whether calls should be sent here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pointsman_service.domain.health import HealthState, PartHealth, overall
from pointsman_service.http.answers import Answer, json_answer
from pointsman_service.http.endpoints import Asked


@dataclass(slots=True)
class Operations:
    """parts: how each does now. stopping: once set, no more calls should come."""

    parts: Callable[[], Sequence[PartHealth]]
    stopping: bool = field(default=False)

    async def healthz(self, _asked: Asked) -> Answer:
        """That the process answers."""
        return json_answer({"status": "ok"})

    async def readyz(self, _asked: Asked) -> Answer:
        """Whether calls should be sent here, and how each part does; in words that tell nothing of what is served."""
        parts = self.parts()
        ready = not self.stopping and overall(parts) is not HealthState.NOT_SERVING
        told = {"status": "ready" if ready else "not ready", "parts": {p.part: p.state.name.lower() for p in parts}}
        return json_answer(told, status=200 if ready else 503)
