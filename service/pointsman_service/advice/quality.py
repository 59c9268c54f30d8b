"""How good a model's answers of a kind are: as the log's words on them say, where it has enough, else as is expected.

Expected is what the learner would expect that starts with this configuration and is taught what the log's words on
answers say: the priors that it has by list price and whatever else is known beforehand, with their uncertainty.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pointsman_learner.evaluation.estimate import LEAST_EFFECTIVE, students_quantile
from pointsman_learner.events import Event, WarmStarted
from pointsman_learner.learner import Learner
from pointsman_learner.normal import inverse_cdf
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import Context, KnownOutcome

from pointsman_service.advice.spending import Moments, Rated

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its interval. basis: "log" where words on these very answers say it, else "prior"."""

    mean: float
    low: float
    high: float
    basis: Literal["log", "prior"]
    rated: int = 0


def measured(rated: Moments) -> Figure | None:
    """The mean of words on answers with Student's bounds; None where there are too few to say anything.

    Words that are all alike vary, too: they count as of two more at either end, as in evaluations from the log
    (Agresti & Coull 1998).

    >>> words = Moments(40, 36.0, 36.0)
    >>> found = measured(words)
    >>> (found.mean, round(found.low, 3), round(found.high, 3)), measured(Moments(3, 3.0, 3.0))
    ((0.9, 0.79, 1.0), None)
    """
    n = rated.n
    if n < LEAST_EFFECTIVE:
        return None
    mean = min(1.0, max(0.0, rated.total / n))
    variance = max(0.0, rated.squares / n - mean * mean) * n / (n - 1)
    t = students_quantile(0.5 + CONFIDENCE / 2, float(n))
    half = t * math.sqrt(variance / n + (t / (2.0 * n)) ** 2)
    return Figure(mean, max(0.0, mean - half), min(1.0, mean + half), "log", n)


def difference(one: Figure, other: Figure) -> Figure:
    """By how much one is above another, with an interval made of theirs. Zou & Donner (2008), independent ones.

    >>> difference(Figure(0.9, 0.8, 1.0, "log"), Figure(0.7, 0.4, 1.0, "prior"))
    Figure(mean=0.2, low=-0.116, high=0.516, basis='prior', rated=0)
    """
    mean = one.mean - other.mean
    low = mean - math.hypot(one.mean - one.low, other.high - other.mean)
    high = mean + math.hypot(one.high - one.mean, other.mean - other.low)
    is_log = one.basis == other.basis == "log"
    return Figure(
        round(mean, 3),
        round(max(-1.0, low), 3),
        round(min(1.0, high), 3),
        "log" if is_log else "prior",
        min(one.rated, other.rated),
    )


class Expectations:
    """A learner that was told what a service would be told at its start, and the log's words on answers."""

    def __init__(self, settings: LearnerSettings, events: Iterable[Event], taught: Iterable[Rated]) -> None:
        """events: models and kinds of queries; taught: of any of these models."""
        learner = Learner(settings)
        for event in events:
            learner.apply_one(event)
        self._estimates = learner.estimates
        told = list(taught)
        # In random order, as a warm start tells them: what comes last weighs a little more.
        for i in np.random.default_rng(0).permutation(len(told)).tolist():
            rated = told[i]
            outcome = KnownOutcome(rated.model, rated.quality, 1.0, rated.cost_usd, rated.latency_ms)
            learner.apply_one(WarmStarted("", 0.0, ((rated.context, (outcome,)),)))

    def figure(self, model: str, contexts: Sequence[Context]) -> Figure | None:
        """Of a model on such queries; None for a model that is not known.

        What is not known of a model on one query of a kind is not known of all: the interval is no narrower for many.
        """
        row = self._estimates.row(model)
        if row is None or not contexts:
            return None
        found = self._estimates.forecast.expect_all(contexts)
        mean, sd = float(found.quality[:, row].mean()), float(found.sd[:, row].mean())
        half = inverse_cdf(0.5 + CONFIDENCE / 2) * sd
        return Figure(mean, float(np.clip(mean - half, 0.0, 1.0)), float(np.clip(mean + half, 0.0, 1.0)), "prior")
