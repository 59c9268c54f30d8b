"""From the first query on: what is lost against the baseline, and how the budget is held."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pointsman_learner.types import FloatArray

from pointsman_bench.conditions import Trace
from pointsman_bench.measures import CURVE
from pointsman_bench.references import References

AFTER = (50, 100, 200, 500)
"""Queries after which the loss is told."""
WINDOW = 500
SETTLING = 100
"""A budget is to be held in any WINDOW queries after the first SETTLING."""


def early_loss(traces: Sequence[Trace], whole: Sequence[References], baselines: Sequence[int]) -> dict[str, Any]:
    """How much better the baseline's answers to the same first queries are, in quality: mean and worst over seeds.

    traces, whole, baselines: by seed; a baseline is a model's column. Queries for which it was not there don't count.
    """
    curves = [
        loss_so_far(r.scores[:, m], t.quality, r.there[:, m]) for r, t, m in zip(whole, traces, baselines, strict=True)
    ]
    n = min(len(c) for c in curves)
    mean = np.mean([c[:n] for c in curves], axis=0)
    at = np.unique(np.linspace(min(10, n), n, CURVE).astype(int))
    return {
        "after": {str(k): {"mean": float(mean[k - 1]), "worst": max(float(c[k - 1]) for c in curves)}
                  for k in AFTER if k <= n},
        "curve": [[int(k), round(float(mean[k - 1]), 5)] for k in at],
    }  # fmt: skip


def loss_so_far(baseline: FloatArray, quality: FloatArray, there: NDArray[np.bool_]) -> FloatArray:
    """(n,) mean of the baseline's quality minus a policy's over the first 1, 2, ... n queries; NaN before any counts.

    there: (n,) whether the baseline could have been called.

    >>> loss_so_far(np.array([1.0, 1.0, 0.0]), np.array([0.0, 1.0, 1.0]), np.array([True, True, True])).tolist()
    [1.0, 0.5, 0.0]
    """
    counted = np.cumsum(there)
    lost = np.cumsum(np.where(there, baseline - quality, 0.0))
    return np.where(counted > 0, lost / np.maximum(counted, 1), np.nan)


def spending(traces: Sequence[Trace], budget_usd: float) -> Mapping[str, float]:
    """Mean cost over the budget, minus 1: of whole streams, mean and worst over seeds, and of the worst window of any.

    budget_usd: dollars a query. The worst of whole streams is the one furthest off, either way.
    """
    whole = [float(t.cost.mean()) / budget_usd - 1.0 for t in traces]
    return {
        "whole": float(np.mean(whole)),
        "whole_worst": max(whole, key=abs),
        "window_worst": max(worst_window(t.cost) for t in traces) / budget_usd - 1.0,
    }


def worst_window(cost: FloatArray, window: int = WINDOW, settling: int = SETTLING) -> float:
    """The highest mean of any `window` queries after the first `settling`, of all those where they are fewer.

    NaN where there are none.

    >>> worst_window(np.array([9.0, 1.0, 2.0, 4.0, 1.0]), window=2, settling=1)
    3.0
    """
    late = cost[settling:]
    if not len(late):
        return math.nan
    width = min(window, len(late))
    total = np.concatenate([[0.0], np.cumsum(late)])
    return float((total[width:] - total[:-width]).max() / width)
