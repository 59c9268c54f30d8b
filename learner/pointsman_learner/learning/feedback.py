"""What a user's word on an answer teaches: of its model, through agreement of the others, and of its judges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from pointsman_learner.belief.answers import Answers, Observed
from pointsman_learner.belief.calibration import logit, seen_of_judges
from pointsman_learner.belief.joint_model import Belief
from pointsman_learner.belief.judges import scores_of
from pointsman_learner.belief.sources import USUAL_SLIP, Path, softened
from pointsman_learner.estimates import GAINS, Estimates
from pointsman_learner.estimators.expectation import Expectation
from pointsman_learner.events import FeedbackRecorded, SessionOutcomeRecorded
from pointsman_learner.hyperparameters import H
from pointsman_learner.learning.ability import learn_abilities, learn_outcome
from pointsman_learner.learning.episode_evidence import tune_joint_model, weigh_opinions
from pointsman_learner.learning.verdicts import believed, gradients, judges_decide, trusted
from pointsman_learner.types import FloatArray, Step


@dataclass(frozen=True, slots=True)
class Word:
    """What was said: value in [0, 1]; slip: how often its source is mistaken; weight: outcomes that it counts for."""

    value: float
    slip: float
    weight: float

    def softened(self, believed: float) -> float:
        """P(right) after it, of an answer that was believed right with `believed`."""
        return softened(self.value, believed, self.slip)


@dataclass(frozen=True, slots=True)
class Spoken:
    """The answer that a word is about: n of these, with what is believed of them."""

    answers: Answers
    observed: Observed
    belief: Belief
    n: int

    @property
    def right(self) -> float:
        """What is believed of it."""
        return float(self.belief.quality[self.n])

    def checked(self, e: Estimates) -> float:
        """The same, by what users made of such beliefs: one that is too sure must not make who doubts look careless."""
        odds = self.belief.odds_of(self.belief.unit_of[self.n], self.observed[1])
        return e.recalibration.correct(self.right, odds)


def spoken_of(e: Estimates, expected: Expectation, steps: Sequence[Step], m: int) -> Spoken | None:
    """Model m's answer among these; None where the log has it not, as where the caller itself called the model."""
    answers = e.beliefs.answers(steps)
    n = next((i for i, (answered, _) in enumerate(answers) if answered == m), None)
    if n is None:
        return None
    observed = e.beliefs.observed(expected, answers)
    return Spoken(answers, observed, believed(e, expected, answers, observed), n)


def learn_feedback(e: Estimates, expected: Expectation, steps: Sequence[Step], m: int, event: FeedbackRecorded) -> None:
    """What a user said teaches about model m's answer, and, through agreement, about the others."""
    spoken = spoken_of(e, expected, steps, m)
    word = _weighed(e, m, float(expected.quality[m]) if spoken is None else spoken.checked(e), event)
    learn_word(e, expected, spoken, m, word)
    if spoken is not None:
        _calibrate_judges(e, expected, spoken.answers, spoken.n, word)


def learn_word(e: Estimates, expected: Expectation, spoken: Spoken | None, m: int, word: Word) -> None:
    """What a word on model m's answer teaches of the models. spoken: the answer, None where the log has it not."""
    _learn_drift(e, expected, m, word)
    if spoken is None:
        learn_outcome(e, expected, m, word.value, word.weight, word.slip)
        return
    answers, observed, softly = spoken.answers, spoken.observed, (spoken.n, word.softened(spoken.right))
    weigh_opinions(e, expected, answers, observed, softly)
    if len(answers) == 1 and not judges_decide(answers):
        learn_outcome(e, expected, m, word.value, word.weight, word.slip)
    else:
        _learn_word(e, expected, answers, spoken.belief, spoken.n, word)
        tune_joint_model(e, expected, answers, observed, softly)


def source_of(event: FeedbackRecorded | SessionOutcomeRecorded) -> Path:
    """Whose word it is: of a tenant, of its key, of its end user, as far as the log says."""
    key = event.client or ""
    if event.author is not None:
        return event.tenant, key, str(event.author)
    return (event.tenant, key) if key else (event.tenant,)


def _weighed(e: Estimates, m: int, believed: float, event: FeedbackRecorded) -> Word:
    """The word with what is known of its source; the source is judged by it in turn.

    A tenant that speaks alone, and is no more often mistaken than is usual, is taken at its word: of a sure belief that
    is wrong nobody but users tells, and with answers' keys beliefs are often too sure.
    """
    path = source_of(event)
    slip = max(e.sources.slip(path) - USUAL_SLIP * e.sources.share(path[:1]), 0.0)
    weight = event.weight * e.sources.learn(path, m, believed, event.value)
    e.labels += weight
    return Word(event.value, slip, weight)


