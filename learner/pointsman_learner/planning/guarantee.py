"""A safe start: as long as evidence does not say otherwise, the model that a tenant used before answers.

A policy may depart from that baseline as far as a lower bound allows, so that what was earned is about (1 - alpha) of
what the baseline would have earned, or more, at every time: conservative bandits (Wu, Shariff, Lattimore & Szepesvari
2016; Kazerouni, Ghavamzadeh, Abbasi-Yadkori & Van Roy 2017). Each decision has its gain, and what it may lose of it:

    gain = utility of what was chosen - (1 - alpha) * utility of the baseline alone, as both are estimated,
    margin = gain - H.guarantee_sd standard deviations of that difference.

The baseline itself gains alpha of its utility, at the least, for sure. A departure is held for its margin when it is
made, and then for what it turned out to be: with evidence the fear for each model shrinks, its past departures move
with the estimate of its ability, and fears for several models are independent, so that their squares add up. All that
is the credit of a tenant; whatever would leave it below 0 may not be chosen. Dollars and seconds are taken as expected.

Credit is there to learn, not to be lost on what only seems better: what may be chosen is chosen where it is worth more
than the baseline at the least, and beside that in tries, a share of queries that fades as outcomes come in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from pointsman_learner.estimators.expectation import Expectations
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import Constraints, FloatArray


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a model now. ability: of it, above the baseline's; outcomes: that it was learnt from."""

    ability: float
    outcomes: float

    @property
    def doubt(self) -> float:
        """Standard error, to that of one outcome."""
        return 1.0 / math.sqrt(H.guarantee_prior + self.outcomes)


NOTHING: Mapping[str, Known] = {}


@dataclass(frozen=True, slots=True)
class Tried:
    """Departures to one model, added up.

    fear: what they may lose, by the doubt that there was; slope: quality by ability; at: that times what was known of
    its ability, above the baseline's.
    """

    fear: float = 0.0
    slope: float = 0.0
    at: float = 0.0

    def once_more(self, fear: float, slope: float, known: Known) -> Tried:
        """With another departure."""
        return Tried(self.fear + fear / known.doubt, self.slope + slope, self.at + slope * known.ability)


@dataclass(frozen=True, slots=True)
class Departure:
    """Of one decision. model: that was called first; fear: gain less margin; slope: its quality by its ability."""

    model: str
    fear: float
    slope: float


@dataclass(slots=True)
class Guarantee:
    """Of one tenant. credit: utility that may be lost; decisions: how many; departed: not the baseline's.

    baseline, alpha: what was promised; another promise begins anew. saved: gains added up; tried: departures by model,
    which credit is worked out of at every decision, and no snapshot needs.

    >>> guarantee, promise = Guarantee(), Constraints(baseline="a", alpha=0.05)
    >>> guarantee.learn_one(0.04, promise)
    >>> nothing, much = Known(0.0, 0.0), Known(0.0, 90.0)
    >>> guarantee.learn_one(0.01, promise, Departure("b", 0.04, 0.3), {"b": nothing})
    >>> round(guarantee.credit, 6), guarantee.decisions, guarantee.departed
    (0.01, 2.0, 1.0)
    >>> guarantee.look_again({"b": much})
    >>> guarantee.credit > 0.04
    True
    """

    credit: float = 0.0
    decisions: float = 0.0
    departed: float = 0.0
    baseline: str = ""
    alpha: float = 0.0
    saved: float = 0.0
    tried: dict[str, Tried] = field(default_factory=dict)

    def learn_one(
        self,
        gain: float,
        promise: Constraints,
        departure: Departure | None = None,
        known: Mapping[str, Known] = NOTHING,
    ) -> None:
        """One decision under this promise had this gain, of which no more counts than an answer can be worth.

        known: of the models that were tried, and of the one that was now.
        """
        if not self.promises(promise):
            self.saved = self.decisions = self.departed = 0.0
            self.tried = {}
            self.baseline, self.alpha = promise.baseline or "", promise.alpha
        self.decisions += 1.0
        self._settle(known)
        if departure is not None:
            self.departed += 1.0
            fear = min(max(departure.fear, 0.0), 1.0)
            before = self.tried.get(departure.model, Tried())
            self.tried[departure.model] = before.once_more(fear, departure.slope, known[departure.model])
        self.earn(gain, known)

    def earn(self, gain: float, known: Mapping[str, Known] = NOTHING) -> None:
        """What was saved up is bounded: an old success is no leave to lose for long."""
        self.saved += min(max(gain, -1.0), 1.0) if math.isfinite(gain) else -1.0
        self.look_again(known)

    def _settle(self, known: Mapping[str, Known]) -> None:
        """What departures turned out to be is settled, old ones first: else estimates that move would move them all."""
        for model, tried in self.tried.items():
            if (now := known.get(model)) is not None:
                self.saved += (1.0 - H.guarantee_memory) * (tried.slope * now.ability - tried.at)
            self.tried[model] = Tried(*(H.guarantee_memory * x for x in (tried.fear, tried.slope, tried.at)))

    def look_again(self, known: Mapping[str, Known]) -> None:
        """Work the credit out by what is known now."""
        moved = risk = 0.0
        for model, tried in self.tried.items():
            if (now := known.get(model)) is not None:
                moved += tried.slope * now.ability - tried.at
                risk += (tried.fear * now.doubt) ** 2
        self.credit = self.saved + moved - math.sqrt(risk)
        if self.credit > H.most_credit:
            self.saved -= self.credit - H.most_credit
            self.credit = H.most_credit

    def promises(self, promise: Constraints) -> bool:
        """Whether that is what was promised until now."""
        return (self.baseline, self.alpha) == (promise.baseline, promise.alpha)

    def told(self) -> Self:
        """A copy for a snapshot: what was promised, and what of it is left."""
        return replace(self, tried={})


