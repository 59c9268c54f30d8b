"""The trials that are under way: what each candidate would have earned, what is earned, and whether that has fallen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pointsman_learner.estimates import Estimates
from pointsman_learner.evaluation.advantage import Advantage
from pointsman_learner.evaluation.candidates import FrozenCandidates
from pointsman_learner.evaluation.earned import Earned, Shortfall
from pointsman_learner.evaluation.table import Told
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.hyperparameters import H

COPIES = 2
"""Of the estimates: one that is being used up, and the newer one that decisions still wait for."""


@dataclass(slots=True)
class Record:
    """copies: of the estimates, newest last; advantages: by opinion; earned: under the opinion in force.

    fallen: whether that is less than before the last promotion, None where nothing was promoted; before: the opinion
    that was in force then. round: of trials, from 1. newest: seconds since the epoch, of the newest episode. known: ids
    of episodes that have counted, newest last. surprise: mean of what first calls earned beyond what was foretold of
    them (further calls and judges are no part of that), over so many.
    """

    copies: list[FrozenCandidates] = field(default_factory=list)
    advantages: dict[str, Advantage] = field(default_factory=dict)
    earned: Earned = field(default_factory=Earned)
    fallen: Shortfall | None = None
    before: str | None = None
    round: int = 1
    newest: float = float("-inf")
    rewarded: int = 0
    known: dict[str, None] = field(default_factory=dict)
    surprise: tuple[float, int] = (0.0, 0)

    def __setstate__(self, state: tuple[None, dict[str, Any]]) -> None:
        """Of a checkpoint. Until format 5 it kept decisions that estimates had learnt from: the trials begin anew."""
        Record.__init__(self)
        told = state[1]
        for name in () if "decisions" in told else told:
            setattr(self, name, told[name])

    def see(self, episode: EpisodeRecorded) -> None:
        """An episode is about to be learnt from."""
        self.newest = max(self.newest, episode.at)

    def add(self, episode: EpisodeRecorded, value: float, e: Estimates) -> None:
        """One decision has earned this quality, at what its episode cost. Only the first word on it counts."""
        if episode.episode_id in self.known:
            return
        self._remember(episode.episode_id)
        self.rewarded += 1
        self._value(episode, value)
        if self.copies[-1].valued >= H.promote_freeze if self.copies else self.rewarded >= H.promote_freeze:
            self.copies = [*self.copies[1 - COPIES :], FrozenCandidates.of(e, self.newest)]

    def begin(self, e: Estimates, before: tuple[str, float] | None) -> None:
        """A new round, of decisions from now on. before: the opinion until now, and what it earned at the least."""
        self.copies = [FrozenCandidates.of(e, self.newest)]
        self.advantages, self.earned = {}, Earned()
        self.before, self.fallen = (None, None) if before is None else (before[0], Shortfall(before[1]))
        self.round += 1

    def digest(self) -> bytes:
        """Of all of it, for the learner's."""
        told = [(name, a.n, a.total, a.bets.log_capital.tolist()) for name, a in self.advantages.items()]
        earned = (self.earned.n, self.earned.total, self.earned.foretold, self.earned.above.log_capital.tolist())
        fallen = self.fallen and (self.fallen.floor, self.fallen.total, self.fallen.below.log_capital.tolist())
        copies = [(c.since, c.valued, hashlib.sha256(c.payload).hexdigest()) for c in self.copies]
        rest = (self.before, self.round, self.newest, self.rewarded, list(self.known), self.surprise)
        return repr((told, earned, fallen, copies, rest)).encode()

    def _remember(self, episode_id: str) -> None:
        self.known[episode_id] = None
        if len(self.known) > H.promote_known:
            del self.known[next(iter(self.known))]

    def _value(self, episode: EpisodeRecorded, value: float) -> None:
        decision = episode.decision
        copy = next((c for c in reversed(self.copies) if episode.at > c.since), None)
        predictions = decision.predictions
        taken = next((i for i, p in enumerate(predictions) if p.model == decision.model and p.propensity > 0.0), None)
        if copy is None or taken is None:
            return
        utility = value - decision.cost_weight * Told(episode).spent_usd
        mean, n = self.surprise
        foretold = np.array([p.quality - decision.cost_weight * p.cost_usd for p in predictions])
        logged = np.array([p.propensity for p in predictions])
        for name, wanted in copy.wanted(episode).items():
            self.advantages.setdefault(name, Advantage()).add(logged, wanted, foretold + mean, taken, utility)
        self.surprise = (mean + (utility - float(foretold[taken]) - mean) / (n + 1), n + 1)
        self.earned.add(utility)
        if self.fallen is not None:
            self.fallen.add(utility)
        copy.valued += 1
