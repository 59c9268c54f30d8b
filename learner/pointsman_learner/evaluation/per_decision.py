"""Per-decision doubly robust estimates of what another policy would have brought, for whole cascades.

    V_t = V(s_t) + rho_t (r_t + V_{t+1} - Q(s_t, a_t)),   rho_t = P_target(a_t | s_t) / P_log(a_t | s_t)

Q and V are fitted on the other folds (fitted Q evaluation, ridge around what the log itself expected), so that no
episode is compared with what it taught. Jiang & Li (2016), "Doubly robust off-policy value evaluation for reinforcement
learning". Where an answer's quality is known for some episodes only, the last reward is itself doubly robust: Q of the
accepted answer, corrected by those that have one, each for as many as are like it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pointsman_learner.evaluation.table import ActionTable, depths
from pointsman_learner.types import FloatArray

FOLDS = 5
RIDGE = 5.0
"""Choices for which the prior counts in each direction of the features."""
BLOCKS = 10
"""Parts of the log, each with its own share of episodes with feedback: of the last, some has not arrived yet."""


@dataclass(frozen=True, slots=True)
class Terms:
    """(N,) one estimate an episode, whose means are the policy's: quality, dollars, and what of them has no support.

    weight: (N,) product of the ratios along the whole episode.
    """

    quality: FloatArray
    cost: FloatArray
    unsupported: FloatArray
    weight: FloatArray


def terms_of(table: ActionTable) -> Terms:
    """Estimates of quality and cost, episode by episode."""
    rated = ~np.isnan(table.reward)
    share = _share_rated(rated)
    fold = np.arange(len(table.first)) % FOLDS
    quality, cost = np.zeros(len(rated)), np.zeros(len(rated))
    for k in range(FOLDS):
        held = fold == k
        for which, found in ((0, quality), (1, cost)):
            q = _fitted(table, rated & ~held if which == 0 else ~held, ~held, which)
            found[held] = _recursion(table, q, rated, share, which)[held]
    return Terms(quality, cost, _unsupported(table), _weights(table))


def _share_rated(rated: NDArray[np.bool_]) -> FloatArray:
    """(N,) the share of episodes like each whose quality is known: by its part of the log, shrunk to the whole.

    Parts of which nobody said anything are told of by what was said of the others: together it counts for all episodes.
    """
    block = np.minimum(np.arange(len(rated)) * BLOCKS // max(1, len(rated)), BLOCKS - 1)
    overall = (rated.sum() + 1.0) / (len(rated) + 1.0)
    told = np.bincount(block, rated, BLOCKS)
    there = np.bincount(block, minlength=BLOCKS)
    share = np.asarray(((told + 10 * overall) / (there + 10))[block], dtype=float)
    counted = float((1.0 / share[rated]).sum())
    return share * min(1.0, counted / len(rated)) if counted else share


def _fitted(table: ActionTable, rated: NDArray[np.bool_], used: NDArray[np.bool_], which: int) -> FloatArray:
    """(R,) Q of every action under the target, from the episodes that may be used. which: 0 quality, 1 dollars."""
    q = table.prior[:, which].copy()
    q[table.stop] = 0.0
    at = table.taken
    x = table.features[at]
    known = np.where(table.ends, rated[table.episode], used[table.episode]) if which == 0 else used[table.episode]
    # A cascade that never accepted anything ended without an answer, whose quality is 0 and known.
    gram = x[known].T @ x[known] + RIDGE * np.eye(x.shape[1])
    for _ in depths(table):
        y = _outcome(table, q, which)
        theta = np.linalg.solve(gram, x[known].T @ (y - table.prior[at, which])[known])
        q = table.prior[:, which] + table.features @ theta
        q = np.clip(q, 0.0, 1.0) if which == 0 else np.maximum(q, 0.0)
        q[table.stop] = 0.0
    return q


def _outcome(table: ActionTable, q: FloatArray, which: int) -> FloatArray:
    """(C,) what each choice led to: its reward, and the value of the state that followed."""
    value = np.bincount(table.choice, table.target * q, len(table.taken))
    after = np.where(table.next >= 0, value[table.next], 0.0)
    if which == 1:
        return np.asarray(table.cost + after, dtype=float)
    return np.where(table.ends, np.nan_to_num(table.reward[table.episode]), after)


def _recursion(
    table: ActionTable, q: FloatArray, rated: NDArray[np.bool_], share: FloatArray, which: int
) -> FloatArray:
    """(N,) the doubly robust value of each episode's first state."""
    value = np.bincount(table.choice, table.target * q, len(table.taken))
    ratio = table.on_target / table.logged
    found = np.zeros(len(table.taken))
    for at in reversed(list(depths(table))):
        after = np.where(table.next[at] >= 0, found[table.next[at]], 0.0)
        of_taken = q[table.taken[at]]
        if which == 1:
            surprise = table.cost[at] + after - of_taken
        else:
            n = table.episode[at]
            last = np.where(rated[n], np.nan_to_num(table.reward[n]) - of_taken, 0.0) / share[n]
            surprise = np.where(table.ends[at], last, after - of_taken)
        found[at] = value[at] + ratio[at] * surprise
    return np.asarray(found[table.first], dtype=float)


def _unsupported(table: ActionTable) -> FloatArray:
    """(N,) the part of the target's way through each episode that the log's policy could not have taken."""
    ratio = table.on_target / table.logged
    found = np.zeros(len(table.taken))
    for at in reversed(list(depths(table))):
        after = np.where(table.next[at] >= 0, found[table.next[at]], 0.0)
        found[at] = table.unsupported[at] + ratio[at] * after
    return np.asarray(found[table.first], dtype=float)


def _weights(table: ActionTable) -> FloatArray:
    ratio = table.on_target / table.logged
    weight = np.ones(len(table.first))
    np.multiply.at(weight, table.episode, ratio)
    return weight
