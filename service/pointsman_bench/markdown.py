"""report.md: the figures of a report for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pointsman_bench.plan import OFF


def markdown(report: Mapping[str, Any], plots: Sequence[str]) -> str:
    """The page. plots: file names beside it."""
    feedback = report["feedback"]
    noise = f", {feedback['flip']:.0%} of it flipped" if feedback["flip"] else ""
    noise += f", {feedback['malice']} answers of another tenant thumbed down" if feedback["malice"] else ""
    noise += f", judges wrong on {feedback['wrong_judge']}" if feedback["wrong_judge"] else ""
    judges = ", ".join(f"{name} ({kind})" for name, kind in report["judges"].items()) or "none"
    warm = report["warm_start"]
    start = "Cold start"
    if warm["share"]:
        size = f"at most {warm['effective_sample_size']:g} outcomes a model"
        start = f'The learner starts from {warm["share"]:.0%} of the stream, worth {size} ("cold" without)'
    baseline = report["baseline"]
    if baseline["asked"] is not None:
        start += f", with the baseline {baseline['asked']} and an alpha of {baseline['alpha']:g}"
    if report["latency_weight"] is not None:
        start += f", with a second worth {report['latency_weight']:g}"
    if report["priors"] != OFF:
        start += f", with what public results foretell ({report['priors']})"
    parts = [
        f"# Bench: {report['table']}",
        f"{report['queries']:,} queries, {len(report['models'])} models, {report['seeds']} seeds; figures from query "
        f"{report['measured_from']:,} on. {start}, one pass, feedback on {feedback['rate']:.0%} of answers, "
        f"{feedback['delay']} queries later{noise}. Judges: {judges}. Costs in dollars per 1,000 queries, judges "
        "included; 95 % intervals over seeds. Formulas: `service/pointsman_bench/README.md`.",
        *(f"![{name}]({name})" for name in plots),
    ]
    for budget in dict.fromkeys(r["budget_per_1k"] for r in report["runs"]):
        parts += [f"## Budget {budget:g}", _runs(r for r in report["runs"] if r["budget_per_1k"] == budget)]
    parts += (
        _first_queries(report)
        + _paired(report)
        + _across(report)
        + _references(report)
        + _shares(report)
        + _jobs(report)
        + _reactions(report)
    )
    return "\n\n".join(parts) + "\n"


def summary(report: Mapping[str, Any]) -> str:
    """What a run prints of it: quality, money and time of each policy at each budget."""
    rows = (
        [r["policy"], f"{r['budget_per_1k']:g}", _n(r["quality"]), _n(r["cost_per_1k"], ".3g"), *_time(r)]
        for r in report["runs"]
    )
    return table(["policy", "budget", "quality", "cost", *_TIME], rows)


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its first column to the left.

    >>> print(table(["a", "b"], [["x", "1"]]))
    | a | b |
    | --- | ---: |
    | x | 1 |
    """
    lines = [list(heading), ["---", *("---:" for _ in heading[1:])], *(list(r) for r in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _runs(runs: Iterable[Mapping[str, Any]]) -> str:
    heading = ["policy", "quality", "95 %", "cost", "budget error", "over hull", "oracle gap closed", *_TIME,
               "judge calls / 1k", "judge cost", "RouterArena", "regret"]  # fmt: skip
    ordered = sorted(runs, key=lambda r: (r["policy"].startswith("single:"), -r["quality"]))
    return table(
        heading,
        (
            [
                r["policy"] + (" (hindsight)" if r["hindsight"] else ""),
                _n(r["quality"]),
                _ci(r["quality_ci95"]),
                _n(r["cost_per_1k"], ".3g"),
                _n(r["budget_error"], "+.1%"),
                _n(r["hull_lift"], "+.3f"),
                _n(r["oracle_gap_closed"], ".0%"),
                *_time(r),
                _n(r["judge_calls_per_1k"], ".0f"),
                _n(r["judge_cost_per_1k"], ".2g"),
                _n(r["routerarena"]),
                _n(r["regret"][-1][1], ".0f"),
            ]
            for r in ordered
        ),
    )


_TIME = ("calls", "depth", "p50 s", "p95 s")


def _time(r: Mapping[str, Any]) -> list[str]:
    """Calls, how many of them in sequence, and seconds; a dash where nobody knows these."""
    seconds = (_n(r[name], ".3g") or "-" for name in ("seconds_p50", "seconds_p95"))
    return [_n(r["calls_per_query"], ".2f"), _n(r["depth"], ".2f"), *seconds]


def _first_queries(report: Mapping[str, Any]) -> list[str]:
    baseline = report["baseline"]
    against = {b: ", ".join(dict.fromkeys(models)) for b, models in baseline["models"].items()}
    by = "the best single model within the budget, by hindsight" if baseline["hindsight"] else baseline["asked"]
    runs = [r for r in report["runs"] if not r["policy"].startswith("single:")]
    points = list(dict.fromkeys(k for r in runs for k in r["early_loss"]["after"]))
    rows = (
        [r["policy"], f"{r['budget_per_1k']:g}",
         *(f"{_n(e['mean'], '+.3f')} ({_n(e['worst'], '+.3f')})" for e in r["early_loss"]["after"].values()),
         _n(r["spending"].get("whole"), "+.1%"), _n(r["spending"].get("whole_worst"), "+.1%"),
         _n(r["spending"].get("window_worst"), "+.1%")]
        for r in runs
    )  # fmt: skip
    heading = ["policy", "budget", *(f"first {k}" for k in points), "over budget", "worst seed", "worst 500"]
    return [
        "## From the first query on",
        f"Quality lost against the baseline on the same queries, mean and worst over seeds. The baseline is {by}: "
        + "; ".join(f"{models} at {b}" for b, models in against.items())
        + ". Spending over the budget: of whole streams, of the one furthest off, and of the worst 500 queries in a "
        "row after the first 100, of any seed.",
        table(heading, rows),
    ]


def _paired(report: Mapping[str, Any]) -> list[str]:
    if not report["paired"]:
        return []
    rows = (
        [p["minus"], f"{p['budget_per_1k']:g}", _n(p["quality"], "+.4f"), _ci(p["quality_ci95"], "+.4f"),
         _n(p["cost_per_1k"], "+.2g")]
        for p in report["paired"]
    )  # fmt: skip
    return ["## Unified minus the others, same queries", table(["minus", "budget", "quality", "95 %", "cost"], rows)]


def _across(report: Mapping[str, Any]) -> list[str]:
    across = report["across_budgets"]
    names = list(dict.fromkeys(k for v in across.values() for k in v))
    if not names:
        return []
    rows = ([policy, *(_n(v.get(k)) for k in names)] for policy, v in across.items())
    return ["## Over all budgets", table(["policy", *(n.upper() for n in names)], rows)]


def _references(report: Mapping[str, Any]) -> list[str]:
    r = report["references"]
    hull = "; ".join(f"{q:.3f} at {c:.3g}" for c, q in r["hull"])
    rows = ([m, _n(s["quality"]), _n(s["cost_per_1k"], ".3g")] for m, s in r["single"].items())
    return [
        "## References",
        table(["model", "quality", "cost"], rows),
        f"Hull of single models: {hull}. Per-query oracle: {r['oracle']['quality']:.3f} at "
        f"{r['oracle']['cost_per_1k']:.3g}, the cheapest of the best answers.",
    ]


def _shares(report: Mapping[str, Any]) -> list[str]:
    runs = [r for r in report["runs"] if not r["policy"].startswith("single:")]
    rows = ([r["policy"], f"{r['budget_per_1k']:g}", *(_n(s, ".0%") for s in r["share"].values())] for r in runs)
    return ["## Who answered", table(["policy", "budget", *report["models"]], rows)]


def _jobs(report: Mapping[str, Any]) -> list[str]:
    jobs = report["jobs"]
    if not jobs["names"]:
        return []
    runs = [r for r in report["runs"] if r["job_changes"]]
    rows = (
        [r["policy"], f"{r['budget_per_1k']:g}", *(_n(r["job_changes"][j], ".1f") for j in jobs["names"])] for r in runs
    )
    heading = f"## How often jobs changed something, at {jobs['queries_per_day']:g} queries a day"
    return [heading, table(["policy", "budget", *jobs["names"]], rows)]


def _reactions(report: Mapping[str, Any]) -> list[str]:
    reactions = report.get("events")
    if not reactions:
        return []
    rows = (
        [e["event"], f"{e['budget_per_1k']:g}", f"{e['position']:,}", _n(e["recovered_after"], ".0f") or "not",
         _n(e["loss_first_250"], "+.3f"), _n(e["loss_after_250"], "+.3f"), _n(e["final_share"], ".1%"),
         _n(e["share_after"], ".0f")]
        for e in reactions
    )  # fmt: skip
    heading = ["event", "budget", "at query", "back within 1 point after", "loss in first 250", "loss after",
               "final share", "final share after"]  # fmt: skip
    return ["## Reaction to events", table(heading, rows)]


def _n(value: float | None, form: str = ".3f") -> str:
    return "" if value is None else format(value, form)


def _ci(pair: Sequence[float | None], form: str = ".3f") -> str:
    low, high = pair
    return "" if low is None or high is None else f"{low:{form}} to {high:{form}}"
