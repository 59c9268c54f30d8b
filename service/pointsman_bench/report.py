"""The report of a run as plain values: per policy and budget, paired differences, and references."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from pointsman_learner.learner import JOBS
from pointsman_learner.types import FloatArray

from pointsman_bench.baselines import BEST
from pointsman_bench.conditions import Trace
from pointsman_bench.first_queries import early_loss, spending
from pointsman_bench.measures import CURVE, aiq, arena_score, gap_closed, interval, routellm
from pointsman_bench.peers import HINDSIGHT
from pointsman_bench.plan import Job, Plan
from pointsman_bench.policies import SINGLE, UNIFIED, budgeted, settings_of
from pointsman_bench.references import References


@dataclass(frozen=True, slots=True)
class Measured:
    """What a report is made from.

    traces: by job; whole: by seed, the outcomes of all queries in that seed's order, as
    events made them; start: first query that counts; baselines: by budget and seed, the model that what is lost from
    the first query on is told against.
    """

    plan: Plan
    table: str
    models: tuple[str, ...]
    judges: Mapping[str, str]
    traces: Mapping[Job, Trace]
    whole: Sequence[References]
    start: int
    baselines: Mapping[float, Sequence[str]]

    def of(self, policy: str, budget: float) -> list[Trace]:
        """By seed."""
        at = budget if budgeted(policy) else self.plan.budgets[0]
        return [self.traces[Job(policy, at, seed)] for seed in range(self.plan.seeds)]

    def late(self) -> list[References]:
        """By seed, the references over the queries that count."""
        return [r.after(self.start) for r in self.whole]


def report_of(measured: Measured) -> dict[str, Any]:
    """report.json. Costs are dollars per 1,000 queries, judges included."""
    plan, late = measured.plan, measured.late()
    runs = [_run(measured, late, p, b) for b in plan.budgets for p in plan.policies]
    report = {
        "table": measured.table,
        "queries": len(measured.whole[0].scores),
        "measured_from": measured.start,
        "models": list(measured.models),
        "judges": dict(measured.judges),
        "seeds": plan.seeds,
        "feedback": {"rate": plan.feedback_rate, "delay": plan.feedback_delay, "flip": plan.flip, "malice": plan.malice,
                     "wrong_judge": plan.wrong_judge},
        "baseline": {
            "asked": plan.baseline,
            "alpha": plan.alpha,
            "models": {f"{budget:g}": list(models) for budget, models in measured.baselines.items()},
            "hindsight": plan.baseline in {None, BEST},
        },
        "priors": plan.priors,
        "latency_weight": plan.latency_weight,
        "warm_start": {"share": plan.warm_start, "effective_sample_size": plan.effective_sample_size},
        "jobs": {"names": list(plan.jobs), "queries_per_day": plan.queries_per_day},
        "runs": runs,
        "references": _references(measured.models, late),
        "paired": _paired(measured),
        "across_budgets": _across(measured, late, runs),
        "fingerprint": plan.fingerprint(),
    }  # fmt: skip
    return cast("dict[str, Any]", clean(report))


def _run(m: Measured, late: Sequence[References], policy: str, budget: float) -> dict[str, Any]:
    traces = m.of(policy, budget)
    rows = slice(m.start, None)
    quality = [float(t.quality[rows].mean()) for t in traces]
    cost = [float(t.cost[rows].mean()) for t in traces]
    hull = [r.hull_quality(c) for r, c in zip(late, cost, strict=True)]
    oracle = [r.oracle(c)[0] for r, c in zip(late, cost, strict=True)]
    lift = [q - h for q, h in zip(quality, hull, strict=True)]
    closed = [gap_closed(*each) for each in zip(quality, hull, oracle, strict=True)]
    mean, low, high = interval(quality)
    mean_cost, cost_low, cost_high = interval([c * 1000 for c in cost])
    median_s, slow_s = np.quantile(np.concatenate([t.seconds[rows] for t in traces]), (0.5, 0.95)).tolist()
    share = np.mean([np.bincount(t.answered[rows], minlength=len(m.models)) / len(t.answered[rows]) for t in traces], 0)
    return {
        "policy": policy,
        "budget_per_1k": budget,
        "quality": mean,
        "quality_ci95": [low, high],
        "cost_per_1k": mean_cost,
        "cost_ci95": [cost_low, cost_high],
        "share": dict(zip(m.models, share.tolist(), strict=True)),
        "first_part_quality": float(np.mean([t.quality[: m.start].mean() for t in traces])) if m.start else math.nan,
        "hull_lift": interval(lift)[0],
        "hull_lift_ci95": list(interval(lift)[1:]),
        "oracle_gap_closed": _mean_of_known(closed),
        "judge_calls_per_1k": float(np.mean([t.judge_calls[rows].mean() for t in traces]) * 1000),
        "judge_cost_per_1k": float(np.mean([t.judge_cost[rows].mean() for t in traces]) * 1000),
        "calls_per_query": float(np.mean([t.steps[rows].mean() for t in traces])),
        "depth": float(np.mean([t.depth[rows].mean() for t in traces])),
        "seconds_p50": median_s,
        "seconds_p95": slow_s,
        "early_loss": early_loss(traces, m.whole, [m.models.index(b) for b in m.baselines[budget]]),
        "spending": spending(traces, budget / 1000) if budgeted(policy) else {},
        "budget_error": mean_cost / budget - 1 if budgeted(policy) else math.nan,
        "routerarena": arena_score(mean, mean_cost),
        "regret": _regret(m.whole, traces, budget),
        "job_changes": _job_changes(traces, m.plan.jobs) if settings_of(policy) is not None else {},
        "hindsight": policy in HINDSIGHT,
    }


def _job_changes(traces: Sequence[Trace], jobs: Sequence[str]) -> dict[str, float]:
    """How often a job changed the learner's state, by job, mean over seeds."""
    changed = [t.jobs_changed for t in traces]
    return {job: float(np.mean([(c >> JOBS.index(job) & 1).sum() for c in changed])) for job in jobs}


