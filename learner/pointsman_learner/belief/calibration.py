"""What judges and beliefs are worth by what users said: logistic regressions, learnt by online Newton steps.

Where judges are wrong on some of the traffic, their odds lose their vote there, or change sides. Platt (1999).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from pointsman_learner.belief.sources import softened
from pointsman_learner.context.clusters import CLUSTERS
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray


def _odds_prior() -> tuple[tuple[float, ...], tuple[float, ...]]:
    offset, slope, cluster_offset, cluster_slope = H.odds_variances
    variances = (offset, slope, *(CLUSTERS * (cluster_offset,)), *(CLUSTERS * (cluster_slope,)))
    return (0.0, 1.0, *(2 * CLUSTERS * (0.0,))), variances


ODDS_PRIOR = _odds_prior()
"""Prior mean and variance of `OddsCalibration`."""
RECALIBRATION_PRIOR = (0.0, 1.0, 0.0), H.recalibration_variances
"""Prior mean and variance of `Recalibration`."""
NO_CLUSTER: FloatArray = np.zeros(CLUSTERS)


@dataclass(slots=True)
class OddsCalibration:
    """What judges' combined log odds are worth beside the prior: P(right) = sigmoid(logit(prior) + b + c odds).

    b and c are those of all traffic plus what is particular to each cluster of it, by how much a query is in it.
    Class means are learnt from answers that were accepted, which are those that judges liked; what users say of an
    answer given its score is not bent by that choice. And it tells sooner: where judges are wrong, users see right
    answers of low score, but hardly a wrong one. Online Newton steps on the logistic loss, from b = 0, c = 1.

    theta, cov: (2 + 2 CLUSTERS,) and its square: b, c, b of each cluster, c of each cluster.
    """

    theta: FloatArray = field(default_factory=lambda: np.array(ODDS_PRIOR[0]))
    cov: FloatArray = field(default_factory=lambda: np.diag(ODDS_PRIOR[1]))

    def correct(self, odds: float, clusters: FloatArray = NO_CLUSTER) -> float:
        """The corrected log odds; clusters: (CLUSTERS,) how much the query is of each.

        >>> OddsCalibration().correct(0.7)
        0.7
        """
        return float(self.theta @ seen_of_judges(odds, clusters))

    def right(self, prior: float, odds: float, clusters: FloatArray = NO_CLUSTER) -> float:
        """P(right) of an answer of prior quality `prior`, of which judges said `odds`."""
        return float(1.0 / (1.0 + np.exp(-(logit(prior) + self.correct(odds, clusters)))))

    def strength(self, clusters: FloatArray = NO_CLUSTER) -> float:
        """By how much judges tell more, or less, on such a query than their class means say."""
        return abs(float(self.theta[1] + self.theta[2 + CLUSTERS :] @ clusters))

    def forget_clusters(self) -> None:
        """Keep what holds of all traffic: clusters are found anew, and none is what it was."""
        mean, variance = np.array(ODDS_PRIOR[0]), np.diag(ODDS_PRIOR[1])
        mean[:2], variance[:2, :2] = self.theta[:2], self.cov[:2, :2]
        self.theta, self.cov = mean, variance

    def learn_one(  # noqa: PLR0917 - what was observed of one answer
        self, prior: float, odds: float, outcome: float, weight: float = 1.0, clusters: FloatArray = NO_CLUSTER,
        slip: float = 0.0,
    ) -> None:  # fmt: skip
        """An answer of prior quality `prior`, of which judges said `odds`, is said to be `outcome` in [0, 1].

        slip: how often who said it is mistaken.
        """
        x = seen_of_judges(odds, clusters)
        p = _sigmoid(logit(prior) + float(self.theta @ x))
        self.theta, self.cov = _newton(self.theta, self.cov, x, p, outcome, weight, slip)


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
        return _sigmoid(float(self.theta @ _seen(believed, odds)))

    def learn_one(self, believed: float, odds: float, outcome: float, weight: float = 1.0) -> None:
        """An answer believed right with `believed`, of which judges said `odds`, turned out as `outcome` in [0, 1]."""
        p = self.correct(believed, odds)
        self.theta, self.cov = _newton(self.theta, self.cov, _seen(believed, odds), p, outcome, weight, 0.0)


def _newton(  # noqa: PLR0917 - the symbols of one formula
    theta: FloatArray, cov: FloatArray, x: FloatArray, p: float, outcome: float, weight: float, slip: float
) -> tuple[FloatArray, FloatArray]:
    """One step of Bayesian logistic regression on a noisy label: the posterior's mean and covariance after it.

    The gradient is that of the log likelihood of what was said, the information its expectation (Fisher's).
    """
    gain = cov @ x
    information, residual = p * (1 - p), outcome - p
    if slip > 0.0:
        said = slip + (1 - 2 * slip) * p
        information *= (1 - 2 * slip) ** 2 * information / (said * (1 - said))
        residual = softened(outcome, p, slip) - p
    curvature = weight * max(information, 0.02)  # one surprise of what was sure must not throw all over
    cov = cov - gain[:, None] * gain * curvature / (1 + curvature * float(x @ gain))
    return theta + weight * (cov @ x) * residual, cov


def logit(p: float) -> float:
    """Log odds of a probability that is kept off 0 and 1."""
    p = min(max(p, 0.005), 0.995)
    return math.log(p / (1 - p))


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(x, -700.0)))  # beyond it a float has no room


def seen_of_judges(odds: float, clusters: FloatArray) -> FloatArray:
    """(2 + 2 CLUSTERS,) what `OddsCalibration` weighs."""
    seen = np.empty(2 + 2 * CLUSTERS)
    seen[0], seen[1], seen[2 : 2 + CLUSTERS], seen[2 + CLUSTERS :] = 1.0, odds, clusters, odds * clusters
    return seen


def _seen(believed: float, odds: float) -> FloatArray:
    return np.array([1.0, logit(believed), odds])
