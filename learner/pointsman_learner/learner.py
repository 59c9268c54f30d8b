"""The learner: a fold over events, and the snapshots that routers decide with."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import numpy as np

from pointsman_learner import growth, promotion, rebuild, recalibrate
from pointsman_learner.belief import Belief, lessons, log_evidence
from pointsman_learner.drift import DriftWatch
from pointsman_learner.events import (
    BudgetPut,
    EpisodeRecorded,
    Event,
    FeedbackRecorded,
    JobApplied,
    ModelPut,
    OutcomeReported,
    TaxonomyNodePut,
    WarmStarted,
)
from pointsman_learner.fusion import fuse
from pointsman_learner.gaussian import density
from pointsman_learner.joint_tuning import JointTuning
from pointsman_learner.knowledge import TYPICAL_LATENCY_MS, Expectation, Knowledge, ability_of, quality_of
from pointsman_learner.learned_router import LearnedRouter
from pointsman_learner.pacing import Pacer
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.trust import Trust
from pointsman_learner.verdicts import logit, scores_of
from pointsman_learner.words import FloatArray, KnownOutcome, Step

JOBS = ("rebuild_statistics", "recalibrate", "grow_taxonomy", "promote")
NOT_THE_MODELS = ("invalid", "auth", "rate_limited")
"""Kinds of failed call that tell of the request or the account, not of the model."""
FLIPPED = 0.03
"""Share of users' words that are taken for mistaken."""
TUNE_EVERY = 5
"""Episodes without feedback of which one tunes the joint model: it takes as long as ten decisions."""
SOFT = 0.5
"""How far verdicts are trusted to teach where nobody has spoken; agreement ever less (see `_trusted`)."""
FAILED = 0.5
"""Of what a wrong answer teaches, how much a failed call does."""
WIDEN = 0.5


