"""What plans are worth: expected utility of calling one more model, and of what best follows.

A belief (see `belief`) is carried as a batch, W: (B, H, Z), with shared hypotheses. Values are unnormalised: weighted
by the batch element's probability, so that summing over outcomes is taking the expectation. A one-step lookahead
never calls two cheap models that may disagree, because disagreement pays only through the third call; so a first call
is scored with three steps and every later one with two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pointsman_learner.belief.joint_model import (
    Belief,
    JointModel,
    agreement,
    disagreement,
    hypotheses,
    likelihood,
)
from pointsman_learner.normal import WEIGHTS
from pointsman_learner.planning.judge_bundles import NO_JUDGES, Bins, JudgeBundle, bins_of
from pointsman_learner.planning.two_call_plans import NEVER, shortlist, two_call_values
from pointsman_learner.types import FloatArray

_WORTH = 1e-9  # utility by which a longer plan must be better: rounding is not a reason to call


@dataclass(frozen=True, slots=True)
class Prospect:
    """What could be called.

    right: (M, Z) P(right | z); cost: (M,) dollars; lam: utility per dollar; callable: (M,) bool; further: calls that
    may follow the next one; time: (M,) utility that waiting for its answer costs.
    """

    joint: JointModel
    right: FloatArray
    cost: FloatArray
    lam: float
    callable: np.ndarray
    bundles: tuple[JudgeBundle, ...] = NO_JUDGES
    further: int = 1
    time: FloatArray | float = 0.0

    @property
    def price(self) -> FloatArray:
        """(M,) utility that a call costs, in dollars and seconds."""
        return self.lam * self.cost + self.time

    @property
    def bins(self) -> Bins:
        """What the bundles' scores may turn out as."""
        return bins_of(self.bundles)

    def later(self) -> tuple[Prospect, np.ndarray, np.ndarray]:
        """What later calls are chosen from, (L,) its rows here, and (M, L) bool, which of it may follow a call of m."""
        rows = shortlist(self.right @ WEIGHTS, self.price, self.callable)
        listed = self
        if len(rows) < len(self.cost):
            time = self.time[rows] if isinstance(self.time, np.ndarray) else self.time
            right, cost, may = self.right[rows], self.cost[rows], self.callable[rows]
            listed = replace(self, right=right, cost=cost, callable=may, time=time)
        return listed, rows, listed.callable & (rows != np.arange(len(self.cost))[:, None])


def first_call_values(p: Prospect, *, exclusive: bool) -> tuple[FloatArray, FloatArray]:
    """(M,) utility of the best plan that calls m first; (M,) index of the call that would follow, -1 for none."""
    single = np.where(p.callable, p.right @ WEIGHTS - p.price, NEVER)
    if exclusive:
        plans = two_call_values(p.joint, p.right, p.price, p.callable)
        follow = plans.argmax(axis=1)
        then = plans[np.arange(len(single)), follow]
    else:
        then, follow = _then_by_judges(p)
    return np.maximum(single, then), np.where(then > single + _WORTH, follow, -1)


def next_call_values(p: Prospect, belief: Belief) -> FloatArray:
    """(M,) utility of calling m next and then doing what is best, which may be one call more."""
    M = len(p.cost)
    later, _, may_follow = p.later()
    allowed = may_follow & (p.further > 0)
    if belief.exclusive:
        value = np.zeros(M)
        for W, right, sizes in _expand_exclusive(p, belief):
            value += _accept_or_call(later, W, right, sizes, allowed, exclusive=True)
    else:
        W, right = _expand_by_judges(p, belief)
        K = len(p.bins.wrong)
        sizes = (*belief.sizes, 1)
        value = p.bins.best(
            _accept_or_call(later, W, right, sizes, np.tile(allowed, (K, 1)), exclusive=False).reshape(K, M).T,
            p.lam * np.ones(M),
        )
    return np.where(p.callable, value - p.price, NEVER)


def ask_judge_values(p: Prospect, belief: Belief, unit: int, bundles: Sequence[JudgeBundle]) -> FloatArray:
    """(bundles,) utility of asking each bundle about `unit`, and then doing what is best."""
    bins = bins_of(tuple(bundles))
    factor = np.where(belief.right[:, unit], bins.good[:, None], bins.wrong[:, None])
    W = belief.weights * factor[:, :, None]
    value = _accept_or_call(p, W, belief.right, belief.sizes, p.callable[None], exclusive=belief.exclusive)
    return np.add.reduceat(value, bins.start) - p.lam * bins.cost


def _accept_or_call(
    p: Prospect, W: FloatArray, right: np.ndarray, sizes: Sequence[int], allowed: np.ndarray, *, exclusive: bool
) -> FloatArray:
    """(B,) best of accepting the likeliest unit and calling one model more, with or without judges, then accepting."""
    accept = _accept(W, right)
    if not allowed.any():
        return accept
    call = _call(p, W, right, sizes, exclusive=exclusive)
    return np.asarray(np.maximum(accept, np.where(allowed, call, NEVER).max(axis=1)), dtype=float)


