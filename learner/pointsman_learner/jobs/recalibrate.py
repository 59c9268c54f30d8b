"""The job that refits judges' odds and the belief's last correction in batch, where that foretells better.

One Newton step an outcome is quick but leaves the order of outcomes in the result. The job fits the older half of the
recent outcomes to convergence and is judged on the newer half: only what it did not see can speak for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pointsman_learner.belief.calibration import ODDS_PRIOR, RECALIBRATION_PRIOR
from pointsman_learner.estimates import Estimates
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray

SWEEPS = 20  # Newton's: by then it has converged, or the step is below the next number
CLOSE = 1e-6
CALIBRATIONS: Mapping[str, tuple[str, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "judged": ("odds", ODDS_PRIOR),
    "recalibration": ("recalibration", RECALIBRATION_PRIOR),
}
"""By the name that a logged change has for it: the calibration, and prior mean and variance of its numbers."""


def propose(e: Estimates) -> dict[str, Any] | None:
    """New (b, c) of each calibration that would foretell outcomes not fitted better, with the evidence; else None."""
    change: dict[str, Any] = {}
    for name, (which, prior) in CALIBRATIONS.items():
        rows = np.array(getattr(e.outcomes, which))
        if len(rows) < H.recalibrate_outcomes:
            continue
        half = len(rows) // 2
        theta, _ = fit(rows[:half], *prior)
        before = log_loss(rows[half:], getattr(e, which).theta)
        after = log_loss(rows[half:], theta)
        if after < before - 1.0 / len(rows):
            best, cov = fit(rows, *prior)
            evidence = {"outcomes": len(rows), "log_loss_before": before, "log_loss_after": after}
            change[name] = {"theta": best.tolist(), "cov": cov.tolist(), "evidence": evidence}
    return change or None


def apply(change: Mapping[str, Any], e: Estimates) -> None:
    """Put the fitted numbers in force."""
    for name, fitted in change.items():
        part = getattr(e, CALIBRATIONS[name][0])
        part.theta, part.cov = np.array(fitted["theta"]), np.array(fitted["cov"])


def fit(rows: FloatArray, mean: Sequence[float], variance: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    """Posterior mode and covariance of (b, c ...); rows (n, k) as in `RecentOutcomes`.

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
