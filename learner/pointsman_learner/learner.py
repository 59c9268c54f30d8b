"""The learner: a fold over events, and the snapshots that routers decide with."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Sequence
from typing import Self

from pointsman_learner import growth, promotion, rebuild, recalibrate
from pointsman_learner.compiled import PriceList
from pointsman_learner.drift import DriftWatch
from pointsman_learner.events import (
    BudgetPut,
    ConfigurationDeclared,
    EpisodeRecorded,
    Event,
    FeedbackRecorded,
    JobApplied,
    ModelPut,
    OperatorActed,
    OutcomeReported,
    SessionOutcomeRecorded,
    TaxonomyNodePut,
    WarmStarted,
)
from pointsman_learner.knowledge import TYPICAL_LATENCY_MS, Expectation, Knowledge
from pointsman_learner.learned_router import LearnedRouter
from pointsman_learner.pacing import Pacer
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.teaching import Teacher
from pointsman_learner.verdicts import AGREEMENT, scores_of
from pointsman_learner.words import Context, Step

JOBS = ("rebuild_statistics", "recalibrate", "grow_taxonomy", "promote")
PASSED_OVER = (SessionOutcomeRecorded, OperatorActed, ConfigurationDeclared)
"""Events that are in the log for others, or for later: they leave the state as it is."""
TUNE_EVERY = 5
"""Episodes without feedback of which one tunes the joint model: it takes as long as ten decisions."""
WIDEN = 0.5


class Learner:
    """Mutable state; depends on nothing but the events applied, in their order."""

    def __init__(self, settings: LearnerSettings = LearnerSettings()) -> None:  # noqa: B008 - frozen
        self.known = Knowledge(settings=settings)
        self.drift = DriftWatch()
        self.teacher = Teacher(self.known)
        self.growth = self.teacher.growth
        self.outcomes = self.teacher.outcomes
        self.record = promotion.Record()
        self.events = 0
        self._make_room()

    def apply_one(self, event: Event, episode: EpisodeRecorded | None = None) -> None:
        """Learn from one event; `episode` is the one that feedback or an outcome is about."""
        if isinstance(event, PASSED_OVER):
            return
        self.events += 1
        match event:
            case EpisodeRecorded():
                self._episode(event)
            case OutcomeReported() if episode is not None:
                self._outcome(event, episode)
            case FeedbackRecorded() if episode is not None:
                self._feedback(event, episode)
            case ModelPut():
                self._model(event)
            case BudgetPut():
                self._budget(event)
            case TaxonomyNodePut():
                self.known.taxonomy.put_dict(event.node)
                self._make_room()
            case JobApplied():
                self._job(event)
            case WarmStarted():
                self.teacher.beforehand(event)
            case _:
                pass  # feedback on an episode that retention removed teaches nothing

    def snapshot(self) -> Snapshot:
        """The picture that routers swap in."""
        return Snapshot(0, self.known.frozen())

    def propose(self, job: str, at: float, totals: Sequence[rebuild.CallTotals] = ()) -> JobApplied | None:
        """What a job would change, None where nothing. Raises KeyError for an unknown job.

        totals: what the log says of calls by leaf and model, for "rebuild_statistics".
        """
        match job:
            case "rebuild_statistics":
                change = rebuild.propose(totals, self.known)
            case "recalibrate":
                change = recalibrate.propose(self.outcomes, self.known)
            case "grow_taxonomy":
                change = growth.propose(self.growth, self.known)
            case "promote":
                change = promotion.propose(self.record, self.known)
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
        watch = [(d.width, d.estimation, d.variance) for d in self.drift.detectors]
        recent = (list(self.outcomes.judged), list(self.outcomes.recalibration))
        record = ([u for _, _, u in self.record.decisions], self.record.before, self.record.since)
        rest = repr((self.events, watch, self.drift.alarms, recent, record)).encode()
        parts = (
            self.snapshot().to_bytes(),
            self.teacher.tuning.log_weight.tobytes(),
            self.teacher.trust.log_weight.tobytes(),
            self.growth.to_bytes(),
            rest,
        )
        return hashlib.sha256(b"".join(parts)).hexdigest()

    def _episode(self, event: EpisodeRecorded) -> None:
        k = self.known
        self.teacher.see(event.context)
        k.episodes += event.answer is not None
        expected = k.expect(event.context)
        for step in event.steps:
            self._call(expected, event.context, step, step.cost_usd if step.cost_known else None, step.latency_ms)
        if event.steps and (pacer := k.pacers.get(event.tenant)) is not None:
            pacer.learn_one(event.cost_usd)
        self._verdicts(expected, event.steps)

    def _outcome(self, event: OutcomeReported, episode: EpisodeRecorded) -> None:
        """Only what was told teaches."""
        expected = self.known.expect(episode.context)
        step = Step(event.model, 0.0, 0.0, verdicts=event.verdicts, error=event.error, failure_kind=event.failure_kind)
        self._call(expected, episode.context, step, event.cost_usd, event.latency_ms)
        pacer, cost_usd = self.known.pacers.get(event.tenant), event.total_cost_usd
        if pacer is not None and cost_usd is not None:
            pacer.learn_one(cost_usd)
        self._verdicts(expected, (step,))

    def _verdicts(self, expected: Expectation, steps: Sequence[Step]) -> None:
        self.teacher.verdicts(expected, steps, tune=self.events % TUNE_EVERY == 0)

    def _call(
        self, expected: Expectation, context: Context, step: Step, cost_usd: float | None, latency_ms: float | None
    ) -> None:
        """What a call cost and took, where that is known, against what was listed; and how its judges score.

        A call that failed teaches nothing: whether a model answers now is its availability, which routers learn and
        forget within minutes (see `reach`), and what a failure took is not what an answer takes.
        """
        k = self.known
        m = k.index(step.model)
        if m is None or step.failed:
            return
        if cost_usd is not None:
            k.effects.learn_ratio(0, expected.place, m, cost_usd / float(k.listed_cost(context)[m]))
        if latency_ms is not None:
            k.effects.learn_ratio(1, expected.place, m, latency_ms / TYPICAL_LATENCY_MS)
        if any(v.judge == AGREEMENT for v in step.verdicts):
            k.keyed += 0.02 * ((step.key is not None) - k.keyed)
        k.judges.see(scores_of(step), m)

    def _feedback(self, event: FeedbackRecorded, episode: EpisodeRecorded) -> None:
        k = self.known
        about = self._about(event, episode)
        m = k.index(about)
        if m is None:
            return
        failed_there = all(s.failed for s in episode.steps if s.model == about)
        if failed_there or episode.answer is None or about == episode.steps[episode.answer].model:
            self.record.add(episode, event.value)
        if failed_there and any(s.model == about for s in episode.steps):
            return  # there was no answer of it that anybody could have judged
        expected = k.expect(episode.context)
        k.labels += event.weight
        self._drifts(expected, m, event.value)
        self.teacher.feedback(expected, episode.steps, m, event)

    def _drifts(self, expected: Expectation, m: int, value: float) -> None:
        """Estimates drift a little back to not being known; all the way where the model has changed."""
        k = self.known
        k.effects.forget(0.5 ** (1.0 / k.settings.half_life))
        if k.settings.parts.drift and self.drift.learn(m, float(value - expected.quality[m])):
            k.effects.widen(m, WIDEN)
            if isinstance(k.router, LearnedRouter):
                k.router.reset(m)

    def _about(self, event: FeedbackRecorded, episode: EpisodeRecorded) -> str:
        if event.model is not None:
            return event.model
        if episode.answer is not None and episode.steps:
            return episode.steps[episode.answer].model
        return episode.decision.model

    def _model(self, event: ModelPut) -> None:
        k = self.known
        i = k.index(event.model.name)
        before = PriceList.of(k.models)
        if i is None:
            k.add_model(event.model)
        else:
            k.models[i] = event.model
        after = PriceList.of(k.models)
        # Also of those without a price, for which the dearest stands: what was learnt is a ratio to what is listed.
        for j, (of_tokens, fixed) in enumerate(zip(before.per_token, before.fixed, strict=True)):
            if (of_tokens, fixed) != (after.per_token[j], after.fixed[j]):
                k.effects.relearn_cost(j)
        self._make_room()

    def _budget(self, event: BudgetPut) -> None:
        k = self.known
        if event.usd_per_thousand is None:
            k.pacers.pop(event.tenant, None)
        elif (pacer := k.pacers.get(event.tenant)) is None:
            k.pacers[event.tenant] = Pacer(event.usd_per_thousand / 1000.0)
        else:
            scale = pacer.usd_per_query / (event.usd_per_thousand / 1000.0)
            k.pacers[event.tenant] = Pacer(event.usd_per_thousand / 1000.0, pacer.cost_weight * scale)

    def _job(self, event: JobApplied) -> None:
        match event.name:
            case "rebuild_statistics":
                rebuild.apply(event.change, self.known)
            case "recalibrate":
                recalibrate.apply(event.change, self.known)
            case "grow_taxonomy":
                growth.apply(event.change, self.known)
                self._make_room()
            case "promote":
                promotion.apply(event.change, self.record, self.known)
            case _:
                raise ValueError(f"no job is called {event.name!r}")

    def _make_room(self) -> None:
        k = self.known
        k.make_room()
        self.drift.resize(len(k.models))


__all__ = ["JOBS", "Learner", "LearnerSettings"]
