"""What plans are worth: expected utility of calling one more model, and of what best follows.

A belief (see `belief`) is carried as a batch, W: (B, H, Z), with shared hypotheses. Values are unnormalised: weighted
by the batch element's probability, so that summing over outcomes is taking the expectation. A one-step lookahead
never calls two cheap models that may disagree, because disagreement pays only through the third call; so a first call
is scored with three steps and every later one with two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pointsman_learner.belief import Belief, JointModel
from pointsman_learner.gaussian import WEIGHTS, cdf
from pointsman_learner.words import FloatArray

NEVER = -1e9
_EDGES = np.array([-0.9, 0.0, 0.9])


@dataclass(frozen=True, slots=True)
class JudgeBundle:
    """Some judges asked together of one answer.

    separation: distance d' of their combined score between right and
    wrong answers, in standard deviations; cost_usd: of asking them all. The bundle of free judges comes first.
    """

    judges: tuple[str, ...]
    separation: float
    cost_usd: float

    @property
    def bins(self) -> FloatArray:
        """(2, bins) P(bin of the combined score | wrong), P(... | right)."""
        if self.separation < 0.05:
            return np.ones((2, 1))
        edges = _EDGES * max(1.0, self.separation / 2)
        upper = np.stack([cdf(edges + self.separation / 2), cdf(edges - self.separation / 2)])
        full = np.hstack([np.zeros((2, 1)), upper, np.ones((2, 1))])
        return np.diff(full, axis=1)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What could be called: right: (M, Z) P(right | z); cost: (M,) dollars; lam: utility per dollar; callable: (M,)."""

    joint: JointModel
    right: FloatArray
    cost: FloatArray
    lam: float
    callable: np.ndarray
    bundles: tuple[JudgeBundle, ...] = (JudgeBundle((), 0.0, 0.0),)


def first_call_values(p: Prospect, *, exclusive: bool) -> tuple[FloatArray, FloatArray]:
    """(M,) utility of the best plan that calls m first; (M,) index of the call that would follow, -1 for none."""
    single = np.where(p.callable, p.right @ WEIGHTS - p.lam * p.cost, NEVER)
    then = _pairs(p) if exclusive else _judged_then(p)
    follow = np.argmax(then, axis=1)
    best = then[np.arange(len(single)), follow]
    worth = best > single
    return np.where(worth, best, single), np.where(worth, follow, -1)


def next_call_values(p: Prospect, belief: Belief) -> FloatArray:
    """(M,) utility of calling m next and then doing what is best, which may be one call more."""
    M = len(p.cost)
    b = np.broadcast_to(belief.weights, (M, *belief.weights.shape))
    expand = _expand_exclusive if belief.exclusive else _expand_judged
    value = np.full(M, NEVER)
    callable_after = p.callable & ~np.eye(M, dtype=bool)
    for bundle in p.bundles[:1] if belief.exclusive else p.bundles:
        total = np.zeros(M)
        for W, right, sizes in expand(p, b, belief, bundle):
            total = total + _accept_or_call(p, W, right, sizes, belief.exclusive, callable_after)
        value = np.maximum(value, total - p.lam * bundle.cost_usd)
    return np.where(p.callable, value - p.lam * p.cost, NEVER)


def ask_judge_value(p: Prospect, belief: Belief, unit: int, bundle: JudgeBundle) -> float:
    """Utility of asking a bundle about `unit`, and then doing what is best."""
    total = 0.0
    for wrong, right in bundle.bins.T:
        W = belief.weights * np.where(belief.right[:, [unit]], right, wrong)
        total += float(_accept_or_call(p, W[None], belief.right, belief.sizes, belief.exclusive, p.callable[None])[0])
    return total - p.lam * bundle.cost_usd


def _accept_or_call(  # noqa: PLR0917 - the belief, spelled out as a batch
    p: Prospect, W: FloatArray, right: np.ndarray, sizes: Sequence[int], exclusive: bool, allowed: np.ndarray
) -> FloatArray:
    """(B,) best of accepting the likeliest unit and calling one model more, judged or not, then accepting."""
    mass = W.sum(axis=2)
    accept = (mass @ right).max(axis=1) if right.shape[1] else np.zeros(len(W))
    total = mass.sum(axis=1)[:, None]
    if exclusive:
        call = _after_agreement(p, W, right, sizes) - p.lam * p.cost * total
    else:
        call = np.max([_after_judges(p, W, right, bundle) - p.lam * (p.cost + bundle.cost_usd) * total
                       for bundle in p.bundles], axis=0)  # fmt: skip
    return np.asarray(np.maximum(accept, np.where(allowed, call, NEVER).max(axis=1)), dtype=float)


def _after_agreement(p: Prospect, W: FloatArray, right: np.ndarray, sizes: Sequence[int]) -> FloatArray:
    """(B, M) probability that the best answer is right once m has answered. Exclusive: hypothesis 0 is "none"."""
    joint, K, n = p.joint, len(sizes), sum(sizes)
    unit = [int(np.flatnonzero(right[:, k])[0]) for k in range(K)]
    also = [W[:, h] @ p.right.T for h in (0, *unit)]  # (B, M): hypothesis h holds, and m is right
    not_also = [W[:, h].sum(axis=1)[:, None] - a for h, a in zip((0, *unit), also, strict=True)]
    value = np.zeros_like(also[0])
    for k in range(K):  # m agrees with unit k
        best = also[k + 1] * (1 - joint.differs)
        for j in range(K):
            if j != k:
                best = np.maximum(best, not_also[j + 1] * (joint.collides * sizes[k] / (n - sizes[j])))
        value += best
    best = also[0]  # m agrees with none, and may be the one that is right
    for k in range(K):
        alone = 1 - joint.collides if n > sizes[k] else 1.0
        best = np.maximum(best, not_also[k + 1] * alone + also[k + 1] * joint.differs)
    return value + best