def _learn_drift(e: Estimates, expected: Expectation, m: int, word: Word) -> None:
    """Estimates drift a little back to not being known; far where the model has changed, or has on such queries."""
    e.effects.forget(0.5 ** (1.0 / e.settings.half_life))
    quality = float(expected.quality[m])
    residual = min(word.weight, 1.0) * (word.softened(quality) - quality)
    if not e.settings.parts.drift:
        return
    cluster = int(expected.clusters.argmax())
    is_of_one = bool(expected.clusters[cluster]) and e.drift.learn_in(m, cluster, residual)
    if e.drift.learn(m, residual):
        e.effects.widen(m, H.widens)
        e.router.reset(m)
    elif is_of_one:
        e.effects.widen_at(expected.place, m, H.widens)
        e.router.widen_on(expected.clusters, m, H.widens)
    else:
        return
    expected.found.pop(GAINS, None)


def _learn_word(  # noqa: PLR0917 - one word on several answers
    e: Estimates, expected: Expectation, answers: Answers, belief: Belief, n: int, word: Word
) -> None:
    """Feedback on answer n of several: what it adds to what agreement and judges had taught of each.

    Of answer n itself verdicts are now believed in full. Of the others nothing is known but what follows from it:
    by as much as the word decides, all of it for a thumb and nothing for a score of one half. That one answer is
    worth .6 does not make another that differs from it wrong in four of ten cases.
    """
    soft = trusted(e, answers) if e.settings.parts.soft_labels else 0.0
    before = gradients(e, expected, answers, belief)
    after = _gradients_after_word(e, expected, answers, belief, belief.unit_of[n], word)
    evidence = list[tuple[int, float, float]]()
    for i, (other, _) in enumerate(answers):
        taught, weight = (soft, 1.0) if i == n else (1.0, abs(2.0 * word.value - 1.0))
        gradient, information = (
            weight * word.weight * float(a[i] - taught * b[i]) for a, b in zip(after, before, strict=True)
        )
        evidence.append((other, gradient, information))
    learn_abilities(e, expected, evidence)


def _gradients_after_word(  # noqa: PLR0917 - one word on one unit
    e: Estimates, expected: Expectation, answers: Answers, belief: Belief, unit: int, word: Word
) -> tuple[FloatArray, FloatArray]:
    """What a user's word on a unit teaches of each answer's model: the mean of what right and wrong would teach.

    A score of .6 says that the answer is worth .6, not that it is likelier right than wrong: weighed as evidence,
    it would raise whatever is believed of the model, without end. So between 0 and 1 a word teaches as that of a
    lone answer does (`outcome_gradient`), by Jeffrey's rule; a thumb is one of its ends.
    """
    taught = [np.zeros(len(answers)), np.zeros(len(answers))]
    slip = max(word.slip, H.flipped)
    for said, share in ((1.0, word.value), (0.0, 1.0 - word.value)):
        if share > 0.0:
            p = slip + (1 - 2 * slip) * said
            told = belief.weighed(unit, float(np.log(p / (1 - p))))
            taught = [t + share * x for t, x in zip(taught, gradients(e, expected, answers, told), strict=True)]
    gradient, information = taught
    return gradient, information


def _calibrate_judges(e: Estimates, expected: Expectation, answers: Answers, n: int, word: Word) -> None:
    """Calibrate the judges by an answer that a user spoke of, and the belief by how it came out."""
    m, step = answers[n]
    if scores := scores_of(step):
        # Answers that users see are those that others agreed with: what the others say is part of the prior.
        unjudged = [*answers[:n], (m, replace(step, verdicts=())), *answers[n + 1 :]]
        prior = float(believed(e, expected, unjudged, e.beliefs.observed(expected, unjudged)).quality[n])
        odds = e.judges.log_odds(scores, m)
        softly = word.softened(e.odds.right(prior, odds, expected.clusters))
        e.odds.learn_one(prior, odds, word.value, word.weight, expected.clusters, word.slip)
        e.outcomes.odds.append((logit(prior), *seen_of_judges(odds, expected.clusters)[1:].tolist(), softly))
        e.judges.learn(scores, softly, word.weight, m)
    if scores or len(answers) > 1:
        observed = e.beliefs.observed(expected, answers)
        belief = believed(e, expected, answers, observed)
        quality = float(belief.quality[n])
        said = belief.odds_of(belief.unit_of[n], observed[1])
        # By the word as it is: what beliefs are too sure of shows in nothing else.
        e.recalibration.learn_one(quality, said, word.value, min(word.weight, 1.0))
        e.outcomes.recalibration.append((0.0, logit(quality), said, word.value))
