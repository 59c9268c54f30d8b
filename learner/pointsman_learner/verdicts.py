"""Judges: what their verdicts tell of an answer, combined with their correlation, calibrated per kind of query.

A judge's score is first made a normal score: its rank among that judge's scores, so that only its order matters; half
of that among its scores of the same model. Ranks among all models' answers alone would let a judge that dislikes a
model's manner speak against every answer of it. Ranks within the model alone leave its level to the prior: one that is
too low makes good answers look doubtful, they are not accepted, and no user corrects it.

Then scores are normal given whether the answer is right, with class means that are learnt per judge, and one covariance
of all judges: linear discriminant analysis. Two judges that always agree share one vote through the covariance.

What the combined log odds are worth is calibrated by what users said, per kind of query: where judges are wrong, the
odds lose their vote, or change sides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pointsman_learner.gaussian import quantile
from pointsman_learner.traffic_kinds import KINDS
from pointsman_learner.words import FloatArray, Step

BINS = 64
PRIOR_SEPARATION = 0.8
"""Distance between the class means before any feedback: a judge with AUC .71."""
PRIOR_LABELS = 6.0
MODEL_SHRINKAGE = 20.0
"""Scores of a model that weigh as much as those of all models in telling what is usual."""
PRIOR_CORRELATION = 0.5
LONGEST_ODDS = 5.0
AGREEMENT = "agreement"
"""The judge whose opinion enters through the answers' keys, not as a score."""
ODDS_PRIOR = (0.0, 1.0, *(2 * KINDS * (0.0,))), (0.25, 0.1, *(KINDS * (0.1,)), *(KINDS * (0.25,)))
"""Prior mean and variance of `OddsCalibration`."""
RECALIBRATION_PRIOR = (0.0, 1.0, 0.0), (0.25, 0.04, 0.04)
"""Prior mean and variance of `Recalibration`."""
NO_KIND: FloatArray = np.zeros(KINDS)


