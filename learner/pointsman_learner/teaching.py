"""What observations teach: verdicts, users' words and outcomes known beforehand, as lessons to every estimator.

A lesson is the gradient of the evidence by a model's ability (see `belief.lessons`), with the information that it
brings. The parts that say how far to trust what is estimated learn from the same observations: joint model, taxonomy
against learned router, judges' calibration, the last check of the belief.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from msgspec.structs import replace

from pointsman_learner.belief import Belief, lessons, log_evidence
from pointsman_learner.events import FeedbackRecorded, WarmStarted
from pointsman_learner.fusion import fuse
from pointsman_learner.gaussian import cdf, density
from pointsman_learner.growth import Evidence
from pointsman_learner.joint_tuning import JointTuning
from pointsman_learner.knowledge import TYPICAL_LATENCY_MS, Answers, Expectation, Knowledge, ability_of, fade
from pointsman_learner.learned_router import LearnedRouter
from pointsman_learner.recalibrate import Outcomes
from pointsman_learner.trust import Trust
from pointsman_learner.verdicts import logit, scores_of, seen_of_judges
from pointsman_learner.words import Context, FloatArray, KnownOutcome, Step

FLIPPED = 0.03
"""Share of users' words that are taken for mistaken."""
SOFT = 0.5
"""How far verdicts are trusted to teach where nobody has spoken; agreement ever less (see `_trusted`)."""


