"""Lines on stderr: how they look, and which of them the application's observer writes."""

from __future__ import annotations

import os
import sys
from collections import deque
from typing import TYPE_CHECKING

from pointsman_learner.events import EpisodeRecorded

from pointsman_service.domain.conditions import Condition, Kind
from pointsman_service.domain.requests import Caller
from pointsman_service.errors import PointsmanError
from pointsman_service.observability.changes_told import Changes, ChangesTold
from pointsman_service.observability.log_level import configured_level, in_colour, is_debug
from pointsman_service.observability.noticing import Noticing
from pointsman_service.observability.pulses import Pulses
from pointsman_service.observability.quoting import without_quotes
from pointsman_service.observability.redacted_lines import without_keys
from pointsman_service.observability.structured_log import structlog

if TYPE_CHECKING:
    # A type here: who only logs loads no configuration.
    from pointsman_service.config.sections import ObservabilitySection

Logger = structlog.stdlib.BoundLogger
MOST_REFUSED = 20
"""Snapshots that could not be read, of which the end is told: as many as a start tries."""


def configure_logging(settings: ObservabilitySection) -> None:
    """Send structlog's lines to stderr, as JSON or for people. Raises ConfigurationError nowhere: it was validated."""
    human = settings.log_format == "console"
    renderer = (
        structlog.dev.ConsoleRenderer(colors=in_colour(sys.stderr, os.environ))
        if human
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            without_quotes,
            structlog.processors.format_exc_info,
            without_keys,
            renderer,
        ],
        # Looked up at each line: whoever replaces sys.stderr (a test, a supervisor's redirection) gets the lines, and
        # no logger keeps a file that was closed since. The line and its end are written together: several processes
        # write to one stderr.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    configured_level(settings.log_level)


class LogObserver:
    """A line for each thing that changes, as `changes` tells it; lines of single requests at debug level only."""

    def __init__(self, *, debug: bool, changes: Changes | None = None) -> None:
        """changes: where conditions are told; without it, here and at once."""
        self._log: Logger = structlog.get_logger("pointsman")
        self._debug = debug
        self._changes = changes or ChangesTold(settles_s=0.0)
        self._noticing = Noticing(self._changes)
        self._pulses = Pulses(self._changes)
        self._refused: deque[Condition] = deque(maxlen=MOST_REFUSED)

    def episode(self, method: str, caller: Caller, episode: EpisodeRecorded, seconds: float) -> None:
        """One debug line; and what it says of log and judges."""
        self._noticing.episode(method, caller, episode, seconds)
        if self._debug or is_debug():
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
        """One debug line, with the error's facts: whoever asks for nonsense must not fill the log."""
        self._noticing.refused(method, caller, error, seconds)
        if self._debug or is_debug():
            reason = type(error).__name__
            ms = round(seconds * 1e3, 1)
            self._log.debug("refused", method=method, tenant=caller.tenant, reason=reason, why=str(error), ms=ms)

    def feedback(self, source: str, value: float, model: str | None = None, tenant: str = "") -> None:
        """One debug line."""
        if self._debug or is_debug():
            self._log.debug("feedback", source=source, value=value, model=model, tenant=tenant)

    def breaker(self, model: str, deployment: str | None, is_open: bool, why: str) -> None:
        """One line for each change. A refused key has words of its own: somebody has to mend that."""
        refused, down = (Condition.of(k, model=model, deployment=deployment) for k in _BREAKER)
        if not is_open:
            for condition in (refused, down):
                self._changes.heard(condition, False, why)
        else:
            self._changes.heard(refused if why == "auth" else down, True, why)

    def snapshot(self, version: int) -> None:
        """One debug line; what could not be read before is over."""
        if self._debug or is_debug():
            self._log.debug("snapshot swapped", version=version)
        for condition in (*self._refused, Condition.of(Kind.SNAPSHOT_FORMAT)):
            self._changes.heard(condition, False, "")
        self._refused.clear()

    def snapshot_refused(self, version: int, why: str) -> None:
        """One error line for each version, and one when a snapshot is taken again: the last good one stays."""
        condition = Condition.of(Kind.SNAPSHOT_REFUSED, version=str(version))
        self._refused.append(condition)
        self._changes.heard(condition, True, why)

    def condition(self, condition: Condition, holds: bool, why: str = "") -> None:
        """A line where it begins, and one where it has ended."""
        self._changes.heard(condition, holds, why)

    def admission_refused(self, limit: str, whose: str) -> None:
        """A line while that goes on, and one when it has ended; one debug line for each."""
        self._pulses.beat(Condition.of(Kind.LIMIT_REACHED, limit=limit, whose=whose), "")
        if self._debug or is_debug():
            self._log.debug("refused at the door", limit=limit, whose=whose)

    def stranger(self, why: str) -> None:
        """A line while they come, however many, and one when none came for a while."""
        self._pulses.beat(_STRANGERS, why)


_STRANGERS = Condition.of(Kind.STRANGERS)
_BREAKER = (Kind.KEY_REFUSED, Kind.BREAKER_OPEN)
