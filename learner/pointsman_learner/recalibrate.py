"""The job that refits judges' odds and the belief's last correction in batch, where that foretells better.

One Newton step an outcome is quick but leaves the order of outcomes in the result. The job fits the older half of the
recent outcomes to convergence and is judged on the newer half: only what it did not see can speak for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pointsman_learner.knowledge import Knowledge
from pointsman_learner.verdicts import ODDS_PRIOR, RECALIBRATION_PRIOR
from pointsman_learner.words import FloatArray

RECENT = 2000
ENOUGH = 100
SWEEPS = 20
CLOSE = 1e-6
PRIORS: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "judged": ODDS_PRIOR,
    "recalibration": RECALIBRATION_PRIOR,
}
"""By calibration: prior mean and variance of its numbers."""


@dataclass(slots=True)
class Outcomes:
    """Recent outcomes by calibration: (offset, x ..., outcome): P(right) = sigmoid(offset + b + c x) is fitted."""

    judged: deque[tuple[float, ...]] = field(default_factory=lambda: deque(maxlen=RECENT))
    recalibration: deque[tuple[float, ...]] = field(default_factory=lambda: deque(maxlen=RECENT))


def propose(outcomes: Outcomes, known: Knowledge) -> dict[str, Any] | None:
    """New (b, c) of each calibration that would foretell outcomes not fitted better, with the evidence; else None."""
    change: dict[str, Any] = {}
    for name, prior in PRIORS.items():
        rows = np.array(getattr(outcomes, name))
        if len(rows) < ENOUGH:
            continue
        half = len(rows) // 2
        theta, _ = fit(rows[:half], *prior)
        before = log_loss(rows[half:], getattr(known, name).theta)
        after = log_loss(rows[half:], theta)
        if after < before - 1.0 / len(rows):
            best, cov = fit(rows, *prior)
            evidence = {"outcomes": len(rows), "log_loss_before": before, "log_loss_after": after}
            change[name] = {"theta": best.tolist(), "cov": cov.tolist(), "evidence": evidence}
    return change or None


def apply(change: Mapping[str, Any], known: Knowledge) -> None:
    """Put the fitted numbers in force."""
    for name, fitted in change.items():
        part = getattr(known, name)
        part.theta, part.cov = np.array(fitted["theta"]), np.array(fitted["cov"])


def fit(rows: FloatArray, mean: Sequence[float], variance: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    """Posterior mode and covariance of (b, c ...); rows (n, k) as in `Outcomes`.

    >>> rows = np.array([(0.0, 2.0, 1.0), (0.0, -2.0, 0.0)] * 50)
    >>> bool(fit(rows, (0.0, 1.0), (0.25, 0.1))[0][1] > 1.0)
    True
    """
    prior = np.diag(1.0 / np.asarray(variance))
    theta = np.asarray(mean, dtype=float)
    X = _design(rows)

    def loss(theta: FloatArray) -> float:
        odds, off = rows[:, 0] + X @ theta, theta - np.asarray(mean)
        return float(np.sum(np.logaddexp(0.0, odds) - rows[:, -1] * odds) + off @ prior @ off / 2)

    for _ in range(SWEEPS):
        p = 1.0 / (1.0 + np.exp(-(rows[:, 0] + X @ theta)))
        gradient = X.T @ (rows[:, -1] - p) - prior @ (theta - np.asarray(mean))
        precision = (X * (p * (1 - p))[:, None]).T @ X + prior
        step = np.linalg.solve(precision, gradient)
        before = loss(theta)
        while loss(theta + step) > before and np.abs(step).max() > CLOSE:  # from afar it can be too long
            step = step / 2
        theta = theta + step
    return theta, np.linalg.inv(precision)


def log_loss(rows: FloatArray, theta: FloatArray) -> float:
    """Mean negative log likelihood, in nats."""
    p = np.clip(1.0 / (1.0 + np.exp(-(rows[:, 0] + _design(rows) @ theta))), 1e-6, 1 - 1e-6)
    return float(-np.mean(rows[:, -1] * np.log(p) + (1 - rows[:, -1]) * np.log(1 - p)))


def _design(rows: FloatArray) -> FloatArray:
    return np.column_stack([np.ones(len(rows)), rows[:, 1:-1]])
