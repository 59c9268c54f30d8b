"""What outcomes teach that were known beforehand: a warm start."""

from __future__ import annotations

import numpy as np

from pointsman_learner.estimates import Estimates
from pointsman_learner.estimators.expectation import Expectation
from pointsman_learner.events import WarmStarted
from pointsman_learner.hyperparameters import H
from pointsman_learner.learning.ability import learn_outcome
from pointsman_learner.learning.episode_evidence import weigh_by
from pointsman_learner.normal import cdf
from pointsman_learner.types import FloatArray, KnownOutcome


def learn_known_outcomes(e: Estimates, event: WarmStarted) -> None:
    """They teach as those that users tell, each by its weight.

    They leave less unknown, but are no reason to stop trying what may be good: `labels`, by which optimism fades,
    counts what was lived.
    """
    for context, outcomes in event.queries:
        models = [o.model for o in outcomes]
        expected = e.see(context, models)
        known = [(m, o) for o in outcomes if (m := e.row(o.model)) is not None]
        _weigh(e, expected, known)
        for m, outcome in known:
            _learn_one(e, e.abilities(context, [outcome.model]), m, float(e.listed_cost(context)[m]), outcome)


def _weigh(e: Estimates, expected: Expectation, known: list[tuple[int, KnownOutcome]]) -> None:
    """Let them tell how far to trust taxonomy and learned router, and how much the models fail together."""
    if not known:
        return
    models = [m for m, _ in known]
    quality, weight = (np.array([getattr(o, name) for _, o in known]) for name in ("quality", "weight"))

    def evidence(abilities: FloatArray) -> FloatArray:
        right = cdf(abilities)
        each = quality * np.log(right) + (1 - quality) * np.log(1 - right)
        return np.array([weight @ one for one in each])

    weigh_by(e, expected, models, evidence, float(weight.mean()))
    if e.settings.parts.joint_tuning:
        e.tuning.learn_known(expected.ability[models], quality, float(weight.mean()))
        e.joint = e.tuning.joint()


def _learn_one(e: Estimates, expected: Expectation, m: int, listed: float, outcome: KnownOutcome) -> None:
    w = outcome.weight
    if outcome.cost_usd is not None:
        e.effects.learn_ratio(0, expected.place, m, outcome.cost_usd / listed, w)
    if outcome.latency_ms is not None:
        e.effects.learn_ratio(1, expected.place, m, outcome.latency_ms / H.typical_latency_ms, w)
    e.judges.see(outcome.scores, m, w)
    e.judges.learn(outcome.scores, outcome.quality, w, m)
    learn_outcome(e, expected, m, outcome.quality, w)
