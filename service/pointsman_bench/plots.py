"""Plots of a report: cost against quality with the hull, what is lost over time, and reaction to events."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pointsman_service.errors import ConfigurationError

_NOT_LABELLED = ("single:",)


def draw(report: Mapping[str, Any], folder: Path) -> list[str]:
    """Write the plots; their file names. Raises ConfigurationError where matplotlib is not installed."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 - takes a second, and only reports need it

        mpl.use("Agg")
        from matplotlib import pyplot as plt  # noqa: PLC0415
    except ImportError as missing:
        raise ConfigurationError(
            "plots need matplotlib: pip install 'pointsman[bench]', or add --no-plots"
        ) from missing
    written = []
    plots = {
        "cost-quality.png": _cost_quality,
        "regret.png": _regret,
        "first-queries.png": _early,
        "events.png": _events,
    }
    for name, plot in plots.items():
        figure, axes = plt.subplots(figsize=(8.5, 5.5), constrained_layout=True)
        if plot(report, axes):
            figure.savefig(folder / name, dpi=110)
            written.append(name)
        plt.close(figure)
    return written


def _cost_quality(report: Mapping[str, Any], axes: Any) -> bool:  # noqa: ANN401 - of matplotlib, which has no types
    single = {m: s for m, s in report["references"]["single"].items() if s["quality"] is not None}
    axes.scatter([s["cost_per_1k"] for s in single.values()], [s["quality"] for s in single.values()], s=18, c="0.5")
    for name, s in single.items():
        axes.annotate(name, (s["cost_per_1k"], s["quality"]), fontsize=6, color="0.4", xytext=(3, -7),
                      textcoords="offset points")  # fmt: skip
    hull = np.array(report["references"]["hull"])
    axes.plot(hull[:, 0], hull[:, 1], "--", c="0.5", lw=1, label="hull of single models")
    for policy, runs in _by_policy(report).items():
        ordered = sorted(runs, key=lambda r: r["cost_per_1k"])
        x, y = [r["cost_per_1k"] for r in ordered], [r["quality"] for r in ordered]
        spread = [(r["quality"] - (r["quality_ci95"][0] or r["quality"])) for r in ordered]
        axes.errorbar(x, y, yerr=spread, marker="o", ms=4, lw=1.2 if policy == "unified" else 0.8, capsize=2,
                      label=policy)  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlabel("dollars per 1,000 queries, judges included")
    axes.set_ylabel("quality")
    axes.set_title(f"{report['table']}: cost against quality, 95 % over {report['seeds']} seeds")
    axes.legend(fontsize=7)
    return True


def _regret(report: Mapping[str, Any], axes: Any) -> bool:  # noqa: ANN401
    budgets = sorted({r["budget_per_1k"] for r in report["runs"]})
    middle = budgets[len(budgets) // 2]
    for policy, runs in _by_policy(report).items():
        curve = next((np.array(r["regret"]) for r in runs if r["budget_per_1k"] == middle), None)
        if curve is not None:
            axes.plot(curve[:, 0], curve[:, 1], lw=1.6 if policy == "unified" else 0.9, label=policy)
    axes.set_xlabel("queries")
    axes.set_ylabel("cumulative regret, utility")
    axes.set_title(f"Regret against the per-query oracle at ${middle:g} per 1,000")
    axes.legend(fontsize=7)
    return True


def _early(report: Mapping[str, Any], axes: Any) -> bool:  # noqa: ANN401
    budgets = sorted({r["budget_per_1k"] for r in report["runs"]})
    middle = budgets[len(budgets) // 2]
    for policy, runs in _by_policy(report).items():
        curve = next(np.array(r["early_loss"]["curve"], dtype=float) for r in runs if r["budget_per_1k"] == middle)
        axes.plot(curve[:, 0], curve[:, 1], lw=1.6 if policy == "unified" else 0.9, label=policy)
    axes.axhline(0.0, ls=":", c="0.4")
    axes.set_xlabel("queries so far")
    axes.set_ylabel("quality lost against the baseline, mean so far")
    hindsight = ", by hindsight" if report["baseline"]["hindsight"] else ""
    models = ", ".join(dict.fromkeys(report["baseline"]["models"][f"{middle:g}"]))
    axes.set_title(f"From the first query on at ${middle:g} per 1,000, against {models}{hindsight}")
    axes.legend(fontsize=7)
    return True


def _events(report: Mapping[str, Any], axes: Any) -> bool:  # noqa: ANN401
    reactions = report.get("events")
    if not reactions:
        return False
    for reaction in reactions:
        if not reaction["curve"]:
            continue
        curve = np.array(reaction["curve"], dtype=float)
        axes.plot(curve[:, 0], curve[:, 1], lw=1, label=f"{reaction['event']} (${reaction['budget_per_1k']:g})")
    axes.axhline(-0.01, ls=":", c="0.4")
    axes.set_xlabel("queries since the event")
    axes.set_ylabel("utility minus that of hindsight, next 100 queries")
    axes.set_title("Reaction to events")
    axes.legend(fontsize=7)
    return True


def _by_policy(report: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for run in report["runs"]:
        if not run["policy"].startswith(_NOT_LABELLED):
            found.setdefault(run["policy"], []).append(run)
    return found
