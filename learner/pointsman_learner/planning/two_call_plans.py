"""Plans that begin with two calls, where answers have keys: what agreement and disagreement are worth, in closed form.

With a third call, every outcome has a probability that is a sum over difficulty z of products of up to three
P(right | z). So three matrix products give the probabilities of all outcomes of all plans, and the rest is choosing.
Arrays are small, and an operation costs more than its arithmetic: so few of them.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pointsman_learner.belief.joint_model import JointModel
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import WEIGHTS
from pointsman_learner.types import FloatArray

NEVER = -1e9
WORTH = 1e-9
"""Utility by which a plan must be better: rounding is no reason to prefer it."""


def quickest(values: FloatArray, wait: FloatArray) -> np.ndarray:
    """(...,) index of the best along the last axis; of those that are worth the same, of that with the shortest wait.

    values, wait: (..., K), or alike by broadcasting.

    >>> quickest(np.array([0.5, 0.9, 0.9]), np.array([1.0, 3.0, 2.0])).item()
    2
    """
    return np.asarray(np.where(values >= values.max(axis=-1, keepdims=True) - WORTH, wait, np.inf).argmin(axis=-1))


@lru_cache(maxsize=64)
def all_rows(models: int) -> np.ndarray:
    """(M,) of every model."""
    rows = np.arange(models)
    rows.setflags(write=False)
    return rows


def shortlist(quality: FloatArray, price: FloatArray, callable_: np.ndarray) -> np.ndarray:
    """(..., L) rows of the models that later calls of a plan are chosen from, in order: all, or the best of many.

    quality, price: (..., M) in utility. A dear model is called in few cases only, and so pays although it would not
    alone: so the best at a third and at a tenth of the price are among them, by turns.

    >>> shortlist(np.array([0.5, 0.9, 0.7]), np.array([0.0, 0.5, 0.1]), np.array([True, True, False])).tolist()
    [0, 1, 2]
    """
    M = price.shape[-1]
    if H.shortlist >= M:
        return np.broadcast_to(all_rows(M), price.shape)
    shares = np.array([[1.0], [1 / 3], [1 / 10]])
    worth = np.where(callable_[..., None, :], quality[..., None, :] - shares * price[..., None, :], NEVER)
    place = np.argsort(np.argsort(-worth, axis=-1, kind="stable"), axis=-1, kind="stable")
    turn = (len(shares) * place + np.arange(len(shares))[:, None]).min(axis=-2)
    return np.sort(np.argsort(turn, axis=-1)[..., : H.shortlist], axis=-1)


@lru_cache(maxsize=64)
def _pairs_of(models: int, listed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(P,) first and (P,) second of each pair, one of which is listed; (P, L) which of the listed could be a third."""
    a, b = np.triu_indices(listed, 1)
    others = np.arange(listed, models)
    a = np.concatenate([a, np.repeat(others, listed)])
    b = np.concatenate([b, np.tile(np.arange(listed), len(others))])
    third = np.arange(listed)
    return a, b, (third != a[:, None]) & (third != b[:, None])


@lru_cache(maxsize=64)
def _forms_of(joint: JointModel) -> tuple[FloatArray, FloatArray]:
    """What may come out, as weights of probabilities that calls are right, all of those named together.

    (8, 4) of c, a c, b c, a b c, once c has answered: a and b differ, and c agrees with a, or with b, who is right; c
    repeats a, or b, and the other is right; c differs from both, and a, or b, or c is right; a and b agree and are
    right, and c says so. (9, 4) of 1, a, b, a b, before: what the third to the sixth of those lack; a and b agree and
    are right; they agree; they differ, and a is right (or both, in other words), or b is; they differ.
    """
    e, q = joint.differs, joint.collides
    none = np.array([1.0, -1.0, -1.0, 1.0])
    a, b = np.array([0.0, 1.0, 0.0, e - 1.0]), np.array([0.0, 0.0, 1.0, -1.0])
    both = np.array([0.0, 0.0, 0.0, 1.0 - e])
    after = [
        (1 - e) * a, (1 - e) * b, -q * b, -q * a, (e + q - 1) * a, (e + q - 1) * b, (1 - q) * none,
        (1 - e) * both + q * none,
    ]  # fmt: skip
    before = [q * b, q * a, (1 - q) * a, (1 - q) * b, both, both + q * none, a, b, a + b + (1 - q) * none]
    return np.array(after), np.array(before)