def _after_judges(p: Prospect, W: FloatArray, right: np.ndarray, bundle: JudgeBundle) -> FloatArray:
    """(B, M) the same where answers have no keys: judges may tell whether m's answer is right."""
    also = W.sum(axis=1) @ p.right.T
    units = [W[:, right[:, u]].sum(axis=1) for u in range(right.shape[1])]
    both = [u @ p.right.T for u in units]
    only = [u.sum(axis=1)[:, None] - a for u, a in zip(units, both, strict=True)]
    value = np.zeros_like(also)
    for wrong, good in bundle.bins.T:
        best = also * good
        for a, o in zip(both, only, strict=True):
            best = np.maximum(best, a * good + o * wrong)
        value += best
    return np.asarray(value, dtype=float)


def _pairs(p: Prospect) -> FloatArray:
    """(M, M) utility of calling a and b, and a third where that pays. Symmetric: a lone answer tells nothing."""
    M, e, q = len(p.cost), p.joint.differs, p.joint.collides
    i, j = np.triu_indices(M, 1)
    a, b = p.right[i], p.right[j]
    agree = np.stack([WEIGHTS * (1 - a) * (1 - b) * q, WEIGHTS * a * b * (1 - e)], axis=1)
    differ = np.stack(
        [WEIGHTS * (1 - a) * (1 - b) * (1 - q), WEIGHTS * a * (1 - b + b * e), WEIGHTS * (1 - a) * b], axis=1
    )
    allowed = np.tile(p.callable, (len(i), 1))
    allowed[np.arange(len(i)), i] = allowed[np.arange(len(i)), j] = False
    value = _accept_or_call(p, agree, np.array([[False], [True]]), (2,), True, allowed)
    value += _accept_or_call(p, differ, np.array([[False, False], [True, False], [False, True]]), (1, 1), True, allowed)
    value -= p.lam * (p.cost[i] + p.cost[j])
    value = np.where(p.callable[i] & p.callable[j], value, NEVER)
    out = np.full((M, M), NEVER)
    out[i, j] = out[j, i] = value
    return out


def _judged_then(p: Prospect) -> FloatArray:
    """(M, 1) utility of calling a, asking the best bundle, and calling another where that pays."""
    M = len(p.cost)
    right = np.array([[False], [True]])
    allowed = p.callable & ~np.eye(M, dtype=bool)
    best = np.full(M, NEVER)
    for bundle in p.bundles:
        value = np.zeros(M)
        for wrong, good in bundle.bins.T:
            W = np.stack([WEIGHTS * (1 - p.right) * wrong, WEIGHTS * p.right * good], axis=1)
            value += _accept_or_call(p, W, right, (1,), False, allowed)
        best = np.maximum(best, value - p.lam * (p.cost + bundle.cost_usd))
    return np.where(p.callable, best, NEVER)[:, None]


_Branch = tuple[FloatArray, np.ndarray, tuple[int, ...]]


def _expand_exclusive(p: Prospect, b: FloatArray, belief: Belief, bundle: JudgeBundle) -> list[_Branch]:
    """Every way in which m's answer can agree: with each unit, or with none. W: (M, H', Z) each."""
    del bundle
    joint, sizes, n = p.joint, belief.sizes, sum(belief.sizes)
    r = p.right
    branches: list[_Branch] = []
    for k in range(len(sizes)):
        W = b.copy()
        for h in range(b.shape[1]):
            wrong = n - (sizes[int(np.flatnonzero(belief.right[h])[0])] if belief.right[h].any() else 0)
            W[:, h] *= r * (1 - joint.differs) if belief.right[h, k] else (1 - r) * joint.collides * sizes[k] / wrong
        branches.append((W, belief.right, tuple(s + (u == k) for u, s in enumerate(sizes))))
    W = np.concatenate([b, b[:, :1] * r[:, None, :]], axis=1)
    for h in range(b.shape[1]):
        some = belief.right[h].any()
        wrong = n - (sizes[int(np.flatnonzero(belief.right[h])[0])] if some else 0)
        W[:, h] *= (1 - r) * (1 - joint.collides if wrong else 1.0) + (r * joint.differs if some else 0.0)
    grown = np.zeros((b.shape[1] + 1, len(sizes) + 1), dtype=bool)
    grown[:-1, :-1], grown[-1, -1] = belief.right, True
    branches.append((W, grown, (*sizes, 1)))
    return branches


def _expand_judged(p: Prospect, b: FloatArray, belief: Belief, bundle: JudgeBundle) -> list[_Branch]:
    """Every bin of the judges' combined score of m's answer. W: (M, 2H, Z) each."""
    r = p.right[:, None, :]
    H, U = belief.right.shape
    grown = np.zeros((2 * H, U + 1), dtype=bool)
    grown[:H, :-1] = grown[H:, :-1] = belief.right
    grown[H:, -1] = True
    return [
        (np.concatenate([b * (1 - r) * wrong, b * r * good], axis=1), grown, (*belief.sizes, 1))
        for wrong, good in bundle.bins.T
    ]
