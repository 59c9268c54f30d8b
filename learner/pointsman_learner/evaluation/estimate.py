"""What a policy would have brought, with its interval, or that the log cannot say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pointsman_learner.evaluation.choices import Choice, Key
from pointsman_learner.evaluation.one_model import terms_of_model
from pointsman_learner.evaluation.per_decision import Terms, terms_of
from pointsman_learner.evaluation.table import Told, table_of
from pointsman_learner.evaluation.target import Logged, Target
from pointsman_learner.normal import quantile
from pointsman_learner.types import FloatArray

LEAST_SUPPORT = 0.5
"""Share of what the policy would do that the log's policy might have done, below which there is no number."""
LEAST_EFFECTIVE = 20.0
"""Episodes that the log is worth for this policy, below which there is none either: the interval would not hold."""


@dataclass(frozen=True, slots=True)
class Always:
    """One model and nothing else: its answer is the answer, and where it fails there is none."""

    model: str


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its confidence interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one policy would have brought a query, over n episodes, of which `rated` have feedback.

    support: share of what it would do that the log's policy could have done, in [0, 1]; effective: effective sample
    size (Kish 1965), in episodes; effective_rated: the same among those with feedback. quality in [0, 1], cost_usd in
    dollars, utility = quality - lambda cost; None where the log cannot say, and why says why.
    """

    n: int
    rated: int
    support: float
    effective: float
    effective_rated: float
    quality: Interval | None
    cost_usd: Interval | None
    utility: Interval | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A policy, another one, and by how much the first is better: on the same episodes, so that chance cancels out."""

    policy: Evaluation
    other: Evaluation
    quality: Interval | None
    cost_usd: Interval | None


def evaluate(
    told: Sequence[Told], target: Target | Always, *, confidence: float = 0.95, cost_weight: float | None = None
) -> Evaluation:
    """Doubly robust estimates for whole cascades. cost_weight: lambda of the utility, None for each episode's own.

    Raises ValueError without episodes.
    """
    return _evaluation(told, _terms(told, _choices(told), target), confidence, cost_weight, _dearest(told, target))


def compare(
    told: Sequence[Told], target: Target | Always, other: Target | Always | None = None, *, confidence: float = 0.95
) -> Comparison:
    """`target` minus `other`, which is the policy that was in force where there is none."""
    choices = _choices(told)
    a, b = (_terms(told, choices, t) for t in (target, Logged() if other is None else other))
    dearest = [_dearest(told, t) for t in (target, other)]
    ours, theirs = (
        _evaluation(told, terms, confidence, None, most) for terms, most in zip((a, b), dearest, strict=True)
    )
    quality = cost = None
    unknown = float(a.unsupported.mean() + b.unsupported.mean())
    if ours.quality is not None and theirs.quality is not None:
        least = min(ours.effective_rated, theirs.effective_rated)
        quality = _interval(a.quality - b.quality, _Scale(-1.0, 1.0, 1.0, least, unknown), confidence)
    if ours.cost_usd is not None and theirs.cost_usd is not None:
        least = min(ours.effective, theirs.effective)
        scale = _Scale(-np.inf, np.inf, max(dearest), least, unknown)
        cost = _interval(a.cost - b.cost, scale, confidence)
    return Comparison(ours, theirs, quality, cost)


def _choices(told: Sequence[Told]) -> Sequence[Sequence[Choice]]:
    if not told:
        raise ValueError("there are no episodes")
    return [t.choices() for t in told]


def _terms(told: Sequence[Told], choices: Sequence[Sequence[Choice]], target: Target | Always) -> Terms:
    if isinstance(target, Always):
        return terms_of_model(told, choices, target.model)
    chances: list[Sequence[Mapping[Key, float]]] = [
        target.chances(t.episode, c) for t, c in zip(told, choices, strict=True)
    ]
    terms = terms_of(table_of(told, choices, chances))
    if isinstance(target, Logged):  # what it cost is known to the cent, luck included
        return replace(terms, cost=np.array([t.spent_usd for t in told]))
    return terms