def two_call_values(joint: JointModel, right: FloatArray, price: FloatArray, callable_: np.ndarray) -> FloatArray:
    """(..., M, M) utility of calling a and b, and a third where that pays.

    right: (..., M, Z) P(right | z); price: (..., M) of a call, in utility; callable_: (..., M) bool. Symmetric: a lone
    answer tells nothing. NEVER on the diagonal, for what may not be called, and for two of which neither is on the
    short list.
    """
    M = price.shape[-1]
    if H.shortlist >= M:
        return _values(joint, right, price, callable_, M)
    listed = shortlist(right @ WEIGHTS, price, callable_)
    is_listed = np.zeros(price.shape, dtype=bool)
    np.put_along_axis(is_listed, listed, values=True, axis=-1)
    order = np.argsort(~is_listed, axis=-1, kind="stable")
    right, price = np.take_along_axis(right, order[..., None], axis=-2), np.take_along_axis(price, order, axis=-1)
    values = _values(joint, right, price, np.take_along_axis(callable_, order, axis=-1), listed.shape[-1])
    back = np.argsort(order, axis=-1)
    values = np.take_along_axis(values, back[..., None], axis=-2)
    return np.take_along_axis(values, back[..., None, :], axis=-1)


def _values(joint: JointModel, right: FloatArray, price: FloatArray, callable_: np.ndarray, listed: int) -> FloatArray:
    """As `two_call_values`, where the first `listed` are the short list."""
    *lead, M = price.shape
    a, b, third = _pairs_of(M, listed)
    after, before = _forms_of(joint)
    weighted, of_third = right * WEIGHTS, np.swapaxes(right[..., :listed, :], -1, -2)
    one, two = weighted.sum(axis=-1), weighted @ of_third
    with_c = np.empty((*lead, 4, len(a), listed))  # c, a c, b c, a b c
    with_c[..., 0, :, :] = one[..., None, :listed]
    with_c[..., 1, :, :], with_c[..., 2, :, :] = two[..., a, :], two[..., b, :]
    np.matmul(weighted[..., a, :] * right[..., b, :], of_third, out=with_c[..., 3, :, :])
    shown = (after @ with_c.reshape(*lead, 4, -1)).reshape(*lead, 8, len(a), listed)
    alone = np.empty((*lead, 4, len(a)))  # 1, a, b, a b
    alone[..., 0, :] = 1.0
    alone[..., 1, :], alone[..., 2, :], alone[..., 3, :] = one[..., a], one[..., b], two[..., a, b]
    was = before @ alone
    shown[..., 2:6, :, :] += was[..., :4, :, None]
    may = callable_[..., None, :listed] & third
    charge = np.where(may, price[..., None, :listed], -NEVER)
    # They agree: c does, too, and they are believed; or it does not, and c is taken, or they are.
    both, agree, if_a, if_b, differ = (was[..., k, :] for k in range(4, 9))
    call = np.maximum(shown[..., 7, :, :], both[..., None]) - charge * agree[..., None]
    agreed = np.maximum(both, call.max(axis=-1))
    # They differ: c agrees with one of them, and both are believed, or the other still; or c differs as well.
    joins = np.maximum(shown[..., 0:2, :, :], shown[..., 2:4, :, :])
    apart = np.maximum(np.maximum(shown[..., 4, :, :], shown[..., 5, :, :]), shown[..., 6, :, :])
    call = joins[..., 0, :, :] + joins[..., 1, :, :] + apart - charge * differ[..., None]
    differed = np.maximum(np.maximum(if_a, if_b), call.max(axis=-1))
    value = agreed + differed - price[..., a] - price[..., b]
    out = np.full((*lead, M, M), NEVER)
    out[..., a, b] = out[..., b, a] = np.where(callable_[..., a] & callable_[..., b], value, NEVER)
    return out
