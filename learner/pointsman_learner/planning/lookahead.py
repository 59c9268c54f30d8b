"""What plans are worth: expected utility of calling one more model, and of what best follows.

A belief (see `belief`) is carried as a batch, W: (B, H, Z), with shared hypotheses. Values are unnormalised: weighted
by the batch element's probability, so that summing over outcomes is taking the expectation. A one-step lookahead
never calls two cheap models that may disagree, because disagreement pays only through the third call; so a first call
is scored with three steps and every later one with two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from pointsman_learner.belief.joint_model import (
    Belief,
    JointModel,
    agreement,
    disagreement,
    hypotheses,
    likelihood,
)
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import WEIGHTS
from pointsman_learner.planning.judge_bundles import NO_BINS, Bins
from pointsman_learner.planning.two_call_plans import NEVER, WORTH, all_rows, quickest, shortlist, two_call_values
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class Prospect:
    """What could be called.

    right: (M, Z) P(right | z); cost: (M,) dollars; lam: utility per dollar; callable: (M,) bool; bins: what judges'
    scores may turn out as; further: calls that may follow the next one; wait: (M,) milliseconds until its answer, and
    per_ms: utility that each costs. First calls are planned for several queries at once: then arrays have one axis
    more, the query's, before the others, and lam and per_ms are (B, 1).
    """

    joint: JointModel
    right: FloatArray
    cost: FloatArray
    lam: FloatArray | float
    callable: np.ndarray
    bins: Bins = NO_BINS
    further: int = 1
    wait: FloatArray | float = 0.0
    per_ms: FloatArray | float = 0.0

    @property
    def price(self) -> FloatArray:
        """(M,) utility that a call costs, in dollars and seconds."""
        return self.lam * self.cost + self.wait * self.per_ms

    @property
    def asking(self) -> FloatArray:
        """(bundles,) utility that asking judges costs, likewise."""
        return self.lam * self.bins.cost + self.per_ms * self.bins.wait

    def later(self) -> tuple[Prospect, np.ndarray, np.ndarray]:
        """What later calls are chosen from, (L,) its rows here, and (M, L) bool, which of it may follow a call of m."""
        rows, listed = all_rows(len(self.cost)), self
        if len(rows) > H.shortlist:
            rows = shortlist(self.right @ WEIGHTS, self.price, self.callable)
            wait = self.wait[rows] if isinstance(self.wait, np.ndarray) else self.wait
            right, cost, may = self.right[rows], self.cost[rows], self.callable[rows]
            listed = replace(self, right=right, cost=cost, callable=may, wait=wait)
        others = _all_others(len(rows)) if listed is self else rows != all_rows(len(self.cost))[:, None]
        return listed, rows, listed.callable & others


@lru_cache(maxsize=64)
def _all_others(models: int) -> np.ndarray:
    return ~np.eye(models, dtype=bool)


def first_call_values(p: Prospect, *, exclusive: bool) -> tuple[FloatArray, FloatArray]:
    """(M,) utility of the best plan that calls m first; (M,) index of the call that would follow, -1 for none.

    Of several queries, (B, M) each. Of calls that are worth the same the quickest follows. Where answers have keys a
    lone one tells nothing, so that the two first calls are made at once by those whose seconds have a price.
    """
    single = np.where(p.callable, p.right @ WEIGHTS - p.price, NEVER)
    if exclusive:
        plans = two_call_values(p.joint, p.right, p.price, p.callable)
        if np.any(p.per_ms):
            plans = plans + _saved(p)
        follow, then = quickest(plans, _of_others(p)), plans.max(axis=-1)
    else:
        then, follow = _then_by_judges(p)
    return np.maximum(single, then), np.where(then > single + WORTH, follow, -1)


def _saved(p: Prospect) -> FloatArray:
    """(M, M) utility of not waiting for one of two answers before the other is asked for; (B, M, M) of queries."""
    wait = np.broadcast_to(np.asarray(p.wait, dtype=float), p.cost.shape)
    saved = np.minimum(wait[..., :, None], wait[..., None, :])
    return np.asarray(saved * np.asarray(p.per_ms)[..., None], dtype=float)


def _of_others(p: Prospect) -> FloatArray:
    """(1, M) milliseconds until the answer of each that may follow; (B, 1, M) of several queries."""
    return np.broadcast_to(np.asarray(p.wait, dtype=float), p.cost.shape)[..., None, :]


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
        found = _accept_or_call(later, W, right, sizes, np.tile(allowed, (K, 1)), exclusive=False)
        value = p.bins.best(found.reshape(K, M), p.lam, p.per_ms)
    return np.where(p.callable, value - p.price, NEVER)


def ask_judge_values(p: Prospect, belief: Belief, unit: int, bins: Bins) -> FloatArray:
    """(bundles,) utility of asking each bundle, of these bins, about `unit`, and then doing what is best."""
    factor = np.where(belief.right[:, unit], bins.good[:, None], bins.wrong[:, None])
    W = belief.weights * factor[:, :, None]
    value = _accept_or_call(p, W, belief.right, belief.sizes, p.callable[None], exclusive=belief.exclusive)
    return np.add.reduceat(value, bins.start) - replace(p, bins=bins).asking


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
    after = _after_agreement(p, W, sizes) if exclusive else _after_judges(p, W, right, total)
    return np.asarray(after - p.price * total[:, None], dtype=float)


def _after_agreement(p: Prospect, W: FloatArray, sizes: Sequence[int]) -> FloatArray:
    """(B, M) probability that the best answer is right once m has answered. Exclusive: hypothesis 0 is "none"."""
    joint, K, n = p.joint, len(sizes), sum(sizes)
    also = [W[:, h] @ p.right.T for h in range(K + 1)]  # (B, M): hypothesis h holds, and m is right
    each = W.sum(axis=2)
    not_also = [each[:, h, None] - a for h, a in enumerate(also)]
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
    U, bins = right.shape[1], p.bins
    good, wrong = bins.good[:, None, None], bins.wrong[:, None, None]
    weight = np.stack([W.sum(axis=1), *(W[:, right[:, u]].sum(axis=1) for u in range(U))])  # of all, of each unit right
    both = (weight.reshape(-1, weight.shape[-1]) @ p.right.T).reshape(U + 1, len(W), -1)
    only = weight[1:].sum(axis=2)[:, :, None] - both[1:]
    best = good * both[0]  # (K, B, M)
    with_unit, without = np.empty_like(best), np.empty_like(best)  # these are large: nothing is copied
    for u in range(U):
        np.multiply(both[u + 1], good, out=with_unit)
        with_unit += np.multiply(only[u], wrong, out=without)
        np.maximum(best, with_unit, out=best)
    return bins.best(best, p.lam * total[:, None], p.per_ms * total[:, None])


def _then_by_judges(p: Prospect) -> tuple[FloatArray, FloatArray]:
    """(M,) utility of calling a, asking the best bundle, and calling another where that pays; (M,) which, or -1.

    Of several queries, (B, M) each. Two answers are each right or wrong, and each score falls into a bin: K of a's and
    K of the other's.
    """
    M, bins = p.cost.shape[-1], p.bins
    rows = np.broadcast_to(all_rows(M), p.cost.shape)
    if H.shortlist < M:
        rows = shortlist(p.right @ WEIGHTS, p.price, p.callable)
    right, price, may = p.right, p.price, p.callable
    if rows.shape[-1] < M:
        right = np.take_along_axis(right, rows[..., None], axis=-2)
        price, may = (np.take_along_axis(column, rows, axis=-1) for column in (price, may))
    R = np.swapaxes(right, -1, -2)
    if_right, if_wrong = p.right * WEIGHTS, (1 - p.right) * WEIGHTS
    good, wrong = bins.good[..., :, None], bins.wrong[..., :, None]  # (..., K, 1)
    accept = good * if_right.sum(axis=-1)[..., None, :]  # (..., K, M): a's bin, and a is right
    total = accept + wrong * if_wrong.sum(axis=-1)[..., None, :]
    both = good[..., None] * (if_right @ R)[..., None, :, :]  # (..., K, M, L): and the other is right
    other = both + wrong[..., None] * (if_wrong @ R)[..., None, :, :]
    of_good, of_wrong = (side[..., :, None, None, None] for side in (bins.good, bins.wrong))
    seen = both[..., None, :, :, :] * of_good  # (..., K, K, M, L), the other's bin first: long rows
    one = np.multiply((accept[..., None] - both)[..., None, :, :, :], of_wrong)
    seen += one
    np.maximum(seen, np.multiply(other[..., None, :, :, :], of_good, out=one), out=seen)  # the likelier is accepted
    asking = p.asking
    cost = asking[..., None, None] * total[..., None, :, :]
    call = (np.add.reduceat(seen, bins.start, axis=-4) - cost[..., None]).max(axis=-4)
    call -= price[..., None, None, :] * total[..., None]
    follows = may[..., None, :] & (rows[..., None, :] != np.arange(M)[:, None])
    call = np.where(follows[..., None, :, :], call, NEVER)
    value = np.add.reduceat(np.maximum(accept, call.max(axis=-1)), bins.start, axis=-2)
    value -= p.price[..., None, :] + asking[..., None]
    b = value.argmax(axis=-2)[..., None, :]
    alone = np.take_along_axis(np.add.reduceat(accept, bins.start, axis=-2), b, axis=-2)[..., 0, :]
    with_one = np.add.reduceat(np.maximum(accept[..., None], call), bins.start, axis=-3)
    with_one = np.take_along_axis(with_one, b[..., None], axis=-3)[..., 0, :, :]
    wait = np.take_along_axis(_of_others(p)[..., 0, :], rows, axis=-1)[..., None, :]
    best = quickest(with_one, wait)[..., None]
    which = np.take_along_axis(np.broadcast_to(rows[..., None, :], with_one.shape), best, axis=-1)
    follow = np.where(with_one.max(axis=-1) > alone + WORTH, which[..., 0], -1)
    return np.where(p.callable, value.max(axis=-2), NEVER), follow


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
    W = np.empty((len(bins.good), len(r), 2 * H, b.shape[1]))
    np.multiply(b * (1 - r), bins.wrong[:, None, None, None], out=W[:, :, :H])
    np.multiply(b * r, bins.good[:, None, None, None], out=W[:, :, H:])
    return W.reshape(-1, 2 * H, b.shape[1]), grown
