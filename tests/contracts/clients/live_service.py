"""A service as a process of its own, on ports that stay the same, so that it can be killed and come back."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

from pointsman_service.config import parse
from pointsman_service.demo.processes import free_port

from .nursery import Nursery, Started


class LiveService:
    """Start it with `start`; address and admin_address hold for every start. sections: of the configuration."""

    def __init__(self, sections: dict[str, Any], folder: Path, nursery: Nursery) -> None:
        ports = {"server": free_port(), "admin": free_port()}
        folder.mkdir(parents=True, exist_ok=True)
        self._errors, self._nursery = folder / "stderr", nursery
        settings = parse(
            {
                "observability": {"log_level": "error"},
                "learner": {"enabled": False},
                **sections,
                "storage": {"folder": str(folder / "data"), **sections.get("storage", {})},
                "server": {"port": ports["server"], "grace_s": 5.0, "drain_s": 0.1, **sections.get("server", {})},
                "admin": {"port": ports["admin"], **sections.get("admin", {})},
            }
        )
        self._settings = json.loads(settings.model_dump_json())
        self.address, self.admin_address = (f"127.0.0.1:{port}" for port in ports.values())
        self._started: Started | None = None

    @property
    def pid(self) -> int:
        """Of the process that serves now."""
        return self._there().pid

    async def start(self) -> None:
        """Until it serves. Raises RuntimeError with what it said where it does not."""
        self._started = await self._nursery.start(self._settings, self._errors)

    async def kill(self) -> None:
        """As `kill -9` does it."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM, and wait for its end."""
        await self._end(signal.SIGTERM)

    async def pause(self) -> None:
        """SIGSTOP: it holds its connections and does nothing."""
        self._there().send(signal.SIGSTOP)

    async def resume(self) -> None:
        """SIGCONT."""
        self._there().send(signal.SIGCONT)

    async def close(self) -> None:
        """Gone, whatever state it is in."""
        if self._started is not None:
            await self.kill()

    async def _end(self, number: signal.Signals) -> None:
        started, self._started = self._there(), None
        started.send(number)
        await started.ended()

    def _there(self) -> Started:
        if self._started is None:
            raise RuntimeError("there is no service to send that to")
        return self._started
