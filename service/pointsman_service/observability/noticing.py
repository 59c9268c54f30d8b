"""What requests tell of the service, by an observer that draws conclusions: the log takes nothing, a judge fails."""

from __future__ import annotations

from pointsman_learner.events import EpisodeRecorded

from pointsman_service.domain.conditions import Condition, Kind
from pointsman_service.domain.requests import Caller
from pointsman_service.errors import LogUnavailable, PointsmanError
from pointsman_service.observability.changes_told import Changes
from pointsman_service.observability.episode_figures import verdict_outcome
from pointsman_service.ports import NoObserver

FADES = 0.1
"""Weight of the newest verdict in a judge's share of failures: about its last ten count."""
FAILING, WELL = 0.5, 0.2
"""Shares at which a judge fails (seven in a row after a good time) and does well again; apart, so that none flaps."""

_UNWRITABLE = Condition.of(Kind.LOG_UNWRITABLE)


class Noticing(NoObserver):
    """Tells `changes` what it concludes."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._unwritable = False
        self._share: dict[str, float] = {}
        self._failing: set[str] = set()

    def episode(self, method: str, caller: Caller, episode: EpisodeRecorded, seconds: float) -> None:  # noqa: ARG002 - an observer's signature
        """It is in the log, so that can be written; and its verdicts say how judges do."""
        if self._unwritable:
            self._unwritable = False
            self._changes.heard(_UNWRITABLE, False, "")
        for step in episode.steps:
            for verdict in step.verdicts:
                outcome = verdict_outcome(verdict)
                if outcome != "silent":
                    self._heard_of(verdict.judge, failed=outcome == "failed", why=verdict.error or "")

    def refused(self, method: str, caller: Caller, error: PointsmanError, seconds: float) -> None:  # noqa: ARG002 - an observer's signature
        """Of the log's refusals there is one line, and one when it takes an episode again."""
        if isinstance(error, LogUnavailable):
            self._unwritable = True
            self._changes.heard(_UNWRITABLE, True, str(error))

    def _heard_of(self, judge: str, *, failed: bool, why: str) -> None:
        share = (1.0 - FADES) * self._share.get(judge, 0.0) + FADES * failed
        self._share[judge] = share
        if judge not in self._failing and share >= FAILING:
            self._failing.add(judge)
            # The word alone: what follows may quote what a model wrote.
            self._changes.heard(Condition.of(Kind.JUDGE_FAILING, judge=judge), True, why.partition(":")[0])
        elif judge in self._failing and share <= WELL:
            self._failing.discard(judge)
            self._changes.heard(Condition.of(Kind.JUDGE_FAILING, judge=judge), False, "")
