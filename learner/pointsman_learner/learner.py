"""The learner: a fold over events, and the snapshots that routers decide with."""

from __future__ import annotations

import hashlib
import pickle
from typing import Self

from pointsman_learner.events import BudgetPut, EpisodeRecorded, Event, FeedbackRecorded, JobApplied, ModelPut
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.words import Model

JOBS = ("rebuild_statistics", "recalibrate", "grow_taxonomy", "promote")


class Learner:
    """Mutable state; depends on nothing but the events applied, in their order."""

    def __init__(self, settings: LearnerSettings = LearnerSettings()) -> None:  # noqa: B008 - frozen
        self.settings = settings
        self._models: dict[str, Model] = {}
        self._wins: dict[str, list[float]] = {}
        self._cost: dict[str, list[float]] = {}
        self._events = 0

    def apply_one(self, event: Event, episode: EpisodeRecorded | None = None) -> None:
        """Learn from one event; `episode` is the one that feedback or an outcome is about."""
        self._events += 1
        if isinstance(event, ModelPut):
            self._models[event.model.name] = event.model
        elif isinstance(event, EpisodeRecorded):
            for s in event.steps:
                c = self._cost.setdefault(s.model, [0.0, 0.0])
                c[0] += s.cost_usd
                c[1] += 1
        elif isinstance(event, FeedbackRecorded) and episode is not None and episode.answer is not None:
            w = self._wins.setdefault(episode.steps[episode.answer].model, [0.0, 0.0])
            w[0] += event.value
            w[1] += 1

    def snapshot(self) -> Snapshot:
        """The picture that routers swap in."""
        models = tuple(self._models.values())
        wins = [self._wins.get(m.name, [0.0, 0.0]) for m in models]
        cost = [self._cost.get(m.name, [0.0, 0.0]) for m in models]
        return Snapshot(
            0,
            models,
            tuple((w[0] + 1) / (w[1] + 2) for w in wins),
            tuple((c[0] + 1e-3) / (c[1] + 1) for c in cost),
            {},
            self.settings.default_cost_weight,
        )

    def propose(self, job: str, at: float) -> JobApplied | None:
        """What a job would change, None where nothing. Raises KeyError for an unknown job."""
        if job not in JOBS:
            raise KeyError(job)
        return None

    def to_bytes(self) -> bytes:
        """A checkpoint of the whole state."""
        return pickle.dumps((self.settings, self._models, self._wins, self._cost, self._events))

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        """Inverse of `to_bytes`."""
        settings, models, wins, cost, events = pickle.loads(payload)
        self = cls(settings)
        self._models, self._wins, self._cost, self._events = models, wins, cost, events
        return self

    def digest(self) -> str:
        """Hex sha256 of the state."""
        return hashlib.sha256(self.to_bytes()).hexdigest()
