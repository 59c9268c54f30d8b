"""Judges asked together, and what their combined score may turn out as: a few bins of it, for the lookahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from pointsman_learner.belief.answers import AnswerBeliefs
from pointsman_learner.belief.judges import AGREEMENT
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import cdf
from pointsman_learner.types import FloatArray, Judge


@dataclass(frozen=True, slots=True)
class JudgeBundle:
    """Some judges asked together of one answer.

    separation: distance d' of their combined score between right and wrong answers, in standard deviations; cost_usd,
    latency_ms: of asking them all, one after the other. The bundle of free judges comes first: they speak while an
    answer is waited for (see `reach.wait_ms`).
    """

    judges: tuple[str, ...]
    separation: float
    cost_usd: float
    latency_ms: float = 0.0


NO_JUDGES = (JudgeBundle((), 0.0, 0.0),)


@dataclass(frozen=True, slots=True)
class Bins:
    """The bins of several bundles, one after the other.

    wrong, good: (K,) P(bin | wrong), P(bin | right), or (B, K) of several queries; start: (bundles,) where each begins;
    cost: (bundles,) dollars; wait: (bundles,) milliseconds.
    """

    wrong: FloatArray
    good: FloatArray
    start: np.ndarray
    cost: FloatArray
    wait: FloatArray

    def best(self, values: FloatArray, per_dollar: FloatArray | float, per_ms: FloatArray | float) -> FloatArray:
        """(...,) value under the best bundle: values (K, ...), unnormalised, are summed over its bins less its price.

        Bins come first, so that what is done for each of them runs over long rows.
        """
        by_bundle = np.add.reduceat(values, self.start, axis=0)
        of_each = (-1, *(1,) * (values.ndim - 1))
        by_bundle -= self.cost.reshape(of_each) * per_dollar + self.wait.reshape(of_each) * per_ms
        return np.asarray(by_bundle.max(axis=0), dtype=float)


_EDGES = np.array(H.bundle_edges)
_ONE_BIN = np.ones((2, 1))
_SIDES = np.array([[1.0], [-1.0]])


def bins_of(bundles: Sequence[JudgeBundle]) -> Bins:
    """All of them; one bin of a bundle that tells nothing.

    >>> bins_of(NO_JUDGES).good.tolist(), bins_of((*NO_JUDGES, JudgeBundle(("rubric",), 1.5, 0.001))).start.tolist()
    ([1.0], [0, 1])
    """
    half = np.array([[[b.separation / 2]] for b in bundles])  # (bundles, 1, 1)
    upto = np.empty((len(bundles), 2, len(_EDGES) + 2))  # P(score below each edge), of wrong and of right answers
    upto[..., 0], upto[..., -1] = 0.0, 1.0
    if len(bundles):
        upto[..., 1:-1] = cdf(_EDGES * np.maximum(1.0, half) + _SIDES * half)
    within = upto[..., 1:] - upto[..., :-1]
    tells = [b.separation >= H.least_separation for b in bundles]
    each = [within[i] if tells[i] else _ONE_BIN for i in range(len(bundles))]
    wrong, good = np.concatenate(each, axis=1) if each else np.ones((2, 0))
    start = np.array([0, *accumulate(e.shape[1] for e in each[:-1])])
    cost, wait = np.array([b.cost_usd for b in bundles]), np.array([b.latency_ms for b in bundles])
    return Bins(wrong, good, start, cost, wait)


NO_BINS = bins_of(NO_JUDGES)


def bundles_of(
    beliefs: AnswerBeliefs,
    judges: Sequence[Judge],
    clusters: FloatArray,
    asked: Sequence[str] = (),
    usd_per_ms: float = 0.0,
) -> tuple[JudgeBundle, ...]:
    """What could be asked of an answer: the free judges, then ever more of the paid, best value first.

    clusters: (CLUSTERS,) how much the query is of each cluster of the traffic; asked: judges that have spoken of it;
    usd_per_ms: what a millisecond is worth.
    """

    def value(judge: Judge) -> tuple[float, float]:
        price = judge.cost_usd + usd_per_ms * judge.latency_ms
        return -beliefs.separation([judge.name]) / price, judge.latency_ms

    scoring = [j for j in judges if j.name != AGREEMENT and j.name not in asked]
    free = [j.name for j in scoring if j.free]
    paid = sorted((j for j in scoring if not j.free), key=value)
    strength = beliefs.odds.strength(clusters) if beliefs.parts.calibration else 1.0
    seen = [n for n in free if n in beliefs.judges.names]
    found = [JudgeBundle(tuple(free), strength * beliefs.separation(seen), 0.0)]
    for n in range(1, len(paid) + 1):
        names = [j.name for j in paid[:n]]
        cost, wait = sum(j.cost_usd for j in paid[:n]), sum(j.latency_ms for j in paid[:n])
        found.append(JudgeBundle(tuple(names), strength * beliefs.separation([*seen, *names]), cost, wait))
    return tuple(found)