def _mean_of_known(values: Sequence[float]) -> float:
    """Mean over the seeds that have a figure; NaN where none has."""
    known = [v for v in values if not math.isnan(v)]
    return float(np.mean(known)) if known else math.nan


def _regret(whole: Sequence[References], traces: Sequence[Trace], budget: float) -> list[list[float]]:
    """[queries so far, cumulative regret], mean over seeds."""
    curves: list[FloatArray] = []
    for r, t in zip(whole, traces, strict=True):
        best, lam = r.oracle_utilities(budget / 1000)
        curves.append(np.cumsum(best - (t.quality - lam * t.cost)))
    at = np.unique(np.linspace(1, len(curves[0]), CURVE).astype(int))
    mean = np.mean(curves, axis=0)
    return [[int(n), round(float(mean[n - 1]), 4)] for n in at]


def _references(models: Sequence[str], late: Sequence[References]) -> dict[str, Any]:
    quality = np.mean([r.quality for r in late], axis=0)
    cost = np.mean([r.cost for r in late], axis=0) * 1000
    pooled = References.of(*(np.concatenate([getattr(r, name) for r in late]) for name in ("scores", "costs", "there")))
    oracle = pooled.oracle()
    return {
        "single": {
            m: {"quality": q, "cost_per_1k": c} for m, q, c in zip(models, quality.tolist(), cost.tolist(), strict=True)
        },
        "hull": [[c * 1000, q] for c, q in pooled.hull.tolist()],
        "oracle": {"quality": oracle[0], "cost_per_1k": oracle[1] * 1000},
    }


def _paired(m: Measured) -> list[dict[str, Any]]:
    """The unified policy minus each other policy, at the same budget and on the same queries, over seeds."""
    if UNIFIED not in m.plan.policies:
        return []
    found = []
    for budget in m.plan.budgets:
        ours = m.of(UNIFIED, budget)
        for policy in m.plan.policies:
            if policy == UNIFIED or policy.startswith(SINGLE):
                continue
            pairs = list(zip(ours, m.of(policy, budget), strict=True))
            quality, low, high = interval([float((a.quality - b.quality)[m.start :].mean()) for a, b in pairs])
            cost = float(np.mean([(a.cost - b.cost)[m.start :].mean() for a, b in pairs]))
            found.append({"budget_per_1k": budget, "minus": policy, "quality": quality, "quality_ci95": [low, high],
                          "cost_per_1k": cost * 1000})  # fmt: skip
    return found


def _across(m: Measured, late: Sequence[References], runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Measures of a policy over all its budgets: AIQ, and for two-model pools APGR and CPT."""
    cost = np.mean([r.cost for r in late], axis=0) * 1000
    quality = np.mean([r.quality for r in late], axis=0)
    weak, strong = (int(i) for i in (np.nanargmin(cost), np.nanargmax(cost)))
    found: dict[str, Any] = {}
    for policy in m.plan.policies:
        if not budgeted(policy):
            continue
        mine = [r for r in runs if r["policy"] == policy]
        points = [(float(r["cost_per_1k"]), float(r["quality"])) for r in mine]
        found[policy] = {"aiq": aiq(points, float(np.nanmin(cost)), float(np.nanmax(cost)))}
        if len(m.models) == 2:
            by_share = [(float(r["share"][m.models[strong]]), float(r["quality"])) for r in mine]
            found[policy] |= routellm(by_share, float(quality[weak]), float(quality[strong]))
    return found


def clean(value: Any) -> Any:  # noqa: ANN401 - any tree of JSON types
    """The same tree with None for what is not a number: JSON has no NaN."""
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [clean(v) for v in value]
    return value
