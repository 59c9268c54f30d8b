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
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from pointsman_learner.ability import HIGH, LOW
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import NODES, WEIGHTS, cdf, log_odds_slope
from pointsman_learner.types import FloatArray

_ROUNDING = 1e-9  # of a probability: no reason to prefer an answer


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
    _found: list[FloatArray] = field(default_factory=list, init=False, compare=False)

    @property
    def unit_quality(self) -> FloatArray:
        """(U,) P(unit right)."""
        if not self._found:
            self._found.append(self.weights.sum(axis=1) @ self.right)
        return self._found[0]

    @property
    def quality(self) -> FloatArray:
        """(answers,) P(answer right)."""
        return self.unit_quality[list(self.unit_of)]

    @property
    def best_unit(self) -> int:
        """The likeliest; the first, where they differ by rounding alone: all models may be as able as can be."""
        quality = self.unit_quality.tolist()
        least = max(quality) - _ROUNDING
        return next(u for u, q in enumerate(quality) if q >= least)

    def best(self) -> int:
        """The first answer of the likeliest unit."""
        return self.unit_of.index(self.best_unit)

    def weighed(self, unit: int, log_odds: float) -> Belief:
        """After evidence of `log_odds` that `unit` is right, from judges or feedback."""
        factor = np.where(self.right[:, unit], math.exp(log_odds), 1.0)
        return self._normalised(self.weights * factor[:, None])

    def after_judges(self, odds: Sequence[float]) -> Belief:
        """After judges' log odds by answer, 0 where none spoke; of no answer where there are none."""
        if not any(odds):
            return self
        return self._normalised(self.weights * judged(self.right, self.unit_of, odds)[:, None])

    def odds_of(self, unit: int, odds: Sequence[float]) -> float:
        """What judges said of all answers of a unit; odds: log odds by answer."""
        return sum(o for o, u in zip(odds, self.unit_of, strict=True) if u == unit)

    def with_unit_quality(self, unit: int, quality: float) -> Belief:
        """The same belief, but with P(unit right) moved to `quality`."""
        now = min(max(float(self.unit_quality[unit]), 1e-6), 1 - 1e-6)  # its log is taken
        return self.weighed(unit, math.log(quality / (1 - quality)) - math.log(now / (1 - now)))

    def _normalised(self, weights: FloatArray) -> Belief:
        total = float(weights.sum())
        log_evidence = self.log_evidence + math.log(total)
        return Belief(weights / total, self.right, self.sizes, self.unit_of, self.exclusive, log_evidence)


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


def believe(joint: JointModel, right_given_z: FloatArray, keys: Sequence[str | None]) -> Belief:
    """The belief after answers with these keys; right_given_z: (answers, Z), from `right_at`.

    >>> p = JointModel().right_at(np.array([0.5244, 0.5244]))  # each right in 7 of 10
    >>> agree, differ = believe(JointModel(), p, ["a", "a"]), believe(JointModel(), p, ["a", "b"])
    >>> bool(agree.quality[0] > 0.9), bool(differ.quality[0] < 0.5)
    (True, True)
    """
    return weigh(right_given_z, keys, joint.collides, joint.differs).belief()


@dataclass(frozen=True, slots=True)
class Weighed:
    """Hypotheses on some answers. weights: (..., H, Z), not normalised; the rest as in `Belief`."""

    weights: FloatArray
    right: np.ndarray
    sizes: tuple[int, ...]
    unit_of: tuple[int, ...]
    exclusive: bool

    def belief(self) -> Belief:
        """Of those under one assumption, (H, Z)."""
        total = float(self.weights.sum())
        return Belief(self.weights / total, self.right, self.sizes, self.unit_of, self.exclusive, math.log(total))


