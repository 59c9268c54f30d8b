"""What is believed of an episode's answers at one moment: the joint model, the judges, and what users made of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pointsman_learner.belief.calibration import OddsCalibration, Recalibration
from pointsman_learner.belief.joint_model import Belief, JointModel, Weighed, weigh
from pointsman_learner.belief.judges import JudgeCombination, scores_of
from pointsman_learner.estimators.expectation import Expectation
from pointsman_learner.parts import Parts
from pointsman_learner.types import FloatArray, Step

Answers = list[tuple[int, Step]]
"""The steps of an episode that answered, each with its model's row."""
Observed = tuple[Sequence[str | None], Sequence[float]]
"""The keys of some answers, and what judges say for each in calibrated log odds, 0 where none spoke."""


_REMEMBERED = 4_096
"""Scores whose odds a policy remembers: a cascade asks of each answer again after every step."""


@dataclass(frozen=True, slots=True)
class AnswerBeliefs:
    """row: of each model's name; joint, judges, odds, recalibration: as in `Estimates`, while they stay."""

    parts: Parts
    row: Mapping[str, int]
    joint: JointModel
    judges: JudgeCombination
    odds: OddsCalibration
    recalibration: Recalibration
    _log_odds: dict[tuple[object, ...], float] = field(default_factory=dict)
    _separation: dict[tuple[str, ...], float] = field(default_factory=dict)

    def answers(self, steps: Sequence[Step]) -> Answers:
        """The steps that answered, with their models' rows; without those of a model that is not known here."""
        return [(m, s) for s in steps if not s.failed and (m := self.row.get(s.model)) is not None]

    def belief(self, expected: Expectation, steps: Sequence[Step]) -> Belief | None:
        """What is believed of the answers among these steps, from priors, agreement and judges; None without any."""
        answers = self.answers(steps)
        return self.belief_of(expected, answers, self.observed(expected, answers)) if answers else None

    def belief_of(
        self, expected: Expectation, answers: Answers, observed: Observed, *, corrected: bool = True,
        optimism: float = 0.0,
    ) -> Belief:  # fmt: skip
        """The same of answers, at least one, of which this was observed.

        corrected: after the last recalibration against what users said. optimism: standard deviations by which models
        are taken to be abler than they are estimated.
        """
        keys, odds = observed
        weighed = self._weighed(expected, tuple(m for m, _ in answers), tuple(keys), optimism)
        belief = weighed.belief().after_judges(odds)
        if corrected and self.parts.recalibration and (len(answers) > 1 or any(scores_of(s) for _, s in answers)):
            unit = belief.best_unit
            quality = self.recalibration.correct(float(belief.unit_quality[unit]), belief.odds_of(unit, odds))
            belief = belief.with_unit_quality(unit, quality)
        return belief

    def right_at(self, expected: Expectation, optimism: float = 0.0) -> FloatArray:
        """(M, Z) P(right | z) of every model, taken to be so much abler than it is estimated."""
        key = (self.joint, optimism)
        if key not in expected.found:
            expected.found[key] = self.joint.right_at(expected.optimistic_ability(optimism))
        right: FloatArray = expected.found[key]
        return right

    def _weighed(
        self, expected: Expectation, models: tuple[int, ...], keys: tuple[str | None, ...], optimism: float
    ) -> Weighed:
        """What answers of these models with these keys say without judges: of those before it is found already.

        A cascade asks after every answer, and each time for all of them.
        """
        exclusive = None not in keys
        found, asked = expected.found, (self.joint, optimism, exclusive, models, keys)
        if asked not in found:
            before = found.get((self.joint, optimism, exclusive, models[:-1], keys[:-1]))
            right = self.right_at(expected, optimism)[list(models)]
            found[asked] = weigh(right, keys, self.joint.collides, self.joint.differs, before)
        weighed: Weighed = found[asked]
        return weighed

    def observed(self, expected: Expectation, answers: Answers) -> Observed:
        """What there is to be seen of them."""
        keys = [s.key if self.parts.agreement else None for _, s in answers]
        return keys, [self.odds_of(s, m, expected.clusters) for m, s in answers]

    def odds_of(self, step: Step, model: int, clusters: FloatArray) -> float:
        """What the judges of a step say for its answer, in calibrated log odds; 0 where none said anything."""
        scores = scores_of(step)
        if not scores:
            return 0.0
        odds = self._judged(scores, model)
        return self.odds.correct(odds, clusters) if self.parts.calibration else odds

    def separation(self, judges: Sequence[str]) -> float:
        """D' of these judges, as they are; `odds` has what their odds are worth."""
        key = tuple(judges)
        if key not in self._separation:
            self._separation[key] = self.judges.separation(judges)
        return self._separation[key]

    def _judged(self, scores: Mapping[str, float], model: int) -> float:
        key = (model, *scores.items())
        odds = self._log_odds.get(key)
        if odds is None:
            if len(self._log_odds) >= _REMEMBERED:
                self._log_odds.clear()
            odds = self._log_odds[key] = self.judges.log_odds(scores, model)
        return odds