@dataclass(slots=True)
class Teacher:
    """Moves what is known. growth, outcomes: what the jobs look at; tuning, trust: see their modules."""

    known: Knowledge
    growth: Evidence = field(default_factory=Evidence)
    outcomes: Outcomes = field(default_factory=Outcomes)
    tuning: JointTuning = field(default_factory=JointTuning)
    trust: Trust = field(default_factory=Trust)

    def see(self, context: Context) -> None:
        """Count one query into what is usual of the traffic; where its kinds are found anew, none is what it was."""
        if self.known.see(context):
            self.known.judged.forget_kinds()
            self.outcomes.judged.clear()

    def verdicts(self, expected: Expectation, steps: Sequence[Step], *, tune: bool) -> None:
        """What verdicts alone teach: by as much as they can tell. tune: also the joint model and the trust."""
        k = self.known
        answers = k.answers(steps)
        if not k.settings.parts.soft_labels or not answers:
            return
        if tune:
            self._tune(expected, answers)
            self._weigh(expected, answers)
        belief, soft = self._believed(expected, answers), self._trusted(answers)
        for (m, _), gradient, information in zip(answers, *self._lessons(expected, answers, belief), strict=True):
            self._learn(expected, m, soft * gradient, soft * information)
        if _judged(answers):  # by users' word alone, wrong answers would seem to score high: users see no other
            for (m, step), quality in zip(answers, belief.quality.tolist(), strict=True):
                k.judges.learn(scores_of(step), quality, SOFT, m)

    def feedback(self, expected: Expectation, steps: Sequence[Step], m: int, event: FeedbackRecorded) -> None:
        """What a user said teaches about model m's answer, and, through agreement, about the others."""
        answers = self.known.answers(steps)
        n = next((i for i, (answered, _) in enumerate(answers) if answered == m), None)
        if n is not None:
            self._weigh(expected, answers, (n, event.value))
        if n is None or (len(answers) == 1 and not _judged(answers)):
            self.outcome(expected, m, event.value, event.weight)
        else:
            self._told(expected, answers, n, event)
        if n is not None:
            self._judges(expected, answers, n, event)

    def beforehand(self, event: WarmStarted) -> None:
        """Outcomes known beforehand teach as those that users tell, each by its weight.

        They leave less unknown, but are no reason to stop trying what may be good: `labels`, by which optimism fades,
        counts what was lived.
        """
        k = self.known
        for context, outcomes in event.queries:
            self.see(context)
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

        def evidence(ability: FloatArray) -> float:
            right = cdf(ability)
            return float(weight @ (quality * np.log(right) + (1 - quality) * np.log(1 - right)))

        self._weigh_opinions(expected, models, evidence, float(weight.mean()))
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
        k.judges.learn(outcome.scores, outcome.quality, w, m)
        self.outcome(expected, m, outcome.quality, w)

    def _told(self, expected: Expectation, answers: Answers, n: int, event: FeedbackRecorded) -> None:
        """Feedback on answer n of several: what it adds to what agreement and judges had taught of each.

        Of answer n itself verdicts are now believed in full. Of the others nothing is known but what follows from it:
        by as much as the word decides, all of it for a thumb and nothing for a score of one half. That one answer is
        worth .6 does not make another that differs from it wrong in four of ten cases.
        """
        soft = self._trusted(answers) if self.known.settings.parts.soft_labels else 0.0
        belief = self._believed(expected, answers)
        before = self._lessons(expected, answers, belief)
        after = self._after_word(expected, answers, belief, belief.unit_of[n], event.value)
        for i, (other, _) in enumerate(answers):
            taught, weight = (soft, 1.0) if i == n else (1.0, abs(2.0 * event.value - 1.0))
            gradient, information = (
                weight * event.weight * float(a[i] - taught * b[i]) for a, b in zip(after, before, strict=True)
            )
            self._learn(expected, other, gradient, information)
        self._tune(expected, answers, (n, event.value))

    def _after_word(
        self, expected: Expectation, answers: Answers, belief: Belief, unit: int, value: float
    ) -> tuple[FloatArray, FloatArray]:
        """What a user's word on a unit teaches of each answer's model: the mean of what right and wrong would teach.

        A score of .6 says that the answer is worth .6, not that it is likelier right than wrong: weighed as evidence,
        it would raise whatever is believed of the model, without end. So between 0 and 1 a word teaches as that of a
        lone answer does (`_of_outcome`), by Jeffrey's rule; a thumb is one of its ends.
        """
        taught = [np.zeros(len(answers)), np.zeros(len(answers))]
        for said, share in ((1.0, value), (0.0, 1.0 - value)):
            if share > 0.0:
                p = FLIPPED + (1 - 2 * FLIPPED) * said
                told = belief.weighed(unit, float(np.log(p / (1 - p))))
                taught = [t + share * x for t, x in zip(taught, self._lessons(expected, answers, told), strict=True)]
        gradient, information = taught
        return gradient, information

    def _trusted(self, answers: Answers) -> float:
        """How far the verdicts on these answers are trusted to teach.

        Agreement cannot tell able models from models that fail together: from a thousand agreements nothing more is
        learnt of their level than from a hundred. So its say fades as optimism does, and users' takes its place.
        Judges' odds are calibrated by users, and stay.
        """
        return SOFT if _judged(answers) else SOFT * fade(self.known.labels)

    def _tune(self, expected: Expectation, answers: Answers, told: tuple[int, float] | None = None) -> None:
        """Let several answers of one query tell what answers share."""
        k = self.known
        if not k.settings.parts.joint_tuning or len(answers) < 2:
            return
        keys, odds = k.observed(expected, answers)
        self.tuning.learn(expected.ability[[m for m, _ in answers]], keys, odds, told)
        k.joint = self.tuning.joint()

    def _weigh(self, expected: Expectation, answers: Answers, told: tuple[int, float] | None = None) -> None:
        """Let an episode tell how far to trust the taxonomy and the learned router."""
        k = self.known
        keys, odds = k.observed(expected, answers)
        if told is None and len(answers) < 2 and not any(odds):
            return

        def evidence(ability: FloatArray) -> float:
            return log_evidence(k.joint, ability, keys, odds, told)

        self._weigh_opinions(expected, [m for m, _ in answers], evidence)

    def _weigh_opinions(
        self, expected: Expectation, models: list[int], evidence: Callable[[FloatArray], float], weight: float = 1.0
    ) -> None:
        """Trust the opinions by the log evidence of what was observed, had these models the abilities they blend to."""
        k = self.known
        if not (k.settings.parts.taxonomy and k.settings.parts.learned):
            return

        def doubted(doubt: FloatArray) -> float:
            mean, var, _ = fuse(expected.taxonomy, expected.learned, doubt)
            return evidence(ability_of(mean, var)[models])

        self.trust.learn(doubted, weight)
        k.doubt = self.trust.doubt()

    def _judges(self, expected: Expectation, answers: Answers, n: int, event: FeedbackRecorded) -> None:
        """Calibrate the judges by an answer that a user spoke of, and the belief by how it came out."""
        k = self.known
        m, step = answers[n]
        if scores := scores_of(step):
            # Answers that users see are those that others agreed with: what the others say is part of the prior.
            unjudged = [*answers[:n], (m, replace(step, verdicts=())), *answers[n + 1 :]]
            prior = float(self._believed(expected, unjudged).quality[n])
            odds = k.judges.log_odds(scores, m)
            k.judged.learn_one(prior, odds, event.value, event.weight, expected.kinds)
            self.outcomes.judged.append((logit(prior), *seen_of_judges(odds, expected.kinds)[1:].tolist(), event.value))
            k.judges.learn(scores, event.value, event.weight, m)
        if scores or len(answers) > 1:
            belief = self._believed(expected, answers)
            believed = float(belief.quality[n])
            said = belief.odds_of(belief.unit_of[n], k.observed(expected, answers)[1])
            k.recalibration.learn_one(believed, said, event.value)
            self.outcomes.recalibration.append((0.0, logit(believed), said, event.value))

    def _lessons(self, expected: Expectation, answers: Answers, belief: Belief) -> tuple[FloatArray, FloatArray]:
        """What this belief of answers teaches of their models."""
        return lessons(self.known.joint, expected.ability[[i for i, _ in answers]], belief)

    def outcome(self, expected: Expectation, m: int, value: float, weight: float = 1.0) -> None:
        """An outcome in [0, 1] of model m's lone answer; weight: outcomes that it counts for."""
        self._learn(expected, m, *(weight * x for x in self._of_outcome(expected, m, value)))

    def _of_outcome(self, expected: Expectation, m: int, value: float) -> tuple[float, float]:
        """Gradient and information of an outcome in [0, 1] of model m's lone answer: a probit observation's."""
        mu = float(expected.ability[m])
        phi, p = float(density(np.array(mu))), float(expected.quality[m])
        up, down = phi / p, phi / (1 - p)
        return value * up - (1 - value) * down, value * up * (up + mu) + (1 - value) * down * (down - mu)

    def _believed(self, expected: Expectation, answers: Answers) -> Belief:
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


def _judged(answers: Answers) -> bool:
    """Whether judges decide which of these answers a user sees: some spoke, and no keys say who agrees."""
    return all(s.key is None for _, s in answers) and any(scores_of(s) for _, s in answers)
