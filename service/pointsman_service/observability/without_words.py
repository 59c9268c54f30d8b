"""An observer for where texts may not be kept: neither spans nor lines hear what an error or a verdict quotes."""

from __future__ import annotations

import os

from pointsman_learner.events import EpisodeRecorded

from pointsman_service.domain.requests import Caller
from pointsman_service.domain.withheld import SECRET_BYTES, episode_without_words, error_without_words
from pointsman_service.errors import PointsmanError
from pointsman_service.observability.watching import Observers
from pointsman_service.ports import Observer


class WithoutWords(Observers):
    """Tells an observer everything but words."""

    def __init__(self, observer: Observer) -> None:
        super().__init__([observer])

    def episode(self, method: str, caller: Caller, episode: EpisodeRecorded, seconds: float) -> None:
        """Without what errors and verdicts quote."""
        super().episode(method, caller, episode_without_words(episode, os.urandom(SECRET_BYTES)), seconds)

    def refused(self, method: str, caller: Caller, error: PointsmanError, seconds: float) -> None:
        """The error's class and facts."""
        super().refused(method, caller, error_without_words(error), seconds)
