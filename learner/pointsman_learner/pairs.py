"""Plans that begin with two calls, where answers have keys: what agreement and disagreement are worth, in closed form.

With a third call, every outcome has a probability that is a sum over difficulty z of products of up to three
P(right | z). So three matrix products give the probabilities of all outcomes of all plans, and the rest is choosing.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pointsman_learner.belief import JointModel
from pointsman_learner.gaussian import WEIGHTS
from pointsman_learner.words import FloatArray

NEVER = -1e9


@lru_cache(maxsize=64)
def _pairs_of(models: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(P,) first and (P,) second of each pair a < b; (P, M) which models could be a third."""
    a, b = np.triu_indices(models, 1)
    other = np.arange(models)
    return a, b, (other != a[:, None]) & (other != b[:, None])


def pair_values(joint: JointModel, right: FloatArray, price: FloatArray, callable_: np.ndarray) -> FloatArray:
    """(M, M) utility of calling a and b, and a third where that pays.

    right: (M, Z) P(right | z); price: (M,) of a call, in utility; callable_: (M,) bool. Symmetric: a lone answer tells
    nothing. NEVER on the diagonal and for what may not be called.
    """
    M = len(price)
    a, b, third = _pairs_of(M)
    weighted = right * WEIGHTS
    both_z = weighted[a] * right[b]
    one, two, three = weighted.sum(axis=1), weighted @ right.T, both_z @ right.T
    charge = np.where(third & callable_, price, -NEVER)  # (P, M)
    value = _agreed(joint, one, two, three, a, b, charge) + _differed(joint, one, two, three, a, b, charge)
    value = np.where(callable_[a] & callable_[b], value - price[a] - price[b], NEVER)
    out = np.full((M, M), NEVER)
    out[a, b] = out[b, a] = value
    return out


def _agreed(  # noqa: PLR0917 - probabilities of one, two and three being right, and who is in a pair
    joint: JointModel, one: FloatArray, two: FloatArray, three: FloatArray, a: np.ndarray, b: np.ndarray,
    charge: FloatArray,
) -> FloatArray:  # fmt: skip
    """(P,) where a and b agree: both are right, or both are wrong and collide."""
    e, q = joint.differs, joint.collides
    both = (1 - e) * two[a, b]
    none = q * (1 - one[a] - one[b] + two[a, b])
    both_c = (1 - e) * three  # and c would be right, too
    none_c = q * (one - two[a] - two[b] + three)
    apart = np.maximum(none_c, both[:, None] - (1 - e) * both_c)  # c's answer is another: take it, or stay
    call = (1 - e) * both_c + apart - charge * (both + none)[:, None]
    return np.asarray(np.maximum(both, call.max(axis=1)), dtype=float)


def _differed(  # noqa: PLR0917 - as above
    joint: JointModel, one: FloatArray, two: FloatArray, three: FloatArray, a: np.ndarray, b: np.ndarray,
    charge: FloatArray,
) -> FloatArray:  # fmt: skip
    """(P,) where they differ. Both right in different words counts as a being right."""
    e, q = joint.differs, joint.collides
    right_a, right_b = one[a] - (1 - e) * two[a, b], one[b] - two[a, b]
    none = (1 - q) * (1 - one[a] - one[b] + two[a, b])
    a_c, b_c = two[a] - (1 - e) * three, two[b] - three
    none_c = (1 - q) * (one - two[a] - two[b] + three)
    only_a, only_b = right_a[:, None] - a_c, right_b[:, None] - b_c
    with_a = np.maximum((1 - e) * a_c, q * only_b)  # c agrees with a: believe them, or b still
    with_b = np.maximum((1 - e) * b_c, q * only_a)
    apart = np.maximum(np.maximum((1 - q) * only_a + e * a_c, (1 - q) * only_b + e * b_c), none_c)
    call = with_a + with_b + apart - charge * (right_a + right_b + none)[:, None]
    return np.asarray(np.maximum(np.maximum(right_a, right_b), call.max(axis=1)), dtype=float)
