"""What a user's word on an answer teaches: of its model, through agreement of the others, and of its judges."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from pointsman_learner.belief.answers import Answers, Observed
from pointsman_learner.belief.calibration import logit, seen_of_judges
from pointsman_learner.belief.joint_model import Belief
from pointsman_learner.belief.judges import scores_of
from pointsman_learner.estimates import GAINS, Estimates
from pointsman_learner.estimators.expectation import Expectation
from pointsman_learner.events import FeedbackRecorded
from pointsman_learner.hyperparameters import H
from pointsman_learner.learning.ability import learn_abilities, learn_outcome
from pointsman_learner.learning.episode_evidence import tune_joint_model, weigh_opinions
from pointsman_learner.learning.verdicts import believed, gradients, judges_decide, trusted
from pointsman_learner.types import FloatArray, Step


def learn_feedback(e: Estimates, expected: Expectation, steps: Sequence[Step], m: int, event: FeedbackRecorded) -> None:
    """What a user said teaches about model m's answer, and, through agreement, about the others."""
    e.labels += event.weight
    _learn_drift(e, expected, m, event.value)
    answers = e.beliefs.answers(steps)
    n = next((i for i, (answered, _) in enumerate(answers) if answered == m), None)
    observed = e.beliefs.observed(expected, answers)
    if n is not None:
        weigh_opinions(e, expected, answers, observed, (n, event.value))
    if n is None or (len(answers) == 1 and not judges_decide(answers)):
        learn_outcome(e, expected, m, event.value, event.weight)
    else:
        _learn_word(e, expected, answers, observed, n, event)
    if n is not None:
        _calibrate_judges(e, expected, answers, n, event)


def _learn_drift(e: Estimates, expected: Expectation, m: int, value: float) -> None:
    """Estimates drift a little back to not being known; all the way where the model has changed."""
    e.effects.forget(0.5 ** (1.0 / e.settings.half_life))
    if e.settings.parts.drift and e.drift.learn(m, float(value - expected.quality[m])):
        e.effects.widen(m, H.widens)
        e.router.reset(m)
        expected.found.pop(GAINS, None)


def _learn_word(  # noqa: PLR0917 - one word on several answers
    e: Estimates, expected: Expectation, answers: Answers, observed: Observed, n: int, event: FeedbackRecorded
) -> None:
    """Feedback on answer n of several: what it adds to what agreement and judges had taught of each.

    Of answer n itself verdicts are now believed in full. Of the others nothing is known but what follows from it:
    by as much as the word decides, all of it for a thumb and nothing for a score of one half. That one answer is
    worth .6 does not make another that differs from it wrong in four of ten cases.
    """
    soft = trusted(e, answers) if e.settings.parts.soft_labels else 0.0
    belief = believed(e, expected, answers, observed)
    before = gradients(e, expected, answers, belief)
    after = _gradients_after_word(e, expected, answers, belief, belief.unit_of[n], event.value)
    evidence = list[tuple[int, float, float]]()
    for i, (other, _) in enumerate(answers):
        taught, weight = (soft, 1.0) if i == n else (1.0, abs(2.0 * event.value - 1.0))
        gradient, information = (
            weight * event.weight * float(a[i] - taught * b[i]) for a, b in zip(after, before, strict=True)
        )
        evidence.append((other, gradient, information))
    learn_abilities(e, expected, evidence)
    tune_joint_model(e, expected, answers, observed, (n, event.value))


def _gradients_after_word(  # noqa: PLR0917 - one word on one unit
    e: Estimates, expected: Expectation, answers: Answers, belief: Belief, unit: int, value: float
) -> tuple[FloatArray, FloatArray]:
    """What a user's word on a unit teaches of each answer's model: the mean of what right and wrong would teach.

    A score of .6 says that the answer is worth .6, not that it is likelier right than wrong: weighed as evidence,
    it would raise whatever is believed of the model, without end. So between 0 and 1 a word teaches as that of a
    lone answer does (`outcome_gradient`), by Jeffrey's rule; a thumb is one of its ends.
    """
    taught = [np.zeros(len(answers)), np.zeros(len(answers))]
    for said, share in ((1.0, value), (0.0, 1.0 - value)):
        if share > 0.0:
            p = H.flipped + (1 - 2 * H.flipped) * said
            told = belief.weighed(unit, float(np.log(p / (1 - p))))
            taught = [t + share * x for t, x in zip(taught, gradients(e, expected, answers, told), strict=True)]
    gradient, information = taught
    return gradient, information


def _calibrate_judges(e: Estimates, expected: Expectation, answers: Answers, n: int, event: FeedbackRecorded) -> None:
    """Calibrate the judges by an answer that a user spoke of, and the belief by how it came out."""
    m, step = answers[n]
    if scores := scores_of(step):
        # Answers that users see are those that others agreed with: what the others say is part of the prior.
        unjudged = [*answers[:n], (m, replace(step, verdicts=())), *answers[n + 1 :]]
        prior = float(believed(e, expected, unjudged, e.beliefs.observed(expected, unjudged)).quality[n])
        odds = e.judges.log_odds(scores, m)
        e.odds.learn_one(prior, odds, event.value, event.weight, expected.clusters)
        e.outcomes.odds.append((logit(prior), *seen_of_judges(odds, expected.clusters)[1:].tolist(), event.value))
        e.judges.learn(scores, event.value, event.weight, m)
    if scores or len(answers) > 1:
        observed = e.beliefs.observed(expected, answers)
        belief = believed(e, expected, answers, observed)
        quality = float(belief.quality[n])
        said = belief.odds_of(belief.unit_of[n], observed[1])
        e.recalibration.learn_one(quality, said, event.value)
        e.outcomes.recalibration.append((0.0, logit(quality), said, event.value))
