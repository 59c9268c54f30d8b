"""What is believed of an episode's answers: which are right, given who agreed with whom and what judges said.

The joint model is small and shared by all queries: a normal-ogive item response model (Lord & Novick 1968) in which a
query is an item and its difficulty z is latent. Every model m is right with its marginal p_m, and all of them find a
query harder or easier together: P(right | z) = Phi(sqrt(1 + rho^2) Phi^-1(p_m) + rho z), z ~ N(0, 1). Right answers
have one key, except that a right answer is worded differently with probability `differs`; a wrong answer repeats some
earlier wrong one with probability `collides`. So two cheap models that disagree tell that one of them is wrong and
that the query is hard, and two that agree are right unless they collide.

Answers with equal keys form a unit. Where every answer has a key, at most one unit is right (exclusive); where keys
are missing, units are right independently given z. Dawid & Skene (1979) with item difficulty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pointsman_learner.ability import HIGH, LOW
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import NODES, WEIGHTS, cdf, log_odds_slope
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class JointModel:
    """The three numbers that answers share: rho (spread of difficulty), collides, differs (probabilities)."""

    rho: float = H.rho
    collides: float = H.collides
    differs: float = H.differs

    def right_at(self, ability: FloatArray) -> FloatArray:
        """(..., Z) P(right | z) of abilities (...,): the probits of marginals.

        >>> p = JointModel().right_at(np.array([0.8416]))
        >>> float((p @ WEIGHTS).round(2)[0])
        0.8
        """
        return np.minimum(np.maximum(cdf(self.probit_at(ability)), H.rarest), 1 - H.rarest)

    def probit_at(self, ability: FloatArray) -> FloatArray:
        """(..., Z) the probit of P(right | z)."""
        inside = np.minimum(np.maximum(ability, LOW), HIGH)
        return np.asarray(math.sqrt(1.0 + self.rho**2) * inside[..., None] + self.rho * NODES, dtype=float)


@dataclass(frozen=True, slots=True)
class Belief:
    """weights: (H, Z) joint probability of each hypothesis and difficulty, summing to 1.

    right: (H, U) bool, which units a hypothesis calls right; sizes: (U,) answers in each unit; unit_of: the unit of
    each answer, in order; log_evidence: log probability of all that was observed.
    """

    weights: FloatArray
    right: np.ndarray
    sizes: tuple[int, ...]
    unit_of: tuple[int, ...]
    exclusive: bool
    log_evidence: float = 0.0

    @property
    def unit_quality(self) -> FloatArray:
        """(U,) P(unit right)."""
        return np.asarray(self.weights.sum(axis=1) @ self.right, dtype=float)

    @property
    def quality(self) -> FloatArray:
        """(answers,) P(answer right)."""
        return self.unit_quality[list(self.unit_of)]

    def best(self) -> int:
        """The first answer of the likeliest unit."""
        return self.unit_of.index(int(np.argmax(self.unit_quality)))

    def weighed(self, unit: int, log_odds: float) -> Belief:
        """After evidence of `log_odds` that `unit` is right, from judges or feedback."""
        factor = np.where(self.right[:, unit], np.exp(log_odds), 1.0)
        return _normalised(self, self.weights * factor[:, None])

    def after_judges(self, odds: Sequence[float]) -> Belief:
        """After judges' log odds by answer, 0 where none spoke; of no answer where there are none."""
        belief = self
        for unit, log_odds in zip(self.unit_of, odds, strict=False):
            belief = belief.weighed(unit, log_odds) if log_odds else belief
        return belief

    def odds_of(self, unit: int, odds: Sequence[float]) -> float:
        """What judges said of all answers of a unit; odds: log odds by answer."""
        return sum(o for o, u in zip(odds, self.unit_of, strict=True) if u == unit)

    def with_unit_quality(self, unit: int, quality: float) -> Belief:
        """The same belief, but with P(unit right) moved to `quality`."""
        now = float(np.clip(self.unit_quality[unit], 1e-6, 1 - 1e-6))  # its log is taken
        return self.weighed(unit, float(np.log(quality / (1 - quality)) - np.log(now / (1 - now))))


def evidence_gradients(joint: JointModel, ability: FloatArray, belief: Belief) -> tuple[FloatArray, FloatArray]:
    """What a belief teaches of each answer's model: gradient and observed information, (answers,) each.

    ability: (answers,) probits of the marginals. The gradient is the derivative of the log evidence by the ability, the
    information minus the second derivative: for a lone answer that of a probit observation; for several, what is left
    once the query's difficulty and the other answers have explained their part. Without that, a model called only
    where others disagree would look worse than it is. The information is 0 where nothing was learnt.

    >>> ability = np.array([0.8416])  # right in 8 of 10
    >>> sure = believe(JointModel(), JointModel().right_at(ability), ["a"]).weighed(0, 9.0)
    >>> gradient, information = evidence_gradients(JointModel(), ability, sure)
    >>> gradient.round(2).tolist(), information.round(2).tolist()
    ([0.35], [0.39])

    Louis (1982).
    """
    u = joint.probit_at(ability)
    slope = math.sqrt(1.0 + joint.rho**2)
    p = cdf(u)
    steep = np.where((p > H.rarest) & (p < 1 - H.rarest), log_odds_slope(u), 0.0)
    right = np.array([belief.weights[belief.right[:, unit]].sum(axis=0) for unit in belief.unit_of])
    score = steep * (right - belief.weights.sum(axis=0) * p)
    gradient = slope * score.sum(axis=1)
    return gradient, slope**2 * (score * u).sum(axis=1) + gradient**2


