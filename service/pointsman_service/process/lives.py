"""How a child does over its lives: running, getting ready, gone, or ending again and again."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OFTEN = 3  # ends within
WITHIN_S = 300.0  # seconds make a child that is looping: the pauses between its lives grow to half a minute
STEADY_S = 30.0
"""Of one life, after which the ends before it tell nothing any more: so long a part has earned short pauses again."""

IN_ORDER_S = 3.0
"""After an end in order, until it is told: whoever stops all processes of a service may reach this one first."""


@dataclass(frozen=True, slots=True)
class ChildHealth:
    """well: whether it runs and says so. why: what is wrong, empty where nothing is. facts: what it said last."""

    well: bool
    why: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_facts(self) -> dict[str, Any]:
        """In JSON types; `of_facts` is the inverse."""
        return {"well": self.well, "why": self.why, "facts": dict(self.facts)}

    @classmethod
    def of_facts(cls, said: Mapping[str, Any]) -> ChildHealth:
        """What `as_facts` made."""
        return cls(bool(said["well"]), str(said["why"]), dict(said["facts"]))


class Lives:
    """What happened to one child. All times in monotonic seconds."""

    def __init__(self) -> None:
        self._ends: deque[float] = deque(maxlen=100)
        self._ready_at: float | None = None
        self._gone_from: float | None = None
        self._why = ""

    def ready(self, now: float) -> None:
        """It runs."""
        self._ready_at, self._gone_from, self._why = now, None, ""

    def killed(self, why: str) -> None:
        """It was, and for what reason; its end follows."""
        self._why = why

    def ended(self, now: float, *, in_order: bool = False) -> None:
        """One life is over. in_order: it ended itself, with code 0."""
        self._ends.append(now)
        self._ready_at, self._gone_from = None, now + (IN_ORDER_S if in_order else 0.0)

    def health(self, now: float, facts: Mapping[str, Any], quiet_s: float) -> ChildHealth:
        """How it does. quiet_s: for how long it has been silent, where that is long."""
        recent = sum(now - at < WITHIN_S for at in self._ends)
        steady = self._ready_at is not None and now - self._ready_at > STEADY_S
        if recent >= OFTEN and not steady:
            return ChildHealth(
                False, f"it ended {recent} times within {WITHIN_S / 60:.0f} minutes; its log lines say why"
            )
        if self._gone_from is not None and now >= self._gone_from:
            return ChildHealth(False, f"it ended{f' ({self._why})' if self._why else ''} and is started again")
        if quiet_s > 0.0:
            return ChildHealth(False, f"no sign of life for {quiet_s:.1f} s", facts)
        return ChildHealth(True, "", facts)
