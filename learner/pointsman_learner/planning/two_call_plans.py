"""Plans that begin with two calls, where answers have keys: what agreement and disagreement are worth, in closed form.

With a third call, every outcome has a probability that is a sum over difficulty z of products of up to three
P(right | z). So three matrix products give the probabilities of all outcomes of all plans, and the rest is choosing.
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
def _outcomes_of(joint: JointModel) -> FloatArray:
    """(5, 4) P(what a and b show, and who of them is right) from P(c), P(a c), P(b c), P(a b c) all right.

    Agree and both right; agree and both wrong; differ and a is right (or both, in other words); differ and b is
    right; differ and none is.
    """
    e, q = joint.differs, joint.collides
    none = np.array([1.0, -1.0, -1.0, 1.0])
    return np.array([[0, 0, 0, 1 - e], q * none, [0, 1, 0, e - 1], [0, 0, 1, -1], (1 - q) * none])


def two_call_values(joint: JointModel, right: FloatArray, price: FloatArray, callable_: np.ndarray) -> FloatArray:
    """(M, M) utility of calling a and b, and a third where that pays.

    right: (M, Z) P(right | z); price: (M,) of a call, in utility; callable_: (M,) bool. Symmetric: a lone answer tells
    nothing. NEVER on the diagonal and for what may not be called.
    """
    M = len(price)
    a, b, third = _two_call_plans_of(M)
    c = np.ones((M + 1, len(WEIGHTS)))  # the third call; and last, one that is always right: whatever c would be
    c[:M] = right
    weighted = right * WEIGHTS
    with_c = np.empty((4, len(a), M + 1))  # P(c), P(a c), P(b c), P(a b c) all right
    with_c[0] = c @ WEIGHTS
    with_c[1], with_c[2] = (two := weighted @ c.T)[a], two[b]
    with_c[3] = (weighted[a] * right[b]) @ c.T
    shown = (_outcomes_of(joint) @ with_c.reshape(4, -1)).reshape(5, len(a), M + 1)
    charge = np.where(third & callable_, price, -NEVER)
    value = _agreed(joint, shown[:2], charge) + _differed(joint, shown[2:], charge)
    value = np.where(callable_[a] & callable_[b], value - price[a] - price[b], NEVER)
    out = np.full((M, M), NEVER)
    out[a, b] = out[b, a] = value
    return out


def _agreed(joint: JointModel, shown: FloatArray, charge: FloatArray) -> FloatArray:
    """(P,) where a and b agree. shown: (2, P, M + 1), both right and both wrong, with c right; last, whatever c is."""
    both, none = shown[0, :, -1], shown[1, :, -1]
    # c agrees with them, and they are believed; or it does not, and c is taken, or they are.
    call = np.maximum((1 - joint.differs) * shown[0, :, :-1] + shown[1, :, :-1], both[:, None])
    call -= charge * (both + none)[:, None]
    return np.asarray(np.maximum(both, call.max(axis=1)), dtype=float)


def _differed(joint: JointModel, shown: FloatArray, charge: FloatArray) -> FloatArray:
    """(P,) where they differ. shown: (3, P, M + 1), a right, b right and none, with c right; last, whatever c is."""
    e, q = joint.differs, joint.collides
    one, total = shown[:2], shown[:, :, -1].sum(axis=0)
    also = one[:, :, :-1]
    only = one[:, :, -1:] - also
    joins = np.maximum((1 - e) * also, q * only[::-1])  # c agrees with one of them: believe both, or the other still
    apart = np.maximum(((1 - q) * only + e * also).max(axis=0), shown[2, :, :-1])
    call = joins[0] + joins[1] + apart - charge * total[:, None]
    return np.asarray(np.maximum(one[:, :, -1].max(axis=0), call.max(axis=1)), dtype=float)