@dataclass(slots=True)
class JudgeCalibration:
    """What is known of the judges.

    names: judges in order of appearance (K); histogram: (1 + M, K, BINS) of scores, row 0 over all models; labels,
    sums: (K, 2) weight and sum of normal scores by class; scatter, pairs: (K, K) residual products and their weights.
    """

    names: list[str] = field(default_factory=list)
    histogram: FloatArray = field(default_factory=lambda: np.zeros((1, 0, BINS)))
    labels: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    sums: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    scatter: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    pairs: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))

    def see(self, scores: Mapping[str, float], model: int | None = None, weight: float = 1.0) -> None:
        """Count scores of an answer by `model` (its row) among their judges' scores. No label is needed."""
        rows = [0] if model is None else [0, model + 1]
        for name, score in scores.items():
            k = self._index(name)
            if rows[-1] >= len(self.histogram):
                self.histogram = np.pad(self.histogram, ((0, rows[-1] + 1 - len(self.histogram)), (0, 0), (0, 0)))
            self.histogram[rows, k, min(BINS - 1, int(score * BINS))] += weight

    def learn(self, scores: Mapping[str, float], outcome: float, weight: float = 1.0, model: int | None = None) -> None:
        """These scores were of an answer by `model` that turned out right with `outcome` in [0, 1]."""
        if not scores:
            return
        index = [self._index(n) for n in scores]
        z = self._normal(index, list(scores.values()), model)
        for y, share in ((1, outcome), (0, 1.0 - outcome)):
            w = weight * share
            if w <= 0:
                continue
            residual = z - self._means(index)[y]
            self.scatter[np.ix_(index, index)] += w * np.outer(residual, residual)
            self.pairs[np.ix_(index, index)] += w
            self.labels[index, y] += w
            self.sums[index, y] += w * z

    def log_odds(self, scores: Mapping[str, float], model: int | None = None) -> float:
        """How much the scores speak for the answer being right; 0 where no judge said anything.

        >>> JudgeCalibration().log_odds({})
        0.0
        """
        index = [self.names.index(n) for n in scores if n in self.names]
        if not index:
            return 0.0
        z = self._normal(index, [s for n, s in scores.items() if n in self.names], model)
        wrong, right = self._means(index)
        gap, cov = right - wrong, self._covariance(index)
        weights = gap / cov[0] if len(index) == 1 else np.linalg.solve(cov, gap)
        return float(np.clip(weights @ (z - (right + wrong) / 2), -LONGEST_ODDS, LONGEST_ODDS))

    def separation(self, judges: Sequence[str]) -> float:
        """D' of these judges' combined score: sqrt of the Mahalanobis distance of the class means."""
        if not judges:
            return 0.0
        known = [self.names.index(n) for n in judges if n in self.names]
        d2 = 0.0
        if known:
            wrong, right = self._means(known)
            gap = np.maximum(right - wrong, 0.0)
            d2 = float(gap @ np.linalg.solve(self._covariance(known), gap))
        unknown = len(judges) - len(known)
        return float(np.sqrt(d2 + unknown * PRIOR_SEPARATION**2 / (1 + PRIOR_CORRELATION * (len(judges) - 1))))

    def _means(self, index: Sequence[int]) -> FloatArray:
        """(2, k) class means of normal scores, wrong first."""
        prior = np.array([-0.5, 0.5])[None, :] * PRIOR_SEPARATION
        mean = (self.sums[index] + PRIOR_LABELS * prior) / (self.labels[index] + PRIOR_LABELS)
        return np.asarray(mean.T, dtype=float)

    def _covariance(self, index: Sequence[int]) -> FloatArray:
        k = len(index)
        prior = 0.75 * (PRIOR_CORRELATION + (1 - PRIOR_CORRELATION) * np.eye(k))
        grid = np.array(index)[:, None], np.array(index)[None, :]
        s, n = self.scatter[grid], self.pairs[grid]
        return np.asarray((s + 2 * PRIOR_LABELS * prior) / (n + 2 * PRIOR_LABELS) + 0.02 * np.eye(k), dtype=float)

    def _normal(self, index: Sequence[int], scores: Sequence[float], model: int | None) -> FloatArray:
        """Normal scores: half among this judge's scores of all models' answers, half among those of this model's."""
        bins = np.minimum((np.asarray(scores) * BINS).astype(int), BINS - 1)
        h = self.histogram[0, index] + 0.25
        overall = _normal_scores(h, bins)
        if model is None or model + 1 >= len(self.histogram):
            return overall
        own = self.histogram[model + 1, index] + MODEL_SHRINKAGE * h / h.sum(axis=1, keepdims=True)
        return (overall + _normal_scores(own, bins)) / 2

    def _index(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
            K = len(self.names)
            self.histogram = np.pad(self.histogram, ((0, 0), (0, 1), (0, 0)))
            self.labels = np.pad(self.labels, ((0, 1), (0, 0)))
            self.sums = np.pad(self.sums, ((0, 1), (0, 0)))
            self.scatter = np.pad(self.scatter, ((0, K - len(self.scatter)),) * 2)
            self.pairs = np.pad(self.pairs, ((0, K - len(self.pairs)),) * 2)
        return self.names.index(name)


def _normal_scores(histogram: FloatArray, bins: np.ndarray) -> FloatArray:
    """(k,) quantiles of the share of each row's counts (k, BINS) that lies below a bin (k,), ties counted half."""
    below, rows = np.cumsum(histogram, axis=1), np.arange(len(bins))
    rank = (below[rows, bins] - histogram[rows, bins] / 2) / below[:, -1]
    return quantile(np.clip(rank, 0.005, 0.995))


def scores_of(step: Step) -> dict[str, float]:
    """The scores that a step's judges gave, without agreement, which speaks through keys."""
    return {v.judge: v.score for v in step.verdicts if v.score is not None and v.judge != AGREEMENT}


@dataclass(slots=True)
class OddsCalibration:
    """What judges' combined log odds are worth beside the prior: P(right) = sigmoid(logit(prior) + b + c odds).

    b and c are those of all traffic plus what is particular to each kind of it, by how much a query is of that kind.
    Class means are learnt from answers that were accepted, which are those that judges liked; what users say of an
    answer given its score is not bent by that choice. And it tells sooner: where judges are wrong, users see right
    answers of low score, but hardly a wrong one. Online Newton steps on the logistic loss, from b = 0, c = 1.

    theta, cov: (2 + 2 KINDS,) and its square: b, c, b of each kind, c of each kind.
    """

    theta: FloatArray = field(default_factory=lambda: np.array(ODDS_PRIOR[0]))
    cov: FloatArray = field(default_factory=lambda: np.diag(ODDS_PRIOR[1]))

    def correct(self, odds: float, kinds: FloatArray = NO_KIND) -> float:
        """The corrected log odds; kinds: (KINDS,) how much the query is of each.

        >>> OddsCalibration().correct(0.7)
        0.7
        """
        return float(self.theta @ seen_of_judges(odds, kinds))

    def strength(self, kinds: FloatArray = NO_KIND) -> float:
        """By how much judges tell more, or less, on such a query than their class means say."""
        return abs(float(self.theta[1] + self.theta[2 + KINDS :] @ kinds))

    def forget_kinds(self) -> None:
        """Keep what holds of all traffic: kinds are found anew, and none is what it was."""
        mean, variance = np.array(ODDS_PRIOR[0]), np.diag(ODDS_PRIOR[1])
        mean[:2], variance[:2, :2] = self.theta[:2], self.cov[:2, :2]
        self.theta, self.cov = mean, variance

    def learn_one(
        self, prior: float, odds: float, outcome: float, weight: float = 1.0, kinds: FloatArray = NO_KIND
    ) -> None:
        """An answer of prior quality `prior`, of which judges said `odds`, turned out as `outcome` in [0, 1]."""
        x = seen_of_judges(odds, kinds)
        p = float(1.0 / (1.0 + np.exp(-(logit(prior) + self.theta @ x))))
        self.theta, self.cov = _newton(self.theta, self.cov, x, outcome - p, p, weight)


@dataclass(slots=True)
class Recalibration:
    """A last check of the belief against what users said: P(right) = sigmoid(b + a logit(believed) + c odds).

    odds: the judges' part of it. A judge sees what makes a query hard, and so does the prior: together they say it
    twice. c above 0 with a below 1 takes the prior for less than it says beside judges. Online Newton steps on the
    logistic loss from a normal prior around b = 0, a = 1, c = 0.
    """

    theta: FloatArray = field(default_factory=lambda: np.array(RECALIBRATION_PRIOR[0]))
    cov: FloatArray = field(default_factory=lambda: np.diag(RECALIBRATION_PRIOR[1]))

    def correct(self, believed: float, odds: float = 0.0) -> float:
        """The corrected probability, in (0, 1).

        >>> round(Recalibration().correct(0.8), 6)
        0.8
        """
        return float(1.0 / (1.0 + np.exp(-self.theta @ _seen(believed, odds))))

    def learn_one(self, believed: float, odds: float, outcome: float) -> None:
        """An answer believed right with `believed`, of which judges said `odds`, turned out as `outcome` in [0, 1]."""
        p = self.correct(believed, odds)
        self.theta, self.cov = _newton(self.theta, self.cov, _seen(believed, odds), outcome - p, p, 1.0)


def _newton(  # noqa: PLR0917 - the symbols of one formula
    theta: FloatArray, cov: FloatArray, x: FloatArray, residual: float, p: float, weight: float
) -> tuple[FloatArray, FloatArray]:
    """One step of Bayesian logistic regression: the posterior's mean and covariance after one outcome."""
    gain = cov @ x
    curvature = weight * max(p * (1 - p), 0.02)
    cov = cov - np.outer(gain, gain) * curvature / (1 + curvature * float(x @ gain))
    return theta + weight * (cov @ x) * residual, cov


def logit(p: float) -> float:
    """Log odds of a probability that is kept off 0 and 1."""
    p = min(max(p, 0.005), 0.995)
    return float(np.log(p / (1 - p)))


def seen_of_judges(odds: float, kinds: FloatArray) -> FloatArray:
    """(2 + 2 KINDS,) what `OddsCalibration` weighs."""
    return np.concatenate([[1.0, odds], kinds, odds * kinds])


def _seen(believed: float, odds: float) -> FloatArray:
    return np.array([1.0, logit(believed), odds])
