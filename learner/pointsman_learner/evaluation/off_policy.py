"""What another policy would have earned, from the log of this one: IPS, SNIPS and doubly robust, with intervals.

Every estimator takes arrays (n,), one entry a logged decision: `rewards` of what was chosen (any unit), `propensities`
P_old(chosen | context) in (0, 1], `target` P_new(chosen | context) in [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pointsman_learner.normal import quantile
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean of n decisions with its confidence interval, in the reward's unit."""

    mean: float
    low: float
    high: float
    n: int


def ips(rewards: ArrayLike, propensities: ArrayLike, target: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Inverse-propensity estimate of a policy's mean reward.

    Raises ValueError if a propensity is not in (0, 1], or the arrays do not match.

    >>> ips([1, 0], [0.5, 0.5], [1.0, 0.0]).mean
    1.0

    Horvitz & Thompson (1952).
    """
    r, w = _weighted(rewards, propensities, target)
    return _estimate(w * r, confidence)


def snips(rewards: ArrayLike, propensities: ArrayLike, target: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Self-normalised: biased by O(1/n), bounded by the rewards, narrower where weights vary.

    >>> snips([1, 1, 0], [0.5, 0.25, 0.5], [0.5, 0.5, 0.5]).mean
    0.75

    Swaminathan & Joachims (2015); interval by the delta method.
    """
    r, w = _weighted(rewards, propensities, target)
    if not w.sum() > 0:
        return Estimate(float("nan"), float("-inf"), float("inf"), len(r))
    w = w / w.max()  # only their ratios matter, and the smallest numbers there are have no room for a product
    mean = float((w * r).sum() / w.sum())
    influence = mean + w * (r - mean) / w.mean()
    return _estimate(influence, confidence)


def doubly_robust(  # noqa: PLR0917 - arrays in the order of the formula
    rewards: ArrayLike,
    propensities: ArrayLike,
    target: ArrayLike,
    predicted_chosen: ArrayLike,
    predicted_target: ArrayLike,
    confidence: float = 0.95,
) -> Estimate:
    """Right where either the propensities or the predictions are, and narrower than IPS where both are about right.

    predicted_chosen: what a model of the reward expected of the choice made; predicted_target: of the new policy's mix.
    Predictions must not have seen the reward they are compared with: those logged with the decision have not.

    >>> doubly_robust([1, 0], [0.5, 0.5], [1.0, 0.0], [0.9, 0.2], [0.9, 0.9]).mean
    1.0

    Dudik, Langford & Li (2011).
    """
    r, w = _weighted(rewards, propensities, target)
    chosen, mixed = np.asarray(predicted_chosen, dtype=float), np.asarray(predicted_target, dtype=float)
    if chosen.shape != r.shape or mixed.shape != r.shape:
        raise ValueError("predictions must be as many as rewards")
    return _estimate(mixed + w * (r - chosen), confidence)


def _weighted(rewards: ArrayLike, propensities: ArrayLike, target: ArrayLike) -> tuple[FloatArray, FloatArray]:
    r, p, t = (np.asarray(a, dtype=float) for a in (rewards, propensities, target))
    if not (r.shape == p.shape == t.shape and r.ndim == 1 and len(r)):
        raise ValueError("rewards, propensities and target must be equally long, and not empty")
    if not (np.all(p > 0) and np.all(p <= 1)):
        raise ValueError("propensities must be in (0, 1]")
    if not (np.all(t >= 0) and np.all(t <= 1)):
        raise ValueError("target probabilities must be in [0, 1]")
    return r, t / p


def _estimate(terms: FloatArray, confidence: float) -> Estimate:
    n = len(terms)
    mean = float(terms.mean())
    if n < 2:
        return Estimate(mean, float("-inf"), float("inf"), n)
    half = float(quantile(np.array(0.5 + confidence / 2))) * float(terms.std(ddof=1)) / n**0.5
    return Estimate(mean, mean - half, mean + half, n)
