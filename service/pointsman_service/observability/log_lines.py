"""Lines on stderr: how they look, and which of them the application's observer writes."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from pointsman_learner.events import EpisodeRecorded

from pointsman_service.domain.requests import Caller
from pointsman_service.errors import PointsmanError
from pointsman_service.observability.redacted_lines import without_keys
from pointsman_service.observability.structured_log import structlog

if TYPE_CHECKING:
    # A type here: who only logs loads no configuration.
    from pointsman_service.config.sections import ObservabilitySection

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
            without_keys,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level.upper()]),
        # Looked up at each line: whoever replaces sys.stderr (a test, a supervisor's redirection) gets the lines, and
        # no logger keeps a file that was closed since.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


class LogObserver:
    """A line for what an operator should see; an episode's own line at debug level only."""

    def __init__(self, *, debug: bool) -> None:
        self._log: Logger = structlog.get_logger("pointsman")
        self._debug = debug

    def episode(self, method: str, caller: Caller, episode: EpisodeRecorded, seconds: float) -> None:
        """One debug line."""
        if self._debug:
            self._log.debug(
                "episode",
                method=method,
                episode_id=episode.episode_id,
                tenant=caller.tenant,
                models=[s.model for s in episode.steps] or [episode.decision.model],
                stop=episode.stop,
                cost_usd=episode.cost_usd,
                ms=round(seconds * 1e3, 1),
            )

    def refused(self, method: str, caller: Caller, error: PointsmanError, seconds: float) -> None:
        """One line, with the error's facts."""
        reason = type(error).__name__
        self._log.info(
            "refused", method=method, tenant=caller.tenant, reason=reason, why=str(error), ms=round(seconds * 1e3, 1)
        )

    def feedback(self, source: str, value: float) -> None:
        """One debug line."""
        if self._debug:
            self._log.debug("feedback", source=source, value=value)

    def breaker(self, model: str, deployment: str | None, is_open: bool, why: str) -> None:
        """One line for each change: a warning where it opens."""
        where = {} if deployment is None else {"deployment": deployment}
        if is_open:
            self._log.warning("breaker open: not called but for probes", model=model, **where, why=why)
        else:
            self._log.info("breaker closed: it answers again", model=model, **where)

    def snapshot(self, version: int) -> None:
        """One debug line."""
        self._log.debug("snapshot swapped", version=version)

    def snapshot_refused(self, version: int, why: str) -> None:
        """One error line: the last good snapshot stays."""
        self._log.error("snapshot refused, the last good one stays", version=version, why=why)