def prior_belief(*, exclusive: bool) -> Belief:
    """Before any answer: one hypothesis, the difficulty unknown."""
    return Belief(WEIGHTS[None, :].copy(), np.zeros((1, 0), dtype=bool), (), (), exclusive)


def believe(joint: JointModel, right_given_z: FloatArray, keys: Sequence[str | None]) -> Belief:
    """The belief after answers with these keys; right_given_z: (answers, Z), from `right_at`.

    >>> p = JointModel().right_at(np.array([0.5244, 0.5244]))  # each right in 7 of 10
    >>> agree, differ = believe(JointModel(), p, ["a", "a"]), believe(JointModel(), p, ["a", "b"])
    >>> bool(agree.quality[0] > 0.9), bool(differ.quality[0] < 0.5)
    (True, True)
    """
    belief = prior_belief(exclusive=all(k is not None for k in keys))
    seen: list[str] = []
    for i, (p, key) in enumerate(zip(right_given_z, keys, strict=True)):
        label = f"\0{i}" if key is None else key
        unit = seen.index(label) if label in seen else None
        belief = _joins(joint, belief, p, unit) if unit is not None else _differs(joint, belief, p)
        if unit is None:
            seen.append(label)
    return belief


def log_evidence(
    joint: JointModel, ability: FloatArray, keys: Sequence[str | None], odds: Sequence[float] = (),
    told: tuple[int, float] | None = None,
) -> float:  # fmt: skip
    """Log probability of what was observed, had the models these abilities: keys, judges' odds, a user's word.

    ability: (answers,) probits of the marginals; odds: judges' log odds by answer, 0 where none spoke; told: an answer
    and what a user said of it, in [0, 1].
    """
    belief = believe(joint, joint.right_at(ability), keys).after_judges(odds)
    if told is None:
        return belief.log_evidence
    p = float(np.clip(belief.quality[told[0]], H.word_bound, 1 - H.word_bound))
    return belief.log_evidence + float(told[1] * np.log(p) + (1 - told[1]) * np.log(1 - p))


def _joins(joint: JointModel, b: Belief, p: FloatArray, unit: int) -> Belief:
    """One more answer agrees with `unit`."""
    collides = joint.collides * share_of_wrong(b.right, b.sizes, unit)
    likelihood = np.where(b.right[:, [unit]], p * (1 - joint.differs), (1 - p) * collides[:, None])
    sizes = tuple(s + (u == unit) for u, s in enumerate(b.sizes))
    return _normalised(Belief(b.weights, b.right, sizes, (*b.unit_of, unit), b.exclusive, b.log_evidence),
                       b.weights * likelihood)  # fmt: skip


def _differs(joint: JointModel, b: Belief, p: FloatArray) -> Belief:
    """One more answer agrees with none: hypotheses in which it is right are added."""
    some_right = np.asarray(b.right.any(axis=1, keepdims=True))
    some_wrong = np.asarray((~b.right).any(axis=1, keepdims=True))
    alone = np.where(some_wrong & b.exclusive, 1 - joint.collides, 1.0)
    if b.exclusive:
        old = b.weights * ((1 - p) * alone + np.where(some_right, p * joint.differs, 0.0))
        new = (b.weights * p)[~some_right[:, 0]]
        add = b.right[~some_right[:, 0]]
    else:
        old, new, add = b.weights * (1 - p), b.weights * p, b.right
    right = with_one_more(b.right, add)
    grown = Belief(b.weights, right, (*b.sizes, 1), (*b.unit_of, len(b.sizes)), b.exclusive, b.log_evidence)
    return _normalised(grown, np.vstack([old, new]))


def with_one_more(right: np.ndarray, add: np.ndarray) -> np.ndarray:
    """(H + A, U + 1) hypotheses with a unit more: those there are, where it is wrong, then `add`, (A, U), where not."""
    H, U = right.shape
    grown = np.zeros((H + len(add), U + 1), dtype=bool)
    grown[:H, :U], grown[H:, :U], grown[H:, U] = right, add, True
    return grown


def share_of_wrong(right: np.ndarray, sizes: Sequence[int], unit: int) -> FloatArray:
    """(H,) of the wrong answers so far, the share that is in `unit`."""
    wrong = (~right) @ np.array(sizes, dtype=float)
    return np.asarray(np.divide(sizes[unit], wrong, out=np.zeros_like(wrong), where=wrong > 0), dtype=float)


def _normalised(b: Belief, weights: FloatArray) -> Belief:
    total = float(weights.sum())
    return Belief(weights / total, b.right, b.sizes, b.unit_of, b.exclusive, b.log_evidence + float(np.log(total)))
