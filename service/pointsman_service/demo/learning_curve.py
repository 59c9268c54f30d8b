"""The learning curve as a picture: utility over the run, beside the fixed policies on the same prompts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pointsman_learner.words import FloatArray

from pointsman_service.demo.scoreboard import Scoreboard

WINDOW = 300
"""Answers that each point of the curve is a mean of."""


def draw(board: Scoreboard, path: Path) -> None:
    """Write a PNG. Needs matplotlib (the extra `demo`)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - half a second, only for the picture
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(9, 5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    episodes, window = board.episodes, min(WINDOW, len(board))
    own = np.array([e.quality - board.cost_weight * e.cost_usd for e in episodes])
    at = np.arange(window, len(own) + 1)
    axes.plot(at, rolling_mean(own, window), color="black", linewidth=2, label="Pointsman")
    for policy in board.models:
        axes.plot(at, rolling_mean(board.fixed_utilities(policy), window), linewidth=1, label=f"always {policy}")
    axes.plot(at, rolling_mean(board.fixed_utilities("random"), window), linewidth=1, linestyle=":", label="random")
    axes.set_xlabel("prompts")
    axes.set_ylabel(f"utility = quality - {board.cost_weight:g} x dollars, mean of the last {window}")
    axes.set_title("Pointsman from a cold start, on recorded outcomes of real models")
    axes.legend(loc="lower right", fontsize="small")
    axes.grid(alpha=0.3)
    figure.savefig(path, format="png")


def rolling_mean(values: FloatArray, window: int) -> FloatArray:
    """Mean of each `window` values in a row; (n,) gives (n - window + 1,).

    >>> rolling_mean(np.array([1.0, 2.0, 6.0]), 2).tolist()
    [1.5, 4.0]
    """
    total = np.concatenate([[0.0], np.cumsum(values)])
    mean: FloatArray = (total[window:] - total[:-window]) / window
    return mean
