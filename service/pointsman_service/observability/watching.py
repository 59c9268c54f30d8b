"""Who watches: the observers that the settings ask for, as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pointsman_learner.events import EpisodeRecorded

from pointsman_service.domain import ModelConfig
from pointsman_service.domain.conditions import Condition
from pointsman_service.domain.requests import Caller
from pointsman_service.errors import PointsmanError
from pointsman_service.observability.changes_told import Changes
from pointsman_service.observability.log_lines import LogObserver
from pointsman_service.ports import Observer

if TYPE_CHECKING:
    # A type here: who only logs loads no configuration.
    from pointsman_service.config.sections import ObservabilitySection
    from pointsman_service.observability.metrics import Metrics


class Observers:
    """Several observers as one."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)

    def episode(self, method: str, caller: Caller, episode: EpisodeRecorded, seconds: float) -> None:
        """Tell each."""
        for o in self._observers:
            o.episode(method, caller, episode, seconds)

    def refused(self, method: str, caller: Caller, error: PointsmanError, seconds: float) -> None:
        """Tell each."""
        for o in self._observers:
            o.refused(method, caller, error, seconds)

    def feedback(self, source: str, value: float, model: str | None = None, tenant: str = "") -> None:
        """Tell each."""
        for o in self._observers:
            o.feedback(source, value, model, tenant)

    def breaker(self, model: str, deployment: str | None, is_open: bool, why: str) -> None:
        """Tell each."""
        for o in self._observers:
            o.breaker(model, deployment, is_open, why)

    def snapshot(self, version: int) -> None:
        """Tell each."""
        for o in self._observers:
            o.snapshot(version)

    def snapshot_refused(self, version: int, why: str) -> None:
        """Tell each."""
        for o in self._observers:
            o.snapshot_refused(version, why)

    def condition(self, condition: Condition, holds: bool, why: str = "") -> None:
        """Tell each."""
        for o in self._observers:
            o.condition(condition, holds, why)

    def admission_refused(self, limit: str, whose: str) -> None:
        """Tell each."""
        for o in self._observers:
            o.admission_refused(limit, whose)

    def stranger(self, why: str) -> None:
        """Tell each."""
        for o in self._observers:
            o.stranger(why)


@dataclass(frozen=True, slots=True)
class Watching:
    """observer: what the application tells; metrics: where they are on, for what the application does not know."""

    observer: Observer
    metrics: Metrics | None


def counts(settings: ObservabilitySection) -> bool:
    """Whether anything is counted: somebody scrapes it, or it is sent away."""
    return settings.prometheus_port is not None or settings.otel == "otlp"


def watching_of(
    settings: ObservabilitySection,
    models: Mapping[str, ModelConfig],
    changes: Changes | None = None,
    metrics: Metrics | None = None,
) -> Watching:
    """What the settings ask for; imports what is on only.

    changes: hears of conditions; without it, lines are written at once. metrics: to count in, else new ones.
    """
    observers: list[Observer] = [LogObserver(debug=settings.log_level == "debug", changes=changes)]
    if counts(settings):
        from pointsman_service.observability.metrics import Metrics  # noqa: PLC0415 - only where metrics are on

        metrics = metrics or Metrics()
        observers.append(metrics)
    if settings.otel != "off":
        from pointsman_service.observability.spans import Spans, tracer_of  # noqa: PLC0415 - only where spans are on

        observers.append(Spans(tracer_of(settings.otel, settings.otlp_endpoint), models))
    return Watching(observers[0] if len(observers) == 1 else Observers(observers), metrics)
