"""Figures of one policy: means with intervals over seeds, and the field's summary measures; README.md explains them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from pointsman_learner.types import FloatArray

from pointsman_bench.references import hull_of

CURVE = 40
"""Points of a curve over time."""
_T975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
         2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045)  # fmt: skip
"""Student's t, 97.5 %, for 1 to 29 degrees of freedom; beyond them the normal's 1.96 is near enough."""


def interval(values: ArrayLike) -> tuple[float, float, float]:
    """Mean and 95 % interval of its mean over seeds, by Student's t; one seed has no interval.

    >>> [round(x, 2) for x in interval([1.0, 2.0, 3.0])]
    [2.0, -0.48, 4.48]
    """
    v = np.asarray(values, dtype=float)
    mean = float(v.mean())
    if len(v) < 2:
        return mean, float("nan"), float("nan")
    t = _T975[len(v) - 2] if len(v) - 2 < len(_T975) else 1.96
    half = t * float(v.std(ddof=1)) / len(v) ** 0.5
    return mean, mean - half, mean + half


def gap_closed(quality: float, hull: float, oracle: float) -> float:
    """Share of the way from the hull to the oracle, both at the policy's cost; NaN where there is no way to go."""
    return (quality - hull) / (oracle - hull) if oracle - hull > 1e-9 else float("nan")


def arena_score(quality: float, cost_per_1k: float) -> float:
    """RouterArena's score: weighted harmonic mean of accuracy and of log cost, mapped to [0, 1].

    cost_per_1k: dollars per 1,000 queries, clipped to [0.0044, 200], which are cost 1 and 0.

    >>> round(arena_score(0.8, 1.0), 4)
    0.7574

    Lu et al. (2025), arXiv 2510.00202: beta = 0.1.
    """
    beta, dearest, cheapest = 0.1, 200.0, 0.0044
    cost = float(np.clip(cost_per_1k, cheapest, dearest))
    c = (np.log2(dearest) - np.log2(cost)) / (np.log2(dearest) - np.log2(cheapest))
    return float((1 + beta) * quality * c / (beta * quality + c)) if quality > 0 and c > 0 else 0.0


def aiq(points: Sequence[tuple[float, float]], cheapest: float, dearest: float) -> float:
    """RouterBench's average improvement in quality: mean height of the hull over costs from cheapest to dearest model.

    points: (cost, quality) of one router at several budgets; the null router (0, 0) joins them, and beyond its last
    point the hull is flat.

    >>> aiq([(1.0, 0.5), (3.0, 0.9)], 1.0, 3.0)
    0.7

    Hu et al. (2024), arXiv 2403.12031.
    """
    cost, quality = np.array([(0.0, 0.0), *points]).T
    hull = hull_of(cost, quality)
    grid = np.unique(np.concatenate([hull[:, 0].clip(cheapest, dearest), [cheapest, dearest]]))
    height = np.interp(grid, hull[:, 0], hull[:, 1])
    return float(np.trapezoid(height, grid) / (dearest - cheapest)) if dearest > cheapest else float(height[0])


def routellm(points: Sequence[tuple[float, float]], weak: float, strong: float) -> dict[str, float]:
    """RouteLLM's APGR and CPT of a two-model pool.

    points: (share of answers by the strong model in [0, 1], quality) at several budgets; the two single models join
    them. APGR: area between the curve and the weak model, over that of the strong one. CPT(x): share of strong answers
    at which x of the gap between the two is recovered.

    >>> routellm([(0.5, 0.75)], weak=0.5, strong=1.0)
    {'apgr': 0.5, 'cpt50': 0.5, 'cpt80': 0.8}

    Ong et al. (2024), arXiv 2406.18665.
    """
    share, quality = np.array(sorted([(0.0, weak), *points, (1.0, strong)])).T
    gap = strong - weak
    if gap <= 0:
        return {"apgr": float("nan"), "cpt50": float("nan"), "cpt80": float("nan")}
    best = np.maximum.accumulate(quality)
    apgr = float((np.trapezoid(quality, share) - weak) / gap)
    cpt = {f"cpt{x}": _first(share, best, weak + x / 100 * gap) for x in (50, 80)}
    return {"apgr": round(apgr, 12), **cpt}


def _first(share: FloatArray, quality: FloatArray, target: float) -> float:
    """Where a rising curve first reaches a height, between its points by a straight line."""
    k = int(np.argmax(quality >= target - 1e-12))
    if k == 0:
        return float(share[0])
    step = (target - quality[k - 1]) / (quality[k] - quality[k - 1])
    return round(float(share[k - 1] + step * (share[k] - share[k - 1])), 12)
