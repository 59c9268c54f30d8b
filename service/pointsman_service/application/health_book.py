"""What is known of each part's health in this process, and who is told when it changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pointsman_service.domain.health import HealthState, PartHealth, overall


class HealthBook:
    """now: seconds since the epoch."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._parts: dict[str, PartHealth] = {}
        self._listeners: list[Callable[[PartHealth], None]] = []

    @property
    def parts(self) -> Sequence[PartHealth]:
        """All of them, in the order in which they were first told of."""
        return tuple(self._parts.values())

    @property
    def state(self) -> HealthState:
        """The worst of all parts' states."""
        return overall(self.parts)

    def listen(self, listener: Callable[[PartHealth], None]) -> None:
        """Tell this one of each part, now and whenever its state changes."""
        self._listeners.append(listener)
        for part in self.parts:
            listener(part)

    def tell(self, part: str, state: HealthState, why: str = "") -> None:
        """How a part does now. The same state again is no change, whatever its words."""
        before = self._parts.get(part)
        if before is not None and before.state is state:
            self._parts[part] = replace(before, why=why)
            return
        self._parts[part] = now = PartHealth(part, state, why, self._now())
        for listener in self._listeners:
            listener(now)
