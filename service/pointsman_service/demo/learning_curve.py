"""The run as one picture: what was spent, what was lost to an oracle, how good the answers were and whose they were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
from pointsman_learner.types import FloatArray

from pointsman_service.demo.headline import headline
from pointsman_service.demo.report import Told
from pointsman_service.demo.scoreboard import Scoreboard

WINDOW = 100
"""Answers that each point of a mean or of a share is about; a fifth of all in a short run."""
OWN, TWIN, BEST = "#000000", "#c0392b", "#7f7f7f"
BANDS = ("#a6cee3", "#4a90c2", "#1f4e79", "#b2df8a", "#6b9e3c", "#fdbf6f", "#cab2d6", "#8064a2", "#dddddd")
APART = 0.055
"""Names at the ends of lines are at least so far apart, as a share of the axis: a line of text."""


def draw(board: Scoreboard, path: Path, twin: Scoreboard | None = None, told: Told | None = None) -> None:
    """Write a PNG. Needs matplotlib (the extra `demo`). Every line is named at its end: no legend covers one."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - half a second, only for the picture
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415

    figure = Figure(figsize=(13, 8.5), dpi=110, layout=ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.12))
    FigureCanvasAgg(figure)
    (dollars, regret), (quality, shares) = figure.subplots(2, 2)
    figure.suptitle(fill(headline(board, told.amid_outage if told else ()), 130), fontsize=13)
    for axes, title, of in (
        (dollars, "Dollars spent so far", Scoreboard.dollars),
        (regret, "Lost to an oracle so far, in quality and dollars", Scoreboard.regret),
        (quality, f"Quality of the answers, mean of the last {_window(board)}", _mean_quality),
    ):
        axes.set_title(title, loc="left", fontsize=11)
        _lines(axes, board, twin, of)
    _shares(shares, board)
    for axes in (dollars, regret, quality, shares):
        axes.set_xlabel("prompts")
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlim(0, max(1, len(board)))
        if told is not None:
            _mark(axes, told, named=axes in {quality, shares})
    figure.savefig(path, format="png")


def rolling_mean(values: FloatArray, window: int) -> FloatArray:
    """Mean of each `window` values in a row; (n,) gives (n - window + 1,).

    >>> rolling_mean(np.array([1.0, 2.0, 6.0]), 2).tolist()
    [1.5, 4.0]
    """
    total = np.concatenate([[0.0], np.cumsum(values)])
    mean: FloatArray = (total[window:] - total[:-window]) / window
    return mean


def spread(heights: Sequence[float], apart: float) -> list[float]:
    """Heights moved so that no two are nearer than `apart`, in the same order, about the same middle.

    >>> spread([0.0, 0.1, 5.0], 1.0)
    [0.0, 1.0, 5.0]
    """
    order = np.argsort(heights, kind="stable")
    moved = [float(h) for h in heights]
    for below, above in pairwise(order):
        moved[above] = max(moved[above], moved[below] + apart)
    return moved


def _lines(
    axes: Any,  # noqa: ANN401 - matplotlib has no types
    board: Scoreboard,
    twin: Scoreboard | None,
    of: Callable[[Scoreboard, str | None], FloatArray],
) -> None:
    best = board.fixed["best"][0]
    drawn = [("Pointsman", of(board, None), OWN, 2.4)]
    if twin is not None and len(twin):
        drawn.append(("the same,\nlearning nothing", of(twin, None), TWIN, 1.6))
    drawn.append((f"always {_short(best)}", of(board, best), BEST, 1.6))
    for _, values, color, width in drawn:
        axes.plot(np.arange(len(board) - len(values), len(board)) + 1, values, color=color, linewidth=width)
    # Of the fixed policy only its end: amid an outage its quality is none, far below everything else.
    low, high = _range([*(values for _, values, _, _ in drawn[:-1]), drawn[-1][1][-1:]])
    axes.set_ylim(low, high)
    ends = spread([float(values[-1]) for _, values, _, _ in drawn], 2 * APART * (high - low))
    for (name, _, color, _), height in zip(drawn, ends, strict=True):
        axes.annotate(
            name, (1.0, height), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points",
            color=color, va="center", fontsize=9, annotation_clip=False,
        )  # fmt: skip


def _range(lines: Sequence[FloatArray]) -> tuple[float, float]:
    """From the least to the most of them, with some room."""
    low, high = min(float(v.min()) for v in lines), max(float(v.max()) for v in lines)
    room = 0.08 * ((high - low) or 1.0)
    return low - room, high + room


def _mean_quality(board: Scoreboard, policy: str | None) -> FloatArray:
    return rolling_mean(board.qualities(policy), _window(board))


def _window(board: Scoreboard) -> int:
    return min(WINDOW, max(1, len(board) // 5))


def _shares(axes: Any, board: Scoreboard) -> None:  # noqa: ANN401 - matplotlib has no types
    window = _window(board)
    answered = [e.model for e in board.episodes]
    each = [rolling_mean(np.array([float(m == model) for m in answered]), window) for model in board.models]
    at = np.arange(window, len(board) + 1)
    colors = [BANDS[k % len(BANDS)] for k in range(len(board.models))]
    axes.stackplot(at, each, colors=colors, linewidth=0)
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    axes.set_title(f"Whose answers, of the last {window}", loc="left", fontsize=11)
    tops = np.cumsum([share[-1] for share in each])
    middles = spread([float(top - share[-1] / 2) for top, share in zip(tops, each, strict=True)], APART)
    for model, color, height in zip(board.models, colors, middles, strict=True):
        axes.annotate(
            _short(model), (1.0, height), xycoords=("axes fraction", "data"), xytext=(6, 0),
            textcoords="offset points", color=color, va="center", fontsize=9, annotation_clip=False,
        )  # fmt: skip


def _mark(axes: Any, told: Told, *, named: bool) -> None:  # noqa: ANN401 - matplotlib has no types
    """A band where the outage was, a line where the swap was, with their names above where there is room."""
    if told.amid_outage:
        axes.axvspan(min(told.amid_outage), max(told.amid_outage) + 1, color="#f5b041", alpha=0.35, linewidth=0)
    axes.axvline(told.swap.at, color="#555555", linewidth=1, linestyle="--")
    if not named:
        return
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.22 * (high - low))
    swap = f"{_short(told.swap.model)}\nsilently answers as\n{_short(told.swap.stand_in)}"
    outage = f"{_short(told.outage.model)}\ndown {told.outage_took_s:.0f} s"
    for at, said, side, gap in ((told.swap.at, swap, "right", -4), (told.outage.at, outage, "left", 4)):
        axes.annotate(said, (at, high + 0.21 * (high - low)), xytext=(gap, 0), textcoords="offset points",
                      ha=side, va="top", fontsize=8, color="#555555")  # fmt: skip


def _short(model: str) -> str:
    return model.rpartition("/")[2]
