"""One bench from plan to report: read, replay, measure, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pointsman_service.adapters.embedder_wordllama import WordLlamaEmbedder
from pointsman_service.config.placed_nodes import Placement
from pointsman_service.config.priors.known import descriptions
from pointsman_service.config.taxonomy_file import read_taxonomy
from pointsman_service.errors import ConfigurationError
from pointsman_service.replay.outcome_table import OutcomeTable
from rich.console import Console

from pointsman_bench.baselines import check_baseline, compared_with
from pointsman_bench.markdown import markdown, summary
from pointsman_bench.plan import Plan
from pointsman_bench.plots import draw
from pointsman_bench.policies import chosen_policies, default_policies
from pointsman_bench.recovery import reactions
from pointsman_bench.references import References
from pointsman_bench.report import Measured, clean, report_of
from pointsman_bench.run import run_all, world_of
from pointsman_bench.source import (
    Source,
    beforehand_of,
    check_measured,
    default_budgets,
    default_measure_from,
    known_rows,
    order_of,
    read_source,
    read_table,
)


def bench_table(
    plan: Plan, out: Path, console: Console, *, without: Sequence[str] = (), peers: bool = False, resume: bool = False,
    processes: int | None = None, plots: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """Compare policies; writes report.md and plots to `out` and returns what belongs into report.json."""
    source = _source(plan)
    plan = _completed(plan, source, console, without, peers=peers)
    stream = source.stream
    queries = len(order_of(plan, stream.table, 0)) - known_rows(plan, stream.table)
    console.print(
        f"{stream.table.name}: {queries:,} queries, {len(stream.table.models)} models, {len(plan.policies)} policies, "
        f"{plan.seeds} seeds", highlight=False, soft_wrap=True,
    )  # fmt: skip
    if left_out := source.recorded - len(stream):
        console.print(
            f"{left_out:,} of {source.recorded:,} queries lack an outcome of some model and are left out",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    if plan.latency_weight and (slow := _without_latency(stream.table)):
        console.print(
            f"nobody knows how long calls take of {', '.join(slow)}: they are taken for a second",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    worlds = [world_of(plan, source, seed).stream for seed in range(plan.seeds)]
    whole = [References.of(w.table.scores, w.table.costs_usd, w.there) for w in worlds]
    start = plan.first_measured(len(worlds[0]))
    _check_budgets(plan, [*whole, *(r.after(start) for r in whole)])
    traces = run_all(plan, source, out, console, resume=resume, processes=processes)
    measured = Measured(
        plan=plan,
        table=stream.table.name,
        models=stream.table.model_names,
        judges={j.name: _kind(source, j.name) for j in stream.judges},
        traces=traces,
        whole=whole,
        start=start,
        baselines={
            b: [compared_with(plan.baseline, world, b / 1000.0, seed) for seed, world in enumerate(worlds)]
            for b in plan.budgets
        },
    )
    report = report_of(measured)
    if plan.events and "unified" in plan.policies:
        report["events"] = clean(reactions(plan, traces, measured.models, len(worlds[0])))
    drawn = draw(report, out) if plots else []
    (out / "report.md").write_text(markdown(report, drawn), encoding="utf-8")
    console.print(summary(report), markup=False, highlight=False, soft_wrap=True)
    return report


def measure_verdicts(plan: Plan, threshold: float, out: Path, console: Console) -> dict[str, Any]:
    """How well the judges' combined verdict tells right from wrong; writes report.md."""
    from pointsman_bench.verdict_quality import verdict_report  # noqa: PLC0415 - one of three things to do

    report: dict[str, Any]
    report, page = verdict_report(plan, _source(plan), threshold)
    _tell(page, out, console)
    return report


def cover_off_policy(plan: Plan, replays: int, out: Path, console: Console) -> dict[str, Any]:
    """How often off-policy intervals cover a known answer, and how wide they are; writes report.md.

    For whole cascades, too, where there are judges.
    """
    from pointsman_bench.cascade_coverage import cascade_report  # noqa: PLC0415
    from pointsman_bench.off_policy_coverage import coverage_report  # noqa: PLC0415

    report: dict[str, Any]
    report, page = coverage_report(read_table(plan), WordLlamaEmbedder(), replays)
    if plan.judges == "none":
        page += "\nWhole cascades are for tables with judges: name them with --judges.\n"
    else:
        report["cascades"], of_cascades = cascade_report(plan, _source(plan), replays, console)
        page += f"\n{of_cascades}"
    _tell(page, out, console)
    return report


def try_promotion(plan: Plan, replays: int, out: Path, console: Console) -> dict[str, Any]:
    """How often a better candidate is promoted, and one that is not; writes report.md."""
    from pointsman_bench.promotion_power import promotion_report  # noqa: PLC0415

    report: dict[str, Any]
    report, page = promotion_report(read_table(plan), WordLlamaEmbedder(), replays)
    _tell(page, out, console)
    return report


def live_incident(plan: Plan, out: Path, console: Console) -> dict[str, Any]:
    """Quality before, amid and after an outage, a broken source of words and the way back; writes report.md."""
    from pointsman_bench.incident import incident_report  # noqa: PLC0415

    report: dict[str, Any]
    report, page = incident_report(plan, _source(plan), console)
    _tell(page, out, console)
    return report


def _tell(page: str, out: Path, console: Console) -> None:
    (out / "report.md").write_text(page, encoding="utf-8")
    console.print(page, highlight=False, soft_wrap=True)


def _source(plan: Plan) -> Source:
    embedder = WordLlamaEmbedder()
    beforehand = beforehand_of(plan)
    categories = descriptions(beforehand.table if beforehand else None)
    nodes = Placement(lambda: embedder).placed(read_taxonomy(), categories)
    return read_source(plan, embedder, nodes, beforehand)


def _completed(plan: Plan, source: Source, console: Console, without: Sequence[str], *, peers: bool) -> Plan:
    """The plan with policies, budgets and the start of measuring where none were given."""
    table = source.stream.table
    check_measured(plan, table)
    check_baseline(plan.baseline, table.model_names)
    if plan.policies:
        policies = chosen_policies(plan.policies, table.model_names, without)
    else:
        policies = default_policies(table.model_names, without, peers=peers, warm=plan.warm_start > 0)
    budgets = plan.budgets
    if not budgets:
        budgets = default_budgets(table)
        told = ", ".join(f"{b:g}" for b in budgets)
        console.print(
            f"no --budget given: {told} dollars per 1,000 queries, between the cheapest and the best model of the pool",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    start = plan.measure_from if plan.measure_from is not None else default_measure_from(plan, table)
    return replace(plan, policies=policies, budgets=budgets, measure_from=start)


def _check_budgets(plan: Plan, references: Sequence[References]) -> None:
    """Raises ConfigurationError for a budget that nobody can hold: it has no lambda, and so no regret."""
    least = max(r.cheapest for r in references) * 1000
    for budget in plan.budgets:
        if budget < least:
            raise ConfigurationError(
                f"--budget {budget:g}: the cheapest model of every query comes to ${least:.3g} per 1,000 queries"
            )


def _without_latency(table: OutcomeTable) -> list[str]:
    """Models of which some call's time is neither recorded nor to be worked out."""
    return [table.model_names[m] for m in np.flatnonzero(np.isnan(table.latency_ms).any(axis=0))]


def _kind(source: Source, judge: str) -> str:
    if judge in source.stream.simulated:
        return "simulated"
    return "real, on recorded texts" if judge in {"format", "agreement"} else "recorded"
