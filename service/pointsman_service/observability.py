"""What the process tells the outside: structlog lines, Prometheus metrics, OpenTelemetry spans. Cheap when off.

Spans are made when an episode is over, from the times it recorded, so that the request path carries none of them.
Their names and attributes are OpenTelemetry's for generative AI (gen_ai.*), under "pointsman.*" where there is none.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pointsman_learner.events import EpisodeRecorded

from pointsman_service.application.observer import Observer
from pointsman_service.config_sections import ObservabilitySection
from pointsman_service.domain import ModelConfig
from pointsman_service.errors import PointsmanError
from pointsman_service.structured_log import structlog

if TYPE_CHECKING:
    from pointsman_service.metrics import Metrics

Logger = structlog.stdlib.BoundLogger


def configure_logging(settings: ObservabilitySection) -> None:
    """Send structlog's lines to stderr, as JSON or for people."""
    human = settings.log_format == "console"
    renderer = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if human else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


class Observers:
    """Several observers as one."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)

    def episode(self, method: str, episode: EpisodeRecorded, seconds: float) -> None:
        """Tell each."""
        for o in self._observers:
            o.episode(method, episode, seconds)

    def refused(self, method: str, tenant: str, error: PointsmanError, seconds: float) -> None:
        """Tell each."""
        for o in self._observers:
            o.refused(method, tenant, error, seconds)

    def feedback(self, source: str, value: float) -> None:
        """Tell each."""
        for o in self._observers:
            o.feedback(source, value)

    def snapshot(self, version: int) -> None:
        """Tell each."""
        for o in self._observers:
            o.snapshot(version)

    def snapshot_refused(self, version: int, why: str) -> None:
        """Tell each."""
        for o in self._observers:
            o.snapshot_refused(version, why)


class LogObserver:
    """A line for what an operator should see; an episode's own line at debug level only."""

    def __init__(self, *, debug: bool) -> None:
        self._log: Logger = structlog.get_logger("pointsman")
        self._debug = debug

    def episode(self, method: str, episode: EpisodeRecorded, seconds: float) -> None:
        """One debug line."""
        if self._debug:
            self._log.debug(
                "episode",
                method=method,
                episode_id=episode.episode_id,
                tenant=episode.tenant,
                models=[s.model for s in episode.steps] or [episode.decision.model],
                stop=episode.stop,
                cost_usd=episode.cost_usd,
                ms=round(seconds * 1e3, 1),
            )

    def refused(self, method: str, tenant: str, error: PointsmanError, seconds: float) -> None:
        """One line, with the error's facts."""
        reason = type(error).__name__
        self._log.info(
            "refused", method=method, tenant=tenant, reason=reason, why=str(error), ms=round(seconds * 1e3, 1)
        )

    def feedback(self, source: str, value: float) -> None:
        """One debug line."""
        if self._debug:
            self._log.debug("feedback", source=source, value=value)

    def snapshot(self, version: int) -> None:
        """One debug line."""
        self._log.debug("snapshot swapped", version=version)

    def snapshot_refused(self, version: int, why: str) -> None:
        """One error line: the last good snapshot stays."""
        self._log.error("snapshot refused, the last good one stays", version=version, why=why)


@dataclass(frozen=True, slots=True)
class Watching:
    """observer: what the application tells; metrics: where they are on, for what the application does not know."""

    observer: Observer
    metrics: Metrics | None


def watching_of(settings: ObservabilitySection, models: Mapping[str, ModelConfig]) -> Watching:
    """What the settings ask for; imports what is on only."""
    observers: list[Observer] = [LogObserver(debug=settings.log_level == "debug")]
    metrics: Metrics | None = None
    if settings.prometheus_port is not None:
        from pointsman_service.metrics import Metrics  # noqa: PLC0415 - only where metrics are on

        metrics = Metrics()
        observers.append(metrics)
    if settings.otel != "off":
        from pointsman_service.spans import Spans, tracer_of  # noqa: PLC0415 - only where spans are on

        observers.append(Spans(tracer_of(settings.otel, settings.otlp_endpoint), models))
    return Watching(observers[0] if len(observers) == 1 else Observers(observers), metrics)
