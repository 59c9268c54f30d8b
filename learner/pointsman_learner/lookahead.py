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
from pointsman_learner.pairs import NEVER, pair_values
from pointsman_learner.words import FloatArray

_WORTH = 1e-9  # utility by which a longer plan must be better: rounding is not a reason to call
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


NO_JUDGES = (JudgeBundle((), 0.0, 0.0),)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What could be called: right: (M, Z) P(right | z); cost: (M,) dollars; lam: utility per dollar; callable: (M,)."""

    joint: JointModel
    right: FloatArray
    cost: FloatArray
    lam: float
    callable: np.ndarray
    bundles: tuple[JudgeBundle, ...] = NO_JUDGES


def first_call_values(p: Prospect, *, exclusive: bool) -> tuple[FloatArray, FloatArray]:
    """(M,) utility of the best plan that calls m first; (M,) index of the call that would follow, -1 for none."""
    single = np.where(p.callable, p.right @ WEIGHTS - p.lam * p.cost, NEVER)
    if exclusive:
        pairs = pair_values(p.joint, p.right, p.lam * p.cost, p.callable)
        follow = pairs.argmax(axis=1)
        then = pairs[np.arange(len(single)), follow]
    else:
        then, follow = _judged_then(p)
    return np.maximum(single, then), np.where(then > single + _WORTH, follow, -1)


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
    call = _call(p, W, right, sizes, exclusive)
    return np.asarray(np.maximum(_accept(W, right), np.where(allowed, call, NEVER).max(axis=1)), dtype=float)


def _accept(W: FloatArray, right: np.ndarray) -> FloatArray:
    """(B,) probability that the likeliest unit is right."""
    return np.asarray((W.sum(axis=2) @ right).max(axis=1) if right.shape[1] else np.zeros(len(W)), dtype=float)


def _call(p: Prospect, W: FloatArray, right: np.ndarray, sizes: Sequence[int], exclusive: bool) -> FloatArray:
    """(B, M) utility of calling m, judged or not, then accepting."""
    total = np.asarray(W.sum(axis=(1, 2)), dtype=float)[:, None]
    if exclusive:
        return np.asarray(_after_agreement(p, W, right, sizes) - p.lam * p.cost * total, dtype=float)
    judged = [_after_judges(p, W, right, b) - p.lam * (p.cost + b.cost_usd) * total for b in p.bundles]
    return np.asarray(np.max(judged, axis=0), dtype=float)


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


def _judged_then(p: Prospect) -> tuple[FloatArray, FloatArray]:
    """(M,) utility of calling a, asking the best bundle, and calling another where that pays; (M,) which, or -1."""
    M = len(p.cost)
    right = np.array([[False], [True]])
    allowed = p.callable & ~np.eye(M, dtype=bool)
    best, follow = np.full(M, NEVER), np.full(M, -1)
    for bundle in p.bundles:
        value, alone, with_one = np.zeros(M), np.zeros(M), np.zeros((M, M))
        for wrong, good in bundle.bins.T:
            W = np.stack([WEIGHTS * (1 - p.right) * wrong, WEIGHTS * p.right * good], axis=1)
            accept, call = _accept(W, right), np.where(allowed, _call(p, W, right, (1,), exclusive=False), NEVER)
            value += np.maximum(accept, call.max(axis=1))
            alone += accept
            with_one += np.maximum(accept[:, None], call)
        value -= p.lam * (p.cost + bundle.cost_usd)
        next_ = np.where(with_one.max(axis=1) > alone + _WORTH, with_one.argmax(axis=1), -1)
        best, follow = np.maximum(best, value), np.where(value > best, next_, follow)
    return np.where(p.callable, best, NEVER), follow


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
