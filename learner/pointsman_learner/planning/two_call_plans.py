"""Plans that begin with two calls, where answers have keys: what agreement and disagreement are worth, in closed form.

With a third call, every outcome has a probability that is a sum over difficulty z of products of up to three
P(right | z). So three matrix products give the probabilities of all outcomes of all plans, and the rest is choosing.
Arrays are small, and an operation costs more than its arithmetic: so few of them.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pointsman_learner.belief.joint_model import JointModel
from pointsman_learner.normal import WEIGHTS
from pointsman_learner.types import FloatArray

NEVER = -1e9


@lru_cache(maxsize=64)
def _two_call_plans_of(models: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(P,) first and (P,) second of each pair a < b; (P, M) which models could be a third."""
    a, b = np.triu_indices(models, 1)
    other = np.arange(models)
    return a, b, (other != a[:, None]) & (other != b[:, None])


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
    """(M, M) utility of calling a and b, and a third where that pays.

    right: (M, Z) P(right | z); price: (M,) of a call, in utility; callable_: (M,) bool. Symmetric: a lone answer tells
    nothing. NEVER on the diagonal and for what may not be called.
    """
    M = len(price)
    a, b, third = _two_call_plans_of(M)
    after, before = _forms_of(joint)
    weighted = right * WEIGHTS
    one, two = weighted.sum(axis=1), weighted @ right.T
    with_c = np.empty((4, len(a), M))  # c, a c, b c, a b c
    with_c[0], with_c[1], with_c[2] = one, two[a], two[b]
    np.matmul(weighted[a] * right[b], right.T, out=with_c[3])
    shown = (after @ with_c.reshape(4, -1)).reshape(8, len(a), M)
    alone = np.empty((4, len(a)))  # 1, a, b, a b
    alone[0], alone[1], alone[2], alone[3] = 1.0, one[a], one[b], two[a, b]
    was = before @ alone
    shown[2:6] += was[:4, :, None]
    charge = np.where(third & callable_, price, -NEVER)
    # They agree: c does, too, and they are believed; or it does not, and c is taken, or they are.
    both, agree, if_a, if_b, differ = was[4:]
    call = np.maximum(shown[7], both[:, None]) - charge * agree[:, None]
    agreed = np.maximum(both, call.max(axis=1))
    # They differ: c agrees with one of them, and both are believed, or the other still; or c differs as well.
    joins = np.maximum(shown[0:2], shown[2:4])
    apart = np.maximum(np.maximum(shown[4], shown[5]), shown[6])
    call = joins[0] + joins[1] + apart - charge * differ[:, None]
    differed = np.maximum(np.maximum(if_a, if_b), call.max(axis=1))
    value = np.where(callable_[a] & callable_[b], agreed + differed - price[a] - price[b], NEVER)
    out = np.full((M, M), NEVER)
    out[a, b] = out[b, a] = value
    return out
