"""The estimates: all that is learnt, which evidence moves (see `learning`) and from which policies are made."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

import numpy as np

from pointsman_learner.belief.answers import AnswerBeliefs
from pointsman_learner.belief.calibration import OddsCalibration, Recalibration
from pointsman_learner.belief.joint_model import JointModel
from pointsman_learner.belief.joint_tuning import JointTuning
from pointsman_learner.belief.judges import JudgeCombination
from pointsman_learner.belief.registry import COMBINATIONS
from pointsman_learner.belief.sources import Sources
from pointsman_learner.context.clusters import TrafficClusters
from pointsman_learner.context.standardise import Moments
from pointsman_learner.estimators.drift import DriftWatch
from pointsman_learner.estimators.expectation import Expectation
from pointsman_learner.estimators.forecast import Forecast, scale_of
from pointsman_learner.estimators.learned_router import LearnedRouter, features
from pointsman_learner.estimators.node_effects import Effects
from pointsman_learner.estimators.prices import PriceList, listed_price
from pointsman_learner.estimators.taxonomy import ROOT_PLACE, Taxonomy
from pointsman_learner.estimators.trust import Trust
from pointsman_learner.frozen import FrozenEstimates
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import quantile
from pointsman_learner.planning.guarantee import Guarantee
from pointsman_learner.planning.pacing import Pacer
from pointsman_learner.recent import RecentOutcomes, RecentResiduals
from pointsman_learner.roster import Roster
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import Context, FloatArray, Model

_Part = TypeVar("_Part")
GAINS = ("gains",)
"""Where an expectation keeps what `LearnedRouter.learn_all` may take from it, until something is learnt."""


@dataclass(slots=True)
class Estimates:
    """What is learnt.

    effects, router: of models' abilities, by taxonomy node and by context; moments, clusters: of the traffic; trust: in
    the two opinions; joint, tuning: what answers share; judges, odds, recalibration: what verdicts are worth; keyed:
    share of answers whose final answer could be told, lately; labels: outcomes learnt from; episodes: those that were
    answered; residuals, outcomes: recent ones, for jobs; sources: of words, and how far each is believed.
    """

    settings: LearnerSettings = field(default_factory=LearnerSettings)
    models: list[Model] = field(default_factory=list)
    taxonomy: Taxonomy = field(default_factory=Taxonomy)
    effects: Effects = field(default_factory=Effects)
    moments: Moments = field(default_factory=Moments)
    clusters: TrafficClusters = field(default_factory=TrafficClusters)
    router: LearnedRouter = field(default_factory=LearnedRouter)
    trust: Trust = field(default_factory=Trust)
    judges: JudgeCombination = field(default_factory=COMBINATIONS["discriminant"])
    odds: OddsCalibration = field(default_factory=OddsCalibration)
    recalibration: Recalibration = field(default_factory=Recalibration)
    tuning: JointTuning = field(default_factory=JointTuning)
    joint: JointModel = field(default_factory=JointModel)
    pacers: dict[str, Pacer] = field(default_factory=dict)
    guarantees: dict[str, Guarantee] = field(default_factory=dict)
    drift: DriftWatch = field(default_factory=DriftWatch)
    keyed: float = H.keyed
    labels: float = 0.0
    episodes: float = 0.0
    residuals: RecentResiduals = field(default_factory=RecentResiduals)
    outcomes: RecentOutcomes = field(default_factory=RecentOutcomes)
    sources: Sources = field(default_factory=Sources)

    def __post_init__(self) -> None:
        self.make_room()

    @classmethod
    def of(cls, settings: LearnerSettings) -> Self:
        """Those that nothing has taught yet, with the combination of judges that the settings name."""
        return cls(settings=settings, judges=COMBINATIONS[settings.judge_combination]())

    def follow(self, settings: LearnerSettings) -> None:
        """Go on under other settings. Another combination of judges begins anew, and what its odds are worth, too."""
        if settings.judge_combination != self.settings.judge_combination:
            self.judges = COMBINATIONS[settings.judge_combination]()
            self.odds, self.recalibration, self.outcomes = OddsCalibration(), Recalibration(), RecentOutcomes()
        self.settings = settings

    @property
    def forecast(self) -> Forecast:
        """What they expect, as they are now."""
        return Forecast(
            self.settings.parts,
            self.taxonomy,
            self.effects,
            self.router,
            self.moments,
            self.clusters,
            self.trust.doubt(),
            PriceList.of(self.models),
        )

    @property
    def beliefs(self) -> AnswerBeliefs:
        """What they believe of answers, as they are now."""
        row = Roster.of(self.models).row
        return AnswerBeliefs(self.settings.parts, row, self.joint, self.judges, self.odds, self.recalibration)

    def expect(self, context: Context) -> Expectation:
        """What every model, enabled or not, would do on this query."""
        return self.forecast.expect(context)

    def abilities(
        self, context: Context, models: Iterable[str], raw: FloatArray | None = None, scale: FloatArray | None = None
    ) -> Expectation:
        """The same of these models' abilities alone, which is all that evidence on their answers moves.

        Others' are NaN; cost and latency are empty. raw, scale: see `Forecast.abilities`.
        """
        router = self.router.among(m for name in models if (m := self.row(name)) is not None)
        expected = replace(self.forecast, router=router).abilities(context, raw, scale)
        expected.found[GAINS] = router.gains
        return expected

    def row(self, model: str) -> int | None:
        """Row of a model, None for one that is unknown (it left, or the log is another's)."""
        return Roster.of(self.models).row.get(model)

    def listed_cost(self, context: Context) -> FloatArray:
        """(M,) dollars by list price for this prompt and a typical answer; a guess where there is no price."""
        return PriceList.of(self.models).cost(context.input_tokens)

    def see(self, context: Context, models: Iterable[str] = ()) -> Expectation:
        """Count one query into what is usual of the traffic; what is then expected of these models' abilities.

        One with other features than those before begins anew: its clusters are none of those that judges' odds were
        calibrated on.
        """
        raw, surface = features([context]), len(context.surface)
        is_other = 0 < len(self.moments.mean) != raw.shape[1]
        self.moments.learn(raw[0])
        scale = scale_of(self.moments, surface, self.settings.parts)
        if self.settings.parts.clusters:
            self.clusters.learn(raw[0], scale)
        if is_other:
            self.odds.forget_clusters()
            self.outcomes.odds.clear()
        return self.abilities(context, models, raw, scale)

    def add_model(self, model: Model) -> None:
        """One more model: it starts from the level, moved by what its price says among the known.

        Where queries were answered already, from what was learnt of a relative, if it has one.
        """
        start = self.prior_ability(model)
        of = self.row(model.relative) if model.relative is not None and self.episodes > 0 else None
        self.models.append(model)
        self.make_room()
        if of is None:
            self.effects.own[0, -1] = start
        else:
            self.effects.own[:, -1] = H.relative_share * self.effects.own[:, of]
        self.tell_beforehand(len(self.models) - 1, None)

    def tell_beforehand(self, m: int, before: Model | None) -> None:
        """Let public results and the operator speak of a model, of which they may have said something else before.

        What the operator expects counts as some outcomes, each time that he says another figure.
        """
        model = self.models[m]
        self.effects.tell_results(self.taxonomy, m, model, before=before, lived=self.episodes > 0)
        expected = model.expected_quality
        if expected is not None and (before is None or expected != before.expected_quality):
            mean, _ = self.effects.overall()
            told = float(quantile(np.array(expected)))
            self.effects.learn(ROOT_PLACE, m, told - float(mean[m]), H.operator_outcomes * H.outcome_information)

    def prior_ability(self, model: Model) -> float:
        """By how much a model never tried is taken to be abler than the level, from its price among the known.

        Of one with public results, these say more.
        """
        price = listed_price(model)
        others = [p for m in self.models if m.name != model.name and (p := listed_price(m)) is not None]
        if price is None or not others or not self.settings.parts.price_prior or model.results:
            return 0.0
        return float(H.price_slope * (np.log10(price) - np.mean(np.log10(others))))

    def make_room(self) -> None:
        """Fit the statistics to the models and nodes there are."""
        self.effects.resize(self.taxonomy, len(self.models))
        self.router.resize(len(self.models))
        self.drift.resize(len(self.models))

    def frozen(self) -> FrozenEstimates:
        """A copy that nothing changes any more: arrays are copied, immutable values shared."""
        return FrozenEstimates(
            settings=self.settings,
            models=tuple(self.models),
            taxonomy=self.taxonomy.copy(),
            effects=_copied(self.effects),
            moments=_copied(self.moments),
            clusters=TrafficClusters(self.clusters.centers.copy(), self.clusters.counts.copy()),
            router=self.router.compiled(),
            doubt=self.trust.doubt(),
            judges=_copied(self.judges),
            odds=_copied(self.odds),
            recalibration=_copied(self.recalibration),
            joint=self.joint,
            pacers={tenant: replace(pacer) for tenant, pacer in self.pacers.items()},
            guarantees={tenant: guarantee.told() for tenant, guarantee in self.guarantees.items()},
            keyed=self.keyed,
            labels=self.labels,
            episodes=self.episodes,
        )


def _copied(part: _Part) -> _Part:
    """Of a dataclass: another of it with copies of its arrays and lists."""
    names: Any = getattr(part, "__dataclass_fields__")  # noqa: B009 - of any dataclass
    return type(part)(*(copy(getattr(part, name)) for name in names))