def weigh(
    right_given_z: FloatArray, keys: Sequence[str | None], collides: FloatArray | float, differs: FloatArray | float,
    before: Weighed | None = None,
) -> Weighed:  # fmt: skip
    """Every hypothesis on answers with these keys, under one assumption or under many at once.

    right_given_z: (..., answers, Z); collides, differs: (..., 1) of the joint model. before: what was found of the
    first of these answers, as exclusive as all of them are; None for none of them.
    """
    exclusive = all(k is not None for k in keys)
    weights, sizes, unit_of, units = WEIGHTS[None], list[int](), list[int](), dict[str, int]()
    if before is not None:
        weights, sizes, unit_of = before.weights, list(before.sizes), list(before.unit_of)
        units = {_label(i, keys[i]): unit for i, unit in enumerate(unit_of)}
    for i, key in enumerate(keys[len(unit_of) :], len(unit_of)):
        p = right_given_z[..., i, None, :]  # (..., 1, Z)
        unit = units.setdefault(_label(i, key), len(units))
        unit_of.append(unit)
        if unit < len(sizes):  # it agrees with a unit: there it is right, elsewhere one more wrong answer of it
            there, elsewhere = agreement(exclusive, tuple(sizes), unit)
            sizes[unit] += 1
            weights = weights * likelihood(p, there * (1.0 - differs), elsewhere * collides)
            continue
        if exclusive:  # it agrees with none: wrong, unlike all wrong ones; right in other words; or the right one
            some_right, some_wrong = disagreement(len(sizes))
            others = weights * likelihood(p, some_right * differs, 1.0 - some_wrong * collides)
            weights = np.concatenate([others, weights[..., :1, :] * p], axis=-2)
        else:
            right = weights * p
            weights = np.concatenate([weights - right, right], axis=-2)
        sizes.append(1)
    return Weighed(weights, hypotheses(exclusive, len(sizes)), tuple(sizes), tuple(unit_of), exclusive)


def _label(i: int, key: str | None) -> str:
    """What answers of one unit share."""
    return f"\0{i}" if key is None else key


def judged(right: np.ndarray, unit_of: Sequence[int], odds: Sequence[float]) -> FloatArray:
    """(H,) by what factor judges' log odds, by answer, speak for each hypothesis."""
    of_unit = np.zeros(right.shape[1])
    for unit, log_odds in zip(unit_of, odds, strict=False):
        of_unit[unit] += log_odds
    return np.asarray(np.exp(right @ of_unit), dtype=float)


def likelihood(p: FloatArray, if_right: FloatArray, if_wrong: FloatArray) -> FloatArray:
    """(..., H, Z) of an answer that is right with p, (..., 1, Z); if_right, if_wrong: (..., H)."""
    return np.asarray(if_right[..., None] * p + if_wrong[..., None] * (1.0 - p), dtype=float)


@lru_cache(maxsize=64)
def hypotheses(exclusive: bool, units: int) -> np.ndarray:
    """(H, U) which units each calls right. Exclusive: none, or one of them; else every set, later units slowest."""
    if exclusive:
        found = np.concatenate([np.zeros((1, units), dtype=bool), np.eye(units, dtype=bool)])
    else:
        found = (np.arange(2**units)[:, None] >> np.arange(units)) & 1 > 0
    found.setflags(write=False)  # every belief of its kind holds this one
    return found


@lru_cache(maxsize=4096)
def agreement(exclusive: bool, sizes: tuple[int, ...], unit: int) -> tuple[FloatArray, FloatArray]:
    """(H,) 1 where `unit` is right; (H,) where not, the share of the wrong answers so far that is in it."""
    right = hypotheses(exclusive, len(sizes))
    there = right[:, unit].astype(float)
    wrong = np.maximum((~right) @ np.array(sizes, dtype=float), 1.0)
    return there, (1.0 - there) * sizes[unit] / wrong


@lru_cache(maxsize=64)
def disagreement(units: int) -> tuple[FloatArray, FloatArray]:
    """(H,) each: 1 where some unit is right; 1 where some is wrong."""
    right = hypotheses(True, units)
    return right.any(axis=1).astype(float), (~right).any(axis=1).astype(float)


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
