"""The learner: a fold over events into estimates, and the policies that are made of them."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Sequence
from typing import Self

from pointsman_learner.estimates import Estimates
from pointsman_learner.evaluation.trials import Record
from pointsman_learner.events import (
    BudgetPut,
    ConfigurationDeclared,
    EpisodeRecorded,
    Event,
    EvidenceForgotten,
    EvidenceRestored,
    FeedbackRecorded,
    JobApplied,
    ModelPut,
    OperatorActed,
    OutcomeReported,
    SessionOutcomeRecorded,
    ShadowRecorded,
    TaxonomyNodePut,
    WarmStarted,
)
from pointsman_learner.forgetting import model_of
from pointsman_learner.hyperparameters import H
from pointsman_learner.jobs import growth, promotion, rebuild, recalibrate
from pointsman_learner.learning.calls import learn_call, learn_margin, learn_reported_margin, learn_spending
from pointsman_learner.learning.configuration import put
from pointsman_learner.learning.feedback import learn_feedback
from pointsman_learner.learning.known_outcomes import learn_known_outcomes
from pointsman_learner.learning.sessions import learn_session
from pointsman_learner.learning.verdicts import learn_verdicts
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.types import Step

JOBS = ("rebuild_statistics", "recalibrate", "grow_taxonomy", "promote")
PASSED_OVER = (OperatorActed, ConfigurationDeclared, EvidenceForgotten, EvidenceRestored)
"""Events that are in the log for others: they leave the state as it is."""


class Learner:
    """Mutable state; depends on nothing but the events applied, in their order."""

    def __init__(self, settings: LearnerSettings = LearnerSettings()) -> None:  # noqa: B008 - frozen
        self.estimates = Estimates.of(settings)
        self.record = Record()
        self.events = 0

    def apply_one(
        self, event: Event, episode: EpisodeRecorded | None = None, session: Sequence[EpisodeRecorded] = ()
    ) -> None:
        """Learn from one event.

        episode: the one that feedback or an outcome is about; session: those that a session's outcome is about.
        """
        if isinstance(event, PASSED_OVER):
            return
        self.events += 1
        match event:
            case EpisodeRecorded():
                self._episode(event)
            case OutcomeReported() | FeedbackRecorded() | ShadowRecorded():
                if episode is not None:  # else it is one that retention removed, of which nothing more is learnt
                    self._told(event, episode)
            case SessionOutcomeRecorded():
                learn_session(self.estimates, session, event)
            case ModelPut() | BudgetPut() | TaxonomyNodePut():
                put(self.estimates, event)
            case JobApplied():
                self._job(event)
            case WarmStarted():
                learn_known_outcomes(self.estimates, event)

    def follow(self, settings: LearnerSettings) -> None:
        """Go on under other settings: what was learnt stays, what was promoted under those before does not."""
        self.estimates.follow(settings)
        self.record.begin(self.estimates, None)

    def snapshot(self) -> Snapshot:
        """The policy that routers swap in."""
        return Snapshot.of(self.estimates.frozen())

    def propose(self, job: str, at: float, totals: Sequence[rebuild.CallTotals] = ()) -> JobApplied | None:
        """What a job would change, None where nothing. Raises KeyError for an unknown job.

        totals: what the log says of calls by leaf and model, for "rebuild_statistics".
        """
        match job:
            case "rebuild_statistics":
                change = rebuild.propose(totals, self.estimates)
            case "recalibrate":
                change = recalibrate.propose(self.estimates)
            case "grow_taxonomy":
                change = growth.propose(self.estimates)
            case "promote":
                change = promotion.propose(self.record, self.estimates)
            case _:
                raise KeyError(job)
        return JobApplied(at, job, change) if change else None

    def to_bytes(self) -> bytes:
        """A checkpoint of the whole state. Only bytes of this process's own making may go to `from_bytes`."""
        return pickle.dumps(self.__dict__)

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        """Inverse of `to_bytes`."""
        self = cls()
        self.__dict__.update(pickle.loads(payload))  # noqa: S301 - of this process's own making
        return self

    def digest(self) -> str:
        """Hex sha256 of the state: equal states, equal digests."""
        e = self.estimates
        recent = (list(e.outcomes.odds), list(e.outcomes.recalibration))
        rest = repr((self.events, e.drift.seen(), e.drift.alarms, recent)).encode()
        parts = (
            e.frozen().to_bytes(),
            e.tuning.log_weight.tobytes(),
            e.trust.log_weight.tobytes(),
            e.residuals.to_bytes(),
            e.sources.to_bytes(),
            self.record.digest(),
            rest,
            "".join(repr(g.tried) for g in e.guarantees.values() if g.tried).encode(),
        )
        return hashlib.sha256(b"".join(parts)).hexdigest()

    def _episode(self, event: EpisodeRecorded) -> None:
        e = self.estimates
        self.record.see(event)
        e.episodes += event.answer is not None
        learn_margin(e, event)
        if event.steps:
            learn_spending(e, event, event.cost_usd)
        if event.left_out:
            return
        expected = e.see(event.context, [step.model for step in event.steps])
        for step in event.steps:
            cost_usd = step.cost_usd if step.cost_known else None
            learn_call(e, expected, event.context, step, cost_usd, step.latency_ms)
        learn_verdicts(e, expected, event.steps, tune=self._tunes())

    def _told(self, event: OutcomeReported | FeedbackRecorded | ShadowRecorded, episode: EpisodeRecorded) -> None:
        match event:
            case OutcomeReported():
                self._outcome(event, episode)
            case FeedbackRecorded():
                self._feedback(event, episode)
            case ShadowRecorded():
                self._shadow(event, episode)

    def _outcome(self, event: OutcomeReported, episode: EpisodeRecorded) -> None:
        """Only what was told teaches."""
        e = self.estimates
        learn_reported_margin(e, event, episode)
        expected = e.abilities(episode.context, [event.model])
        step = Step(event.model, 0.0, 0.0, verdicts=event.verdicts, error=event.error, failure_kind=event.failure_kind)
        learn_call(e, expected, episode.context, step, event.cost_usd, event.latency_ms)
        learn_spending(e, episode, event.total_cost_usd)
        learn_verdicts(e, expected, (step,), tune=self._tunes())

    def _shadow(self, event: ShadowRecorded, episode: EpisodeRecorded) -> None:
        """Of that call alone: the answers beside it have taught already. It was no decision, and nobody's spending."""
        e, step = self.estimates, event.call
        if step.failed:
            return
        expected = e.abilities(episode.context, [each.model for each in event.steps])
        cost_usd = step.cost_usd if step.cost_known else None
        learn_call(e, expected, episode.context, step, cost_usd, step.latency_ms)
        learn_verdicts(e, expected, event.steps, tune=False, last_alone=True)

    def _tunes(self) -> bool:
        return self.events % H.tune_every == 0

    def _feedback(self, event: FeedbackRecorded, episode: EpisodeRecorded) -> None:
        """What an author says first teaches; so does one change of mind, which takes it back.

        What was taught cannot be untaught, so more words of one author on one answer would only be more weight.
        """
        if event.said > 1 or event.value == event.replaces:
            return
        about = model_of(event, episode)
        m = self.estimates.row(about)
        if m is None:
            return
        failed_there = all(s.failed for s in episode.steps if s.model == about)
        is_of_answer = failed_there or episode.answer is None or about == episode.steps[episode.answer].model
        if is_of_answer and not episode.decision.is_observed:
            self.record.add(episode, event.value, self.estimates)
        if failed_there and any(s.model == about for s in episode.steps):
            return  # there was no answer of it that anybody could have judged
        expected = self.estimates.abilities(episode.context, [about, *(step.model for step in episode.steps)])
        learn_feedback(self.estimates, expected, episode.steps, m, event)

    def _job(self, event: JobApplied) -> None:
        match event.name:
            case "rebuild_statistics":
                rebuild.apply(event.change, self.estimates)
            case "recalibrate":
                recalibrate.apply(event.change, self.estimates)
            case "grow_taxonomy":
                growth.apply(event.change, self.estimates)
            case "promote":
                promotion.apply(event.change, self.record, self.estimates)
            case _:
                raise ValueError(f"no job is called {event.name!r}")


__all__ = ["JOBS", "Learner", "LearnerSettings"]
