"""What the application tells whoever watches it. Every method returns at once and raises nothing."""

from __future__ import annotations

from typing import Protocol

from pointsman_learner.events import EpisodeRecorded

from pointsman_service.domain.conditions import Condition
from pointsman_service.domain.requests import Caller
from pointsman_service.errors import PointsmanError


class Observer(Protocol):
    """Logs, metrics and spans hang here."""

    def episode(self, method: str, caller: Caller, episode: EpisodeRecorded, seconds: float) -> None:
        """An episode is in the log, for the caller who asked. seconds: since the request arrived."""

    def refused(self, method: str, caller: Caller, error: PointsmanError, seconds: float) -> None:
        """A request ended with an error."""

    def feedback(self, source: str, value: float, model: str | None = None, tenant: str = "") -> None:
        """A feedback is in the log; value in [0, 1]. model: whose answer it is about, None where nobody knows."""

    def breaker(self, model: str, deployment: str | None, is_open: bool, why: str) -> None:
        """Calls of a model's deployment (None: its one place) are left out from now on, or made again.

        why: the kind of failure that opened it.
        """

    def snapshot(self, version: int) -> None:
        """Another snapshot decides now."""

    def snapshot_refused(self, version: int, why: str) -> None:
        """A snapshot could not be read; the last good one stays."""

    def condition(self, condition: Condition, holds: bool, why: str = "") -> None:
        """Something that an operator should hear of holds, or no longer. May be told again and again: it is said once.

        >>> from pointsman_service.domain.conditions import Kind
        >>> NoObserver().condition(Condition.of(Kind.LOG_UNWRITABLE), True, "disk full")
        """

    def admission_refused(self, limit: str, whose: str) -> None:
        """A request was refused at the door. limit: which was reached ("concurrency"); whose: "key:ci", "service"."""

    def stranger(self, why: str) -> None:
        """A request came without a valid key or token. why: in words, without the credential."""


class NoObserver:
    """Watches nothing."""

    def episode(self, method: str, caller: Caller, episode: EpisodeRecorded, seconds: float) -> None:
        """See Observer."""

    def refused(self, method: str, caller: Caller, error: PointsmanError, seconds: float) -> None:
        """See Observer."""

    def feedback(self, source: str, value: float, model: str | None = None, tenant: str = "") -> None:
        """See Observer."""

    def breaker(self, model: str, deployment: str | None, is_open: bool, why: str) -> None:
        """See Observer."""

    def snapshot(self, version: int) -> None:
        """See Observer."""

    def snapshot_refused(self, version: int, why: str) -> None:
        """See Observer."""

    def condition(self, condition: Condition, holds: bool, why: str = "") -> None:
        """See Observer."""

    def admission_refused(self, limit: str, whose: str) -> None:
        """See Observer."""

    def stranger(self, why: str) -> None:
        """See Observer."""