def _accept(W: FloatArray, right: np.ndarray) -> FloatArray:
    """(B,) probability that the likeliest unit is right."""
    return np.asarray((W.sum(axis=2) @ right).max(axis=1) if right.shape[1] else np.zeros(len(W)), dtype=float)


def _call(p: Prospect, W: FloatArray, right: np.ndarray, sizes: Sequence[int], *, exclusive: bool) -> FloatArray:
    """(B, M) utility of calling m, with or without judges, then accepting."""
    total = np.asarray(W.sum(axis=(1, 2)), dtype=float)
    after = _after_agreement(p, W, right, sizes) if exclusive else _after_judges(p, W, right, total)
    return np.asarray(after - p.price * total[:, None], dtype=float)


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


def _after_judges(p: Prospect, W: FloatArray, right: np.ndarray, total: FloatArray) -> FloatArray:
    """(B, M) the same where answers have no keys, less what the best judges cost: they may tell whether m is right."""
    bins, R = p.bins, p.right.T
    best = (W.sum(axis=1) @ R)[:, :, None] * bins.good
    for u in range(right.shape[1]):
        weight = W[:, right[:, u]].sum(axis=1)
        both = weight @ R
        only = weight.sum(axis=1)[:, None] - both
        np.maximum(best, both[:, :, None] * bins.good + only[:, :, None] * bins.wrong, out=best)
    return bins.best(best, p.lam * total[:, None])


def _then_by_judges(p: Prospect) -> tuple[FloatArray, FloatArray]:
    """(M,) utility of calling a, asking the best bundle, and calling another where that pays; (M,) which, or -1."""
    M, K = len(p.cost), len(p.bins.wrong)
    right = np.array([[False], [True]])
    later, rows, allowed = p.later()
    W = np.stack([
        WEIGHTS * (1 - p.right) * p.bins.wrong[:, None, None], WEIGHTS * p.right * p.bins.good[:, None, None],
    ], axis=2).reshape(K * M, 2, -1)  # fmt: skip
    accept, call = _accept(W, right), _call(later, W, right, (1,), exclusive=False)
    call = np.where(np.tile(allowed, (K, 1)), call, NEVER)
    value = np.add.reduceat(np.maximum(accept, call.max(axis=1)).reshape(K, M), p.bins.start, axis=0)
    value -= p.lam * (p.cost + p.bins.cost[:, None]) + p.time
    b = value.argmax(axis=0)
    alone = np.add.reduceat(accept.reshape(K, M), p.bins.start, axis=0)[b, np.arange(M)]
    with_one = np.maximum(accept[:, None], call).reshape(K, M, -1)
    with_one = np.add.reduceat(with_one, p.bins.start, axis=0)[b, np.arange(M)]
    follow = np.where(with_one.max(axis=1) > alone + _WORTH, rows[with_one.argmax(axis=1)], -1)
    return np.where(p.callable, value[b, np.arange(M)], NEVER), follow


_Branch = tuple[FloatArray, np.ndarray, tuple[int, ...]]


def _expand_exclusive(p: Prospect, belief: Belief) -> list[_Branch]:
    """Every way in which m's answer can agree: with each unit, or with none. W: (M, H', Z) each."""
    joint, sizes, right = p.joint, belief.sizes, p.right[:, None, :]
    branches: list[_Branch] = []
    for k in range(len(sizes)):
        there, elsewhere = agreement(True, sizes, k)
        W = belief.weights * likelihood(right, there * (1 - joint.differs), elsewhere * joint.collides)
        branches.append((W, belief.right, tuple(s + (u == k) for u, s in enumerate(sizes))))
    some_right, some_wrong = disagreement(len(sizes))
    others = belief.weights * likelihood(right, some_right * joint.differs, 1 - some_wrong * joint.collides)
    W = np.concatenate([others, belief.weights[:1] * right], axis=1)
    branches.append((W, hypotheses(True, len(sizes) + 1), (*sizes, 1)))
    return branches


def _expand_by_judges(p: Prospect, belief: Belief) -> tuple[FloatArray, np.ndarray]:
    """Every bin of every bundle's score of m's answer. (K M, 2H, Z) weights, bin by bin; (2H, U + 1) who is right."""
    r, b, bins = p.right[:, None, :], belief.weights, p.bins
    H, U = belief.right.shape
    grown = np.zeros((2 * H, U + 1), dtype=bool)
    grown[:H, :-1] = grown[H:, :-1] = belief.right
    grown[H:, -1] = True
    wrong, good = b * (1 - r), b * r
    W = np.concatenate([wrong * bins.wrong[:, None, None, None], good * bins.good[:, None, None, None]], axis=2)
    return W.reshape(-1, 2 * H, b.shape[1]), grown
