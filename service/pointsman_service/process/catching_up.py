"""Tells how far a long catching up is: a line when it has lasted a while, then one every ten seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from pointsman_service.observability.structured_log import structlog

FIRST_LINE_S = 3.0  # a start that takes less says only that it learns
LINES_S = 10.0

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


@dataclass(slots=True)
class Progress:
    """From a position to an end. began_at: monotonic seconds."""

    position: int
    end: int
    began_at: float
    _line_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._line_at = self.began_at + FIRST_LINE_S

    def tell(self, position: int, now: float) -> None:
        """Where it is now; a line where it is time for one."""
        if now < self._line_at:
            return
        self._line_at = now + LINES_S
        per_s = (position - self.position) / (now - self.began_at)
        left_s = round((self.end - position) / per_s) if per_s > 0.0 else None
        _log.info("catching up", position=position, end=self.end, events_per_s=round(per_s), left_s=left_s)