@dataclass(frozen=True, slots=True)
class Bound:
    """What holds of one query. baseline: its row; alpha: in [0, 1], 0 for nothing but it; credit: the tenant's."""

    baseline: int
    alpha: float
    credit: float


@dataclass(frozen=True, slots=True)
class Stakes:
    """(B, M) each, of calling each model first.

    gain: as above; fear: standard deviations of it, in utility; least: utility of the best plan that begins with it,
    less the fear, and of the baseline alone.
    """

    gain: FloatArray
    fear: FloatArray
    least: FloatArray

    @property
    def margin(self) -> FloatArray:
        """What is gained at the least."""
        return self.gain - self.fear


def stakes_of(bounds: Sequence[Bound], plans: Sequence[FloatArray], alone: Sequence[FloatArray]) -> Stakes:
    """What calling each model first gains, and may lose of it.

    bounds: of each query; plans: (B, M) utility of the best plan that begins with it, were every model as able as it is
    at the least, and as it is estimated; alone: (B,) utility of the baseline alone, at the least, as estimated, and at
    the most.

    >>> found = stakes_of(
    ...     [Bound(0, 0.1, 0.0)], np.array([[[0.5, 0.7]], [[0.6, 0.9]]]), np.array([[0.6], [0.7], [0.8]])
    ... )
    >>> found.gain.round(3).tolist(), found.fear.round(3).tolist(), found.least.round(3).tolist()
    ([[0.06, 0.27]], [[0.0, 0.189]], [[0.7, 0.711]])
    """
    (least, plan), (sure, base, most) = plans, alone
    alpha = np.array([b.alpha for b in bounds])
    gain = plan - (base - alpha * np.abs(base))[:, None]
    low, high = np.maximum(plan - least, 0.0), np.maximum(most - base, 0.0)[:, None]
    fear = np.sqrt(low**2 + high**2 - 2.0 * H.guarantee_shared * low * high)
    rows, of, proven = np.arange(len(bounds)), [b.baseline for b in bounds], plan - fear
    saved = np.where(np.sign(sure) == np.sign(most), np.minimum(np.abs(sure), np.abs(most)), 0.0)
    gain[rows, of], fear[rows, of], proven[rows, of] = alpha * saved, 0.0, base
    return Stakes(gain, fear, proven)


def permitted(bounds: Sequence[Bound], margins: FloatArray) -> np.ndarray:
    """(B, M) bool: the baseline, and what the credit has room for.

    >>> permitted([Bound(0, 0.05, 0.2)], np.array([[0.04, -0.1, -0.3]])).tolist()
    [[True, True, False]]
    """
    credit = np.array([b.credit if b.alpha else -np.inf for b in bounds])
    found = credit[:, None] + margins >= 0.0
    found[np.arange(len(bounds)), [b.baseline for b in bounds]] = True
    return np.asarray(found)


def able_at(expected: Expectations, sd: float) -> FloatArray:
    """(B, M) abilities so many standard deviations above what is estimated; below, where it is less than 0."""
    return np.asarray(expected.mean + sd * np.sqrt(expected.var), dtype=float)
