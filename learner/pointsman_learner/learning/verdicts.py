"""What verdicts teach while nobody has spoken: by as much as they can tell of who is right."""

from __future__ import annotations

from collections.abc import Sequence

from pointsman_learner.belief.answers import Answers, Observed
from pointsman_learner.belief.joint_model import Belief, evidence_gradients
from pointsman_learner.belief.judges import scores_of
from pointsman_learner.estimates import Estimates
from pointsman_learner.estimators.expectation import Expectation
from pointsman_learner.exploration.fading import fade
from pointsman_learner.hyperparameters import H
from pointsman_learner.learning.ability import learn_abilities
from pointsman_learner.learning.episode_evidence import tune_joint_model, weigh_opinions
from pointsman_learner.types import FloatArray, Step


def learn_verdicts(
    e: Estimates, expected: Expectation, steps: Sequence[Step], *, tune: bool, last_alone: bool = False
) -> None:
    """tune: let them also tell of the joint model and of whom to trust, which takes as long as ten decisions.

    last_alone: let them teach of the last answer alone, since the others have taught before it came.
    """
    answers = e.beliefs.answers(steps)
    if not e.settings.parts.soft_labels or not answers:
        return
    observed = e.beliefs.observed(expected, answers)
    if tune:
        tune_joint_model(e, expected, answers, observed)
        weigh_opinions(e, expected, answers, observed)
    belief, soft = believed(e, expected, answers, observed), trusted(e, answers)
    parts = (part.tolist() for part in gradients(e, expected, answers, belief))
    taught = list(zip(answers, *parts, strict=True))[-1 if last_alone else 0 :]
    learn_abilities(e, expected, ((m, soft * gradient, soft * information) for (m, _), gradient, information in taught))
    if judges_decide(answers):  # by users' word alone, wrong answers would seem to score high: users see no other
        judged = list(zip(answers, belief.quality.tolist(), strict=True))
        for (m, step), quality in judged[-1 if last_alone else 0 :]:
            e.judges.learn(scores_of(step), quality, H.soft, m)


def trusted(e: Estimates, answers: Answers) -> float:
    """How far the verdicts on these answers are trusted to teach.

    Agreement cannot tell able models from models that fail together: from a thousand agreements nothing more is
    learnt of their level than from a hundred. So its say fades as optimism does, and users' takes its place.
    Judges' odds are calibrated by users, and stay.
    """
    return H.soft if judges_decide(answers) else H.soft * fade(e.labels)


def judges_decide(answers: Answers) -> bool:
    """Whether judges decide which of these answers a user sees: some spoke, and no keys say who agrees."""
    return all(s.key is None for _, s in answers) and any(scores_of(s) for _, s in answers)


def believed(e: Estimates, expected: Expectation, answers: Answers, observed: Observed) -> Belief:
    """The belief before its last recalibration, which is not evidence."""
    return e.beliefs.belief_of(expected, answers, observed, corrected=False)


def gradients(e: Estimates, expected: Expectation, answers: Answers, belief: Belief) -> tuple[FloatArray, FloatArray]:
    """What this belief of answers teaches of their models: gradient and information, (answers,) each."""
    return evidence_gradients(e.joint, expected.ability[[i for i, _ in answers]], belief)
