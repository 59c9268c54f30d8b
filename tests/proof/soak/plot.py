"""soak.png: memory of every process, times of calls, and how far learning is behind."""

from __future__ import annotations

import numpy as np

WINDOW_S = 15.0


def plot(measures, file, window_s=WINDOW_S):
    """Draw it."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (memory, pace, behind) = plt.subplots(3, 1, sharex=True, figsize=(10, 10))
    for part in sorted({part for s in measures.samples for part in s.mb}):
        points = [(s.at / 60, s.mb[part]) for s in measures.samples if part in s.mb]
        memory.plot(*zip(*points, strict=True), label=part)
    for method, times in measures.times.items():
        for percent, style in ((50, ":"), (99, "-")):
            pace.plot(*_windows(times, percent, window_s), style, label=f"{method} p{percent}")
    behind.plot([s.at / 60 for s in measures.samples], [s.lag for s in measures.samples])
    for axes, says in ((memory, "resident memory, MB"), (pace, "ms"), (behind, "events not yet learnt")):
        axes.set_ylabel(says)
        axes.grid(visible=True, alpha=0.3)
    memory.legend(ncols=4, fontsize=8)
    pace.legend(ncols=4, fontsize=8)
    pace.set_yscale("log")
    behind.set_xlabel("minutes")
    figure.tight_layout()
    figure.savefig(file, dpi=100)
    plt.close(figure)


def _windows(times, percent, window_s):
    at, seconds = np.array(times).T
    which = (at // window_s).astype(int)
    filled = np.unique(which)
    return filled * window_s / 60, [1e3 * np.percentile(seconds[which == n], percent) for n in filled]
