"""All that is known at one moment: the parts, and the questions that decisions and learning ask of them.

The learner owns a living one; a snapshot holds a frozen copy. Both predict with the same code, so that what is learnt
is the residual of what decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from pointsman_learner.belief import HIGH, LOW, Belief, JointModel, believe
from pointsman_learner.compiled import Compiled, PriceList
from pointsman_learner.fusion import fuse
from pointsman_learner.gaussian import cdf, density
from pointsman_learner.judge_bundles import JudgeBundle
from pointsman_learner.learned_router import CONSTANT, KIND, LINEAR, CompiledRouter, LearnedRouter, features
from pointsman_learner.node_statistics import LEVEL, Effects
from pointsman_learner.pacing import Pacer
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.standardise import Moments
from pointsman_learner.taxonomy import Place, Taxonomy
from pointsman_learner.traffic_kinds import TrafficKinds
from pointsman_learner.verdicts import (
    AGREEMENT,
    NO_KIND,
    JudgeCalibration,
    OddsCalibration,
    Recalibration,
    scores_of,
)
from pointsman_learner.words import Context, FloatArray, Judge, Model, Step

_Part = TypeVar("_Part", Effects, Moments, TrafficKinds, JudgeCalibration, OddsCalibration, Recalibration)

Answers = list[tuple[int, Step]]
"""The steps of an episode that answered, each with its model's row."""
_Asked = tuple[tuple[Judge, ...], tuple[str, ...]]

PRICE_SLOPE = 0.18
"""Ability that ten times the price is taken to buy before anything is known."""
TYPICAL_LATENCY_MS = 1500.0
UNSPOKEN = 0.2
"""Outcomes that an answered episode counts for beside what users say of it, in how much is still to be tried."""


def ability_of(mean: FloatArray, var: FloatArray) -> FloatArray:
    """The probit of P(right), where an ability is known to be normal with this mean and variance."""
    return np.minimum(np.maximum(mean / np.sqrt(1.0 + var), LOW), HIGH)


def fade(outcomes: float) -> float:
    """1 before any outcome, and less with the root of their number, as what chance leaves undecided does."""
    return float(np.sqrt(10.0 / (10.0 + outcomes)))


