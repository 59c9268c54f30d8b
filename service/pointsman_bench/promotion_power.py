"""Whether promotion promotes what is better and nothing else: trials from recorded outcomes, where truth is known.

One half of the queries fits a predictor, which the incumbent explores around. On the other half every policy's true
utility (here: quality) is known, since every model's outcome is. The candidate does as the incumbent does, but for a
share of its chances, which goes evenly to the models that are best on the query: as large a share as makes it better
by exactly what is asked. One that is no better gives half of its chances away, to the best and to the worst models,
so that what it gains on some queries it loses on others. Each replay draws queries with replacement, logs one first
call of the incumbent's for each, and shows the candidate's trial every reward; the trial is looked at after each
single one. It is the object that the learner's job looks at, with the error that a candidate of the first round has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from pointsman_learner.evaluation.advantage import Advantage
from pointsman_learner.evaluation.candidates import rivals
from pointsman_learner.jobs.promotion import error_of
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import FloatArray
from pointsman_service.errors import ConfigurationError
from pointsman_service.ports import Embedder
from pointsman_service.replay.outcome_table import OutcomeTable

from pointsman_bench.markdown import table as as_table
from pointsman_bench.off_policy_coverage import exploring_router

MOVED = 0.5
"""Share of its chances that a candidate which is no better gives away."""
REPLAYS = 200
"""Of which the targets below are told; for another number they are scaled."""


@dataclass(frozen=True, slots=True)
class Condition:
    """better: utility by which the candidate is; decisions: rewarded ones, at the most; target: promotions of 200."""

    name: str
    better: float
    decisions: int
    target: int

    def is_met(self, promoted: int, replays: int) -> bool:
        """Whether so many promotions are no more, or no fewer, than the target."""
        wanted = self.target * replays / REPLAYS
        return promoted >= wanted if self.better > 0.0 else promoted <= wanted


CONDITIONS = (
    Condition("no better", 0.0, 10_000, 17),
    Condition("10 points better", 0.10, 1_000, 160),
    Condition("3 points better", 0.03, 10_000, 160),
)


@dataclass(frozen=True, slots=True)
class Truth:
    """The half that trials are drawn from: (k, m) outcomes, what was foretold of them, and each policy's chances."""

    scores: FloatArray
    foretold: FloatArray
    incumbent: FloatArray
    candidate: FloatArray

    @property
    def better(self) -> float:
        """By how much the candidate is, in truth."""
        return _value(self.candidate, self.scores) - _value(self.incumbent, self.scores)


def promotion_report(
    table: OutcomeTable, embedder: Embedder, replays: int, seed: int = 0
) -> tuple[dict[str, Any], str]:
    """What belongs into report.json, and report.md. "missed" names the conditions whose target was."""
    found = []
    alpha = error_of(1, len(rivals(LearnerSettings().opinion)))
    router = exploring_router(table, embedder, np.random.default_rng((seed, 86)))
    scores, foretold, incumbent = router.scores, router.predicted, router.chances
    for n, condition in enumerate(CONDITIONS):
        truth = Truth(scores, foretold, incumbent, _candidate(scores, incumbent, condition.better))
        ended = [
            tried(truth, condition.decisions, alpha, np.random.default_rng((seed, 85, n, r))) for r in range(replays)
        ]
        when = [t for t in ended if t is not None]
        found.append({
            "condition": condition.name, "better": truth.better, "decisions": condition.decisions,
            "incumbent": _value(truth.incumbent, truth.scores), "promoted": len(when),
            "target": condition.target * replays / REPLAYS, "met": condition.is_met(len(when), replays),
            "median_decisions": float(np.median(when)) if when else None,
            "largest_ratio": float((truth.candidate / truth.incumbent).max()),
        })  # fmt: skip
    missed = [f["condition"] for f in found if not f["met"]]
    report = {"table": table.name, "models": list(table.model_names), "replays": replays, "error": alpha,
              "conditions": found, "missed": missed}  # fmt: skip
    return report, _page(report)


def tried(truth: Truth, decisions: int, alpha: float, rng: np.random.Generator) -> int | None:
    """After how many rewarded decisions the candidate is promoted, None where it is not within so many."""
    advantage = Advantage()
    queries = rng.integers(len(truth.scores), size=decisions)
    draws = rng.random(decisions)
    upto = truth.incumbent.cumsum(axis=1)
    for t, (i, u) in enumerate(zip(queries.tolist(), draws.tolist(), strict=True), start=1):
        taken = int(np.searchsorted(upto[i], u * upto[i, -1], side="right"))
        advantage.add(truth.incumbent[i], truth.candidate[i], truth.foretold[i], taken, float(truth.scores[i, taken]))
        if advantage.bets.log_wealth >= -np.log(alpha):
            return t
    return None


def _candidate(scores: FloatArray, incumbent: FloatArray, better: float) -> FloatArray:
    """(k, m) chances of one that is better by so much. Raises ConfigurationError where nobody could be."""
    best, worst = _evenly(scores), _evenly(-scores)
    value, most, least = (_value(p, scores) for p in (incumbent, best, worst))
    if most - value <= better:
        raise ConfigurationError(f"--promotion: the best models of this table are not {better:g} better than a router")
    if better > 0.0:
        share = better / (most - value)
        return (1 - share) * incumbent + share * best
    up = (value - least) / (most - least)
    return (1 - MOVED) * incumbent + MOVED * (up * best + (1 - up) * worst)


def _evenly(scores: FloatArray) -> FloatArray:
    is_best = scores == scores.max(axis=1, keepdims=True)
    return np.asarray(is_best / is_best.sum(axis=1, keepdims=True), dtype=float)


def _value(policy: FloatArray, scores: FloatArray) -> float:
    return float((policy * scores).sum(axis=1).mean())


def _page(report: dict[str, Any]) -> str:
    def rows() -> Iterator[list[str]]:
        for f in report["conditions"]:
            bound = "at least" if f["better"] > 1e-9 else "at most"
            when = "-" if f["median_decisions"] is None else f"{f['median_decisions']:,.0f}"
            promoted, told = f"{f['promoted']} of {report['replays']}", "met" if f["met"] else "MISSED"
            target = f"{bound} {f['target']:g}"
            yield [f["condition"], f"{f['better']:+.3f}", f"{f['decisions']:,}", promoted, target, when, told]

    headings = ["candidate", "true advantage", "decisions", "promoted", "target", "median decisions", ""]
    return (
        f"# Promotion: {report['table']}\n\n{report['replays']} trials each, drawn from recorded outcomes and looked "
        f"at after every rewarded decision; error {report['error']:.4f}, a candidate's of the first round.\n\n"
        f"{as_table(headings, rows())}\n"
    )
