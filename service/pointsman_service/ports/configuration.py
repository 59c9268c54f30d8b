"""What is in force, kept with the log: a fold of it that every process reads, and the only way to change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pointsman_learner.events import ConfigurationDeclared, Event, OperatorActed

from pointsman_service.domain.configuration import InForce, Layers
from pointsman_service.domain.operations import ConfigValue


class Overtaken(Exception):  # noqa: N818 - named for the fact
    """Another process was quicker: compute the change again from what is in force now. Never reaches a caller."""


@dataclass(frozen=True, slots=True)
class Acted:
    """The event is in the log at `position`. replayed: its request_id was known, and nothing was appended."""

    position: int
    replayed: bool = False


class ConfigurationStore(Protocol):
    """Both layers of the configuration. `version` and `read` block for one look; the others wait for their commit."""

    def version(self) -> int:
        """Position of the last event that changed anything; cheap enough to poll."""

    def read(self) -> Layers:
        """Both layers, as of one version."""

    def history(self) -> Sequence[tuple[int, OperatorActed | ConfigurationDeclared]]:
        """Every event of both kinds with its position, in the log's order. Raises LogUnavailable."""

    def acted(self, request_id: str, fingerprint: str, method: str) -> int | None:
        """Position of the operator's action of this id, None for a new one. Raises RequestConflict for another's id."""

    async def act(self, event: OperatorActed, taught: Sequence[Event], version: int) -> Acted:
        """Append an operator's action with what it teaches the learner: all or nothing.

        version: that it was computed from. Raises Overtaken, RequestConflict, LogUnavailable.
        """

    async def declare(self, event: ConfigurationDeclared, taught: Sequence[Event], version: int) -> int:
        """Append a start's declaration likewise; its position. Raises Overtaken, LogUnavailable."""

    async def teach(self, events: Sequence[Event], version: int) -> None:
        """Append what follows from the configuration of that version, likewise. Raises Overtaken, LogUnavailable."""

    async def rebuild(self) -> None:
        """Fold the log anew, in place of what is kept."""


class ConfigurationRules(Protocol):
    """What may be in force together, and what follows from it."""

    def in_force(self, layers: Layers) -> InForce:
        """The entries in force. Raises domain.configuration.Refused."""

    def taught(self, before: InForce, after: InForce, at: float) -> Sequence[Event]:
        """The events that tell the learner of the difference."""

    def shown(self, now: InForce) -> Sequence[ConfigValue]:
        """Every value in force with its origin, by key."""