def quality_of(mean: FloatArray, var: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P(right), and its standard error, of the same."""
    ability = ability_of(mean, var)
    return cdf(ability), density(ability) * np.sqrt(var / (1.0 + var))


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of every model on one query; arrays are (M,), but for its features, raw and standardised.

    kinds: (KINDS,) how much the query is of each kind of traffic; quality: P(right), and sd, its standard error; mean,
    var: of the ability behind it; share: of its precision that the taxonomy brought; taxonomy, learned: the two
    opinions, mean and variance of the ability.
    """

    place: Place
    raw: FloatArray
    x: FloatArray
    kinds: FloatArray
    quality: FloatArray
    sd: FloatArray
    cost: FloatArray
    latency: FloatArray
    share: FloatArray
    mean: FloatArray
    var: FloatArray
    taxonomy: tuple[FloatArray, FloatArray]
    learned: tuple[FloatArray, FloatArray]

    @property
    def ability(self) -> FloatArray:
        """(M,) the probit of quality: the mean ability, drawn in by what is not known of it."""
        return ability_of(self.mean, self.var)

    def hopeful(self, optimism: float) -> FloatArray:
        """(M,) the same, with the mean raised by so many of its standard deviations."""
        return ability_of(self.mean + optimism * np.sqrt(self.var), self.var)


@dataclass(slots=True)
class Knowledge:
    """The state of the learner.

    doubt: variance (2,) that taxonomy and learned router lack (see `trust`); keyed: share of answers whose final answer
    could be told, lately; labels: outcomes learnt from; episodes: those that were answered; is_frozen, last, bundled,
    ready: a frozen one remembers what it expected of the query at hand and what its judges may tell there, since a
    cascade asks after every answer, and what does not depend on one.
    """

    settings: LearnerSettings = field(default_factory=LearnerSettings)
    models: list[Model] = field(default_factory=list)
    taxonomy: Taxonomy = field(default_factory=Taxonomy)
    effects: Effects = field(default_factory=Effects)
    moments: Moments = field(default_factory=Moments)
    kinds: TrafficKinds = field(default_factory=TrafficKinds)
    router: LearnedRouter | CompiledRouter = field(default_factory=LearnedRouter)
    judges: JudgeCalibration = field(default_factory=JudgeCalibration)
    judged: OddsCalibration = field(default_factory=OddsCalibration)
    recalibration: Recalibration = field(default_factory=Recalibration)
    joint: JointModel = field(default_factory=JointModel)
    pacers: dict[str, Pacer] = field(default_factory=dict)
    doubt: FloatArray = field(default_factory=lambda: np.zeros(2))
    keyed: float = 0.9
    labels: float = 0.0
    episodes: float = 0.0
    is_frozen: bool = False
    last: tuple[Context, Expectation] | None = None
    bundled: tuple[Expectation, dict[_Asked, tuple[JudgeBundle, ...]]] | None = None
    ready: Compiled | None = None

    def __post_init__(self) -> None:
        self.make_room()

    def index(self, model: str) -> int | None:
        """Row of a model, None for one that is unknown (it left, or the log is another's)."""
        if self.is_frozen:
            return self.compiled.index.get(model)
        return next((i for i, m in enumerate(self.models) if m.name == model), None)

    def listed_cost(self, context: Context) -> FloatArray:
        """(M,) dollars by list price for this prompt and a typical answer; a guess where there is no price."""
        prices = self.compiled.prices if self.is_frozen else PriceList.of(self.models)
        return prices.cost(context.input_tokens)

    @property
    def settled(self) -> float:
        """Outcomes learnt from, and the little that every episode settles.

        Without it, those who never hear from their users would explore for ever.
        """
        return self.labels + UNSPOKEN * self.episodes

    @property
    def compiled(self) -> Compiled:
        """What a frozen one has ready; made when it is first asked for."""
        if self.ready is None or not self.is_frozen:
            self.ready = Compiled.of(self.models, self.effects, self.root())
        return self.ready

    def expect(self, context: Context) -> Expectation:
        """What every model, enabled or not, would do on this query."""
        last = self.last  # read once: another thread may decide meanwhile
        if last is not None and last[0] is context:
            return last[1]
        expected = self._expect(context)
        if self.is_frozen:
            self.last = context, expected
        return expected

    def _expect(self, context: Context) -> Expectation:
        parts = self.settings.parts
        place = self.taxonomy.place(context) if parts.taxonomy else self.root()
        raw = features(context)
        kinds = self._kinds(raw, len(context.surface))
        x = self._x(raw, len(context.surface), kinds)
        (mean_t, var_t, ratios), (overall, overall_var) = self._by_nodes(place)
        if parts.learned:
            residual, var_l = self.router.predict(x)
        else:
            residual, var_l = np.zeros(len(self.models)), np.full(len(self.models), 90.0)
        mean_l, var_l = overall + residual, overall_var + var_l
        if parts.taxonomy or not parts.learned:
            mean, var, share = fuse((mean_t, var_t), (mean_l, var_l), self.doubt)
        else:
            mean, var, share = mean_l, var_l, np.zeros(len(self.models))
        quality, sd = quality_of(mean, var)
        cost, latency = self.listed_cost(context) * ratios[0], TYPICAL_LATENCY_MS * ratios[1]
        return Expectation(
            place, raw, x, kinds, quality, sd, cost, latency, share, mean, var, (mean_t, var_t), (mean_l, var_l)
        )

    def _kinds(self, raw: FloatArray, surface: int) -> FloatArray:
        if len(raw) != len(self.moments.mean):
            return NO_KIND
        return self.kinds.memberships(raw, self.moments.scale(surface))

    def _x(self, raw: FloatArray, surface: int, kinds: FloatArray) -> FloatArray:
        """What the learned router reads: a constant, how much the query is of each kind, and its features."""
        return np.concatenate([[CONSTANT], KIND * kinds, LINEAR * self.moments.standardised(raw, surface)])

    def see(self, context: Context) -> bool:
        """Count one query into what is usual of the traffic; whether it has other features than those before."""
        raw, surface = features(context), len(context.surface)
        is_other = 0 < len(self.moments.mean) != len(raw)
        self.moments.learn(raw)
        self.kinds.learn(raw, self.moments.scale(surface))
        return is_other

    def _by_nodes(
        self, place: Place
    ) -> tuple[tuple[FloatArray, FloatArray, Sequence[FloatArray] | FloatArray], tuple[FloatArray, FloatArray]]:
        """What the taxonomy says at a place: mean, variance, ratios of cost and latency; and mean, variance overall."""
        if self.is_frozen:
            nodes = self.compiled.nodes
            return nodes.predict(place), (nodes.root_mean, nodes.root_variance)
        ratios = [self.effects.predict_ratio(which, place) for which in (0, 1)]
        return (*self.effects.predict(place), ratios), self.effects.predict(self.root())

    def belief(
        self, expected: Expectation, steps: Sequence[Step], *, corrected: bool = True, optimism: float = 0.0
    ) -> Belief | None:
        """What is believed of the answers among these steps, from priors, agreement and judges; None without any.

        corrected: after the last recalibration against what users said. optimism: standard deviations by which models
        are taken to be abler than they are estimated.
        """
        answers = self.answers(steps)
        if not answers:
            return None
        parts = self.settings.parts
        keys, odds = self.observed(expected, answers)
        right = self.joint.right_at(expected.hopeful(optimism)[[m for m, _ in answers]])
        belief = believe(self.joint, right, keys).judged(odds)
        if corrected and parts.recalibration and (len(answers) > 1 or any(scores_of(s) for _, s in answers)):
            unit = int(np.argmax(belief.unit_quality))
            quality = self.recalibration.correct(float(belief.unit_quality[unit]), belief.odds_of(unit, odds))
            belief = belief.with_unit_quality(unit, quality)
        return belief

    def answers(self, steps: Sequence[Step]) -> Answers:
        """The steps that answered, with their models' rows."""
        return [(m, s) for s in steps if not s.failed and (m := self.index(s.model)) is not None]

    def observed(self, expected: Expectation, answers: Answers) -> tuple[list[str | None], list[float]]:
        """The keys of answers (model, step), and what judges say for each in log odds."""
        keys = [s.key if self.settings.parts.agreement else None for _, s in answers]
        return keys, [self.odds(s, m, expected.kinds) for m, s in answers]

    def odds(self, step: Step, model: int, kinds: FloatArray) -> float:
        """What the judges of a step say for its answer, in calibrated log odds; 0 where none said anything."""
        scores = scores_of(step)
        if not scores:
            return 0.0
        odds = self.judges.log_odds(scores, model)
        return self.judged.correct(odds, kinds) if self.settings.parts.calibration else odds

    def bundles(
        self, judges: Sequence[Judge], expected: Expectation, asked: Sequence[str] = ()
    ) -> tuple[JudgeBundle, ...]:
        """What could be asked of an answer: the free judges, then ever more of the paid, best value first."""
        last = self.bundled  # read once: another thread may decide meanwhile
        if not self.is_frozen or last is None or last[0] is not expected:
            last = self.bundled = (expected, {})
        key = (tuple(judges), tuple(asked))
        if key not in last[1]:
            last[1][key] = self._bundles(judges, expected.kinds, asked)
        return last[1][key]

    def _bundles(self, judges: Sequence[Judge], kinds: FloatArray, asked: Sequence[str]) -> tuple[JudgeBundle, ...]:
        scoring = [j for j in judges if j.name != AGREEMENT and j.name not in asked]
        free = [j.name for j in scoring if j.free]
        paid = sorted((j for j in scoring if not j.free), key=lambda j: -self.judges.separation([j.name]) / j.cost_usd)
        strength = self.judged.strength(kinds) if self.settings.parts.calibration else 1.0
        seen = [n for n in free if n in self.judges.names]
        found = [JudgeBundle(tuple(free), strength * self.judges.separation(seen), 0.0)]
        for n in range(1, len(paid) + 1):
            names = [j.name for j in paid[:n]]
            cost = sum(j.cost_usd for j in paid[:n])
            found.append(JudgeBundle(tuple(names), strength * self.judges.separation([*seen, *names]), cost))
        return tuple(found)

    def cost_weight(self, tenant: str, asked: float | None) -> float:
        """Lambda: the request's, else what the tenant's budget makes it, else the default."""
        if asked is not None:
            return asked
        pacer = self.pacers.get(tenant)
        return pacer.cost_weight if pacer is not None else self.settings.default_cost_weight

    def prior_ability(self, model: Model) -> float:
        """By how much a model never tried is taken to be abler than the level, from its price among the known."""
        price = _price(model)
        others = [p for m in self.models if m.name != model.name and (p := _price(m)) is not None]
        if price is None or not others or not self.settings.parts.price_prior:
            return 0.0
        return float(PRICE_SLOPE * (np.log10(price) - np.mean(np.log10(others))))

    def frozen(self) -> Knowledge:
        """A copy that nothing changes any more: arrays are copied, immutable values shared."""
        return Knowledge(
            settings=self.settings,
            models=list(self.models),
            taxonomy=self.taxonomy.copy(),
            effects=_copied(self.effects),
            moments=_copied(self.moments),
            kinds=TrafficKinds(self.kinds.centers.copy(), self.kinds.counts.copy()),
            router=self.router.compiled() if isinstance(self.router, LearnedRouter) else self.router,
            judges=_copied(self.judges),
            judged=_copied(self.judged),
            recalibration=_copied(self.recalibration),
            joint=self.joint,
            pacers={tenant: replace(pacer) for tenant, pacer in self.pacers.items()},
            doubt=self.doubt.copy(),
            keyed=self.keyed,
            labels=self.labels,
            episodes=self.episodes,
            is_frozen=True,
        )

    def add_model(self, model: Model) -> None:
        """One more model: it starts from the level, moved by what its price says among the known."""
        start = self.prior_ability(model)
        self.models.append(model)
        self.make_room()
        self.effects.own[0, -1] = start

    def make_room(self) -> None:
        """Fit the statistics to the models and nodes there are."""
        self.effects.resize(self.taxonomy, len(self.models))
        if isinstance(self.router, LearnedRouter):
            self.router.resize(len(self.models))

    def root(self) -> Place:
        """Where every query belongs."""
        return Place(np.zeros(1, dtype=int), np.ones(1), ("root",), 0.0)


def _copied(part: _Part) -> _Part:
    return type(part)(*(copy(getattr(part, name)) for name in part.__dataclass_fields__))


def _price(model: Model) -> float | None:
    if model.input_usd_per_million is None or model.output_usd_per_million is None:
        return None
    return max(1e-3, model.input_usd_per_million + model.output_usd_per_million)


__all__ = ["LEVEL", "Expectation", "Knowledge", "ability_of", "fade", "quality_of"]