class Learner:
    """Mutable state; depends on nothing but the events applied, in their order."""

    def __init__(self, settings: LearnerSettings = LearnerSettings()) -> None:  # noqa: B008 - frozen
        self.known = Knowledge(settings=settings)
        self.drift = DriftWatch()
        self.tuning = JointTuning()
        self.trust = Trust()
        self.growth = growth.Evidence()
        self.outcomes = recalibrate.Outcomes()
        self.record = promotion.Record()
        self.events = 0
        self._make_room()

    def apply_one(self, event: Event, episode: EpisodeRecorded | None = None) -> None:
        """Learn from one event; `episode` is the one that feedback or an outcome is about."""
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
                self._warm_start(event)
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
            self.tuning.log_weight.tobytes(),
            self.trust.log_weight.tobytes(),
            self.growth.to_bytes(),
            rest,
        )
        return hashlib.sha256(b"".join(parts)).hexdigest()

    def _episode(self, event: EpisodeRecorded) -> None:
        k = self.known
        k.see(event.context)
        expected = k.expect(event.context)
        for step in event.steps:
            self._spent(expected, event, step)
        if event.steps and (pacer := k.pacers.get(event.tenant)) is not None:
            pacer.learn_one(event.cost_usd)
        self._verdicts(expected, event.steps)

    def _warm_start(self, event: WarmStarted) -> None:
        """Outcomes known beforehand teach as those that users tell, each by its weight.

        They leave less unknown, but are no reason to stop trying what may be good: `labels`, by which optimism fades,
        counts what was lived.
        """
        k = self.known
        for context, outcomes in event.queries:
            k.see(context)
            known = [(m, o) for o in outcomes if (m := k.index(o.model)) is not None]
            self._weigh_known(k.expect(context), known)
            for m, outcome in known:
                self._known_outcome(k.expect(context), m, float(k.listed_cost(context)[m]), outcome)

    def _weigh_known(self, expected: Expectation, known: list[tuple[int, KnownOutcome]]) -> None:
        """Let them tell how far to trust taxonomy and learned router, and how much the models fail together."""
        k = self.known
        if not known:
            return
        models = [m for m, _ in known]
        quality, weight = (np.array([getattr(o, name) for _, o in known]) for name in ("quality", "weight"))
        if k.settings.parts.taxonomy and k.settings.parts.learned:

            def evidence(doubt: FloatArray) -> float:
                mean, var, _ = fuse(expected.taxonomy, expected.learned, doubt)
                right = quality_of(mean, var)[0][models]
                return float(weight @ (quality * np.log(right) + (1 - quality) * np.log(1 - right)))

            self.trust.learn(evidence)
            k.doubt = self.trust.doubt()
        if k.settings.parts.joint_tuning:
            self.tuning.learn_known(expected.ability[models], quality, float(weight.mean()))
            k.joint = self.tuning.joint()

    def _known_outcome(self, expected: Expectation, m: int, listed: float, outcome: KnownOutcome) -> None:
        k, w = self.known, outcome.weight
        if outcome.cost_usd is not None:
            k.effects.learn_ratio(0, expected.place, m, outcome.cost_usd / listed, w)
        if outcome.latency_ms is not None:
            k.effects.learn_ratio(1, expected.place, m, outcome.latency_ms / TYPICAL_LATENCY_MS, w)
        k.judges.see(outcome.scores, m, w)
        k.judges.learn(outcome.scores, expected.place.nodes[1:].tolist(), outcome.quality, w, m)
        self._learn(expected, m, *(w * x for x in self._of_outcome(expected, m, outcome.quality)))

    def _outcome(self, event: OutcomeReported, episode: EpisodeRecorded) -> None:
        expected = self.known.expect(episode.context)
        self._spent(expected, episode, event.step)
        if (pacer := self.known.pacers.get(event.tenant)) is not None:
            pacer.learn_one(event.step.cost_usd)
        self._verdicts(expected, (event.step,))

    def _spent(self, expected: Expectation, event: EpisodeRecorded, step: Step) -> None:
        """What a call cost and took, against what was listed; and how its judges score."""
        k = self.known
        m = k.index(step.model)
        if m is None:
            return
        if step.error is None:
            listed = float(k.listed_cost(event.context)[m])
            k.effects.learn_ratio(0, expected.place, m, step.cost_usd / listed)
            k.effects.learn_ratio(1, expected.place, m, step.latency_ms / TYPICAL_LATENCY_MS)
            if any(v.judge == "agreement" for v in step.verdicts):
                k.keyed += 0.02 * ((step.key is not None) - k.keyed)
            k.judges.see(scores_of(step), m)
        elif step.error.partition(":")[0] not in NOT_THE_MODELS:
            self._learn(expected, m, *(FAILED * x for x in self._of_outcome(expected, m, 0.0)))

    def _verdicts(self, expected: Expectation, steps: tuple[Step, ...]) -> None:
        """What verdicts alone teach: by as much as they can tell."""
        k = self.known
        answers = self._answers(steps)
        if not k.settings.parts.soft_labels or not answers:
            return
        if self.events % TUNE_EVERY == 0:
            self._tune(expected, answers)
            self._weigh(expected, answers)
        belief, soft = self._believed(expected, answers), self._trusted(answers)
        for (m, _), gradient, information in zip(answers, *self._lessons(expected, answers, belief), strict=True):
            self._learn(expected, m, soft * gradient, soft * information)
        if _judged(answers):  # by users' word alone, wrong answers would seem to score high: users see no other
            nodes = expected.place.nodes[1:].tolist()
            for (m, step), quality in zip(answers, belief.quality.tolist(), strict=True):
                k.judges.learn(scores_of(step), nodes, quality, SOFT, m)

    def _feedback(self, event: FeedbackRecorded, episode: EpisodeRecorded) -> None:
        """What a user said teaches about the answer it was about, and, through agreement, about the others."""
        k = self.known
        about = self._about(event, episode)
        m = k.index(about)
        if m is None:
            return
        expected = k.expect(episode.context)
        answers = self._answers(episode.steps)
        n = next((i for i, (_, s) in enumerate(answers) if s.model == about), None)
        k.labels += event.weight
        if n is None or episode.answer is None or about == episode.steps[episode.answer].model:
            self.record.add(episode, event.value)
        self._drifts(expected, m, event.value)
        if n is not None:
            self._weigh(expected, answers, (n, event.value))
        if n is None or (len(answers) == 1 and not _judged(answers)):
            self._learn(expected, m, *(event.weight * x for x in self._of_outcome(expected, m, event.value)))
        else:
            self._told(expected, answers, n, event)
        if n is not None:
            self._judges(expected, answers, n, event)

    def _told(self, expected: Expectation, answers: list[tuple[int, Step]], n: int, event: FeedbackRecorded) -> None:
        """Feedback on answer n of several: what it adds to what agreement and judges had taught of each.

        Of answer n itself verdicts are now believed in full; of the others nothing is known but what follows from it.
        """
        soft = self._trusted(answers) if self.known.settings.parts.soft_labels else 0.0
        belief = self._believed(expected, answers)
        p = FLIPPED + (1 - 2 * FLIPPED) * event.value
        before = self._lessons(expected, answers, belief)
        after = self._lessons(expected, answers, belief.weighed(belief.unit_of[n], float(np.log(p / (1 - p)))))
        for i, (other, _) in enumerate(answers):
            taught = soft if i == n else 1.0
            gradient, information = (
                event.weight * float(a[i] - taught * b[i]) for a, b in zip(after, before, strict=True)
            )
            self._learn(expected, other, gradient, information)
        self._tune(expected, answers, (n, event.value))

    def _trusted(self, answers: list[tuple[int, Step]]) -> float:
        """How far the verdicts on these answers are trusted to teach.

        Agreement cannot tell able models from models that fail together: from a thousand agreements nothing more is
        learnt of their level than from a hundred. So its say fades as optimism does, and users' takes its place.
        Judges' odds are calibrated by users, and stay.
        """
        return SOFT if _judged(answers) else SOFT * self.known.unsettled

    def _tune(
        self, expected: Expectation, answers: list[tuple[int, Step]], told: tuple[int, float] | None = None
    ) -> None:
        """Let several answers of one query tell what answers share."""
        k = self.known
        if not k.settings.parts.joint_tuning or len(answers) < 2:
            return
        keys, odds = k.observed(expected, answers)
        self.tuning.learn(expected.ability[[m for m, _ in answers]], keys, odds, told)
        k.joint = self.tuning.joint()

    def _weigh(
        self, expected: Expectation, answers: list[tuple[int, Step]], told: tuple[int, float] | None = None
    ) -> None:
        """Let an episode tell how far to trust the taxonomy and the learned router."""
        k = self.known
        if not (k.settings.parts.taxonomy and k.settings.parts.learned):
            return
        keys, odds = k.observed(expected, answers)
        if told is None and len(answers) < 2 and not any(odds):
            return
        models = [m for m, _ in answers]

        def evidence(doubt: FloatArray) -> float:
            mean, var, _ = fuse(expected.taxonomy, expected.learned, doubt)
            return log_evidence(k.joint, ability_of(mean, var)[models], keys, odds, told)

        self.trust.learn(evidence)
        k.doubt = self.trust.doubt()

    def _judges(self, expected: Expectation, answers: list[tuple[int, Step]], n: int, event: FeedbackRecorded) -> None:
        """Calibrate the judges by an answer that a user spoke of, and the belief by how it came out."""
        k = self.known
        m, step = answers[n]
        scores, nodes = scores_of(step), expected.place.nodes[1:].tolist()
        if scores:
            # Answers that users see are those that others agreed with: what the others say is part of the prior.
            unjudged = [*answers[:n], (m, replace(step, verdicts=())), *answers[n + 1 :]]
            prior = float(self._believed(expected, unjudged).quality[n])
            odds = k.judges.log_odds(scores, nodes, m)
            k.judged.learn_one(prior, odds, event.value, event.weight)
            self.outcomes.judged.append((logit(prior), odds, event.value))
            k.judges.learn(scores, nodes, event.value, event.weight, m)
        if scores or len(answers) > 1:
            belief = self._believed(expected, answers)
            believed, told = float(belief.quality[n]), k.observed(expected, answers)[1]
            said = sum(o for o, u in zip(told, belief.unit_of, strict=True) if u == belief.unit_of[n])
            k.recalibration.learn_one(believed, said, event.value)
            self.outcomes.recalibration.append((0.0, logit(believed), said, event.value))

    def _lessons(
        self, expected: Expectation, answers: list[tuple[int, Step]], belief: Belief
    ) -> tuple[FloatArray, FloatArray]:
        """What this belief of answers teaches of their models."""
        return lessons(self.known.joint, expected.ability[[i for i, _ in answers]], belief)

    def _of_outcome(self, expected: Expectation, m: int, value: float) -> tuple[float, float]:
        """Gradient and information of an outcome in [0, 1] of model m's lone answer: a probit observation's."""
        mu = float(expected.ability[m])
        phi, p = float(density(np.array(mu))), float(expected.quality[m])
        up, down = phi / p, phi / (1 - p)
        return value * up - (1 - value) * down, value * up * (up + mu) + (1 - value) * down * (down - mu)

    def _believed(self, expected: Expectation, answers: list[tuple[int, Step]]) -> Belief:
        """The belief before its last recalibration, which is not evidence."""
        belief = self.known.belief(expected, [s for _, s in answers], corrected=False)
        assert belief is not None
        return belief

    def _learn(self, expected: Expectation, m: int, gradient: float, information: float) -> None:
        """Move the estimates of model m by a lesson on its ability; each source learns from its own error.

        Assumed-density filtering: the ability's mean moves by its variance times the gradient, and its variance
        shrinks by its square times the information. Both sources get the normal observation that would do so to it.
        """
        k = self.known
        var, p, mu = float(expected.var[m]), float(expected.quality[m]), float(expected.ability[m])
        phi = float(density(np.array(mu)))
        outcome = phi * phi / (p * (1 - p))  # information of a full outcome
        weight = min(max(information / outcome, 0.0), 1.0)
        g = gradient / np.sqrt(1.0 + var)
        h = max(information / (1.0 + var), abs(g) * 0.2, 1e-3)
        residual, precision = g / h, h / max(1.0 - h * var, 0.1)
        k.effects.learn(expected.place, m, residual + float(expected.mean[m] - expected.taxonomy[0][m]), precision)
        k.effects.count(expected.place, m, weight)
        if weight > 0.0:
            self.growth.add(expected, m, gradient * p * (1 - p) / phi / weight, weight)
        if isinstance(k.router, LearnedRouter) and k.settings.parts.learned:
            k.router.learn(expected.x, m, residual + float(expected.mean[m] - expected.learned[0][m]), precision)

    def _drifts(self, expected: Expectation, m: int, value: float) -> None:
        """Estimates drift a little back to not being known; all the way where the model has changed."""
        k = self.known
        k.effects.forget(0.5 ** (1.0 / k.settings.half_life))
        if k.settings.parts.drift and self.drift.learn(m, float(value - expected.quality[m])):
            k.effects.widen(m, WIDEN)
            if isinstance(k.router, LearnedRouter):
                k.router.reset(m)

    def _answers(self, steps: tuple[Step, ...]) -> list[tuple[int, Step]]:
        return [(i, s) for s in steps if s.error is None and (i := self.known.index(s.model)) is not None]

    def _about(self, event: FeedbackRecorded, episode: EpisodeRecorded) -> str:
        if event.model is not None:
            return event.model
        if episode.answer is not None and episode.steps:
            return episode.steps[episode.answer].model
        return episode.decision.model

    def _model(self, event: ModelPut) -> None:
        k = self.known
        i = k.index(event.model.name)
        if i is None:
            k.add_model(event.model)
        else:
            before, k.models[i] = k.models[i], event.model
            if (before.input_usd_per_1m, before.output_usd_per_1m) != (
                event.model.input_usd_per_1m,
                event.model.output_usd_per_1m,
            ):
                k.effects.relearn_cost(i)
        self._make_room()

    def _budget(self, event: BudgetPut) -> None:
        k = self.known
        if event.usd_per_1k is None:
            k.pacers.pop(event.tenant, None)
        elif (pacer := k.pacers.get(event.tenant)) is None:
            k.pacers[event.tenant] = Pacer(event.usd_per_1k / 1000.0)
        else:
            scale = pacer.usd_per_query / (event.usd_per_1k / 1000.0)
            k.pacers[event.tenant] = Pacer(event.usd_per_1k / 1000.0, pacer.cost_weight * scale)

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


def _judged(answers: Sequence[tuple[int, Step]]) -> bool:
    """Whether judges decide which of these answers a user sees: some spoke, and no keys say who agrees."""
    return all(s.key is None for _, s in answers) and any(scores_of(s) for _, s in answers)


__all__ = ["JOBS", "Learner", "LearnerSettings"]