def _evaluation(
    told: Sequence[Told], terms: Terms, confidence: float, cost_weight: float | None, dearest: float
) -> Evaluation:
    rated = np.array([t.reward is not None for t in told])
    support = float(np.clip(1.0 - terms.unsupported.mean(), 0.0, 1.0))
    effective, of_rated = effective_sample_size(terms.weight), effective_sample_size(terms.weight[rated])
    why = _why_not(support, effective)
    quality = cost = utility = None
    if not why:
        cost = _interval(terms.cost, _Scale(0.0, np.inf, dearest, effective, 1.0 - support), confidence)
        if of_rated < LEAST_EFFECTIVE / 2:
            why = f"too little feedback: it tells of {of_rated:.0f} episodes' worth of this policy"
        else:
            quality = _interval(terms.quality, _Scale(0.0, 1.0, 1.0, of_rated, 1.0 - support), confidence)
            own = np.array([t.episode.decision.cost_weight for t in told])
            lam = own if cost_weight is None else np.full(len(own), cost_weight)
            spread = 1.0 + float(np.max(lam * np.array([t.spent_usd for t in told])))
            scale = _Scale(-np.inf, 1.0, spread, of_rated, 1.0 - support)
            utility = _interval(terms.quality - lam * terms.cost, scale, confidence)
    return Evaluation(len(told), int(rated.sum()), support, effective, of_rated, quality, cost, utility, why)


def _why_not(support: float, effective: float) -> str:
    if support < LEAST_SUPPORT:
        return f"no support: the log's policy could have done {support:.0%} of what this one would do"
    if effective < LEAST_EFFECTIVE:
        return f"too little support: the log is worth {effective:.0f} episodes of this policy"
    return ""


def _dearest(told: Sequence[Told], target: Target | Always | None) -> float:
    """The most dollars of one query that the log knows: of an episode or, for one model alone, of its calls."""
    if isinstance(target, Always):
        calls = [s.cost_usd for t in told for s in t.episode.steps if s.model == target.model]
        if calls:
            return float(max(calls))
    return float(max(t.spent_usd for t in told))


@dataclass(frozen=True, slots=True)
class _Scale:
    """What bounds a mean.

    low, high: its range; spread: how far one value may be from another; effective: how many episodes it rests on;
    unknown: share of it of which nothing is known.
    """

    low: float
    high: float
    spread: float
    effective: float
    unknown: float


def _interval(terms: FloatArray, scale: _Scale, confidence: float) -> Interval:
    """Student's bounds on the mean, wider by what has no support: that could be as bad or as good as can be.

    A rare failure of large weight may not have been seen yet; then the terms' own variance says too little. So it
    counts as of two more at either end, as for a proportion: Wilson (1927), Agresti & Coull (1998).
    """
    mean = float(np.clip(terms.mean(), scale.low, scale.high))
    t = students_quantile(0.5 + confidence / 2, scale.effective)
    unseen = (t * scale.spread / (2.0 * scale.effective)) ** 2
    half = t * float(np.sqrt(terms.var(ddof=1) / len(terms) + unseen))
    bottom = max(scale.low, mean - scale.spread)
    top = min(scale.high, mean + scale.spread)
    low, high = mean - half - scale.unknown * (mean - bottom), mean + half + scale.unknown * (top - mean)
    return Interval(mean, float(max(low, scale.low)), float(min(high, scale.high)))


def students_quantile(p: float, degrees: float) -> float:
    """Of Student's t, to within .5 % from 10 degrees of freedom on. Hill (1970), "Algorithm 396".

    >>> round(students_quantile(0.975, 20.0), 2)
    2.09
    """
    z = float(quantile(np.array(min(p, 1.0 - 2.0**-53))))  # a confidence of nearly 1 rounds to certainty
    n = max(degrees, 3.0)
    return z + (z**3 + z) / (4 * n) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)


def effective_sample_size(weights: FloatArray) -> float:
    """Kish (1965).

    >>> effective_sample_size(np.array([1.0, 1.0, 0.0, 0.0]))
    2.0
    """
    total = float(np.square(weights).sum())
    return float(weights.sum()) ** 2 / total if total > 0.0 else 0.0
