"""Whether off-policy intervals keep their promise for whole cascades, judges and late feedback included.

From each log that `cascade_world` draws other policies are valued: the same estimates without exploration, what was
learnt since, other dials, and each model alone; and held against what they truly bring.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pointsman_learner.evaluation.choices import Choice, Key
from pointsman_learner.evaluation.estimate import Always, Evaluation, Interval, evaluate
from pointsman_learner.evaluation.off_policy import ips
from pointsman_learner.evaluation.table import Told
from pointsman_learner.evaluation.target import Target
from pointsman_learner.events import EpisodeRecorded
from rich.console import Console
from rich.progress import track

from pointsman_bench import cascade_world
from pointsman_bench.cascade_world import Candidate, log_of, world_of
from pointsman_bench.markdown import table as as_table
from pointsman_bench.plan import Plan
from pointsman_bench.source import Source

TRIED = 20
"""Logs after which a policy that none of them tells of is left out of the others."""


def cascade_report(
    plan: Plan, source: Source, replays: int, console: Console, seed: int = 0
) -> tuple[dict[str, Any], str]:
    """What belongs into report.json, and report.md."""
    with console.status("learning, and working out what each policy truly brings"):
        world = world_of(plan, source, seed)
    found = {c.name: _Found(c) for c in world.candidates}
    for k in track(range(replays), "logs", console=console, disable=not console.is_terminal):
        told = log_of(world, plan, np.random.default_rng((seed, 85, k)))
        for c in world.candidates:
            if k < TRIED or found[c.name].is_told_of:
                found[c.name].add(evaluate(told, c.target), told)
    policies = {name: f.summary() for name, f in found.items()}
    lived = [(c, evaluate(world.lived, c.target)) for c in world.lived_candidates]
    report = {"replays": replays, "logged": cascade_world.LOGGED, "queries": len(world.stream), "confidence": 0.95} | {
        "policies": policies, "own_log": {c.name: _one(c, e) for c, e in lived}
    }  # fmt: skip
    page = (
        f"## Whole cascades\n\n{replays} logs of {cascade_world.LOGGED} episodes each on {len(world.stream)} queries, "
        f"{plan.feedback_rate:.0%} of them rated, {plan.feedback_delay} queries late. Logs that have too little "
        f"support for a policy give no number; coverage and widths are of those that do. 95 % intervals.\n\n"
        f"{as_table(_COLUMNS, (_row(name, p) for name, p in policies.items()))}\n\n"
        f"What the learner's own log of {len(world.lived)} queries tells, while it learnt:\n\n"
        f"{as_table(_OWN_COLUMNS, (_own_row(c, e) for c, e in lived))}\n"
    )
    return report, page


class _Found:
    """What the logs say of one policy."""

    def __init__(self, candidate: Candidate) -> None:
        self._candidate = candidate
        self._given: list[Evaluation] = []
        self._plain: list[float] = []
        self._logs = 0

    @property
    def is_told_of(self) -> bool:
        """Whether any log had a number for it."""
        return bool(self._given)

    def add(self, found: Evaluation, told: Sequence[Told]) -> None:
        """One log more."""
        self._logs += 1
        if found.quality is not None:
            self._given.append(found)
            self._plain.append(_width_by_ips(told, self._candidate.target))

    def summary(self) -> dict[str, Any]:
        """Over all logs: for report.json."""
        truth = {"quality": self._candidate.quality, "cost_usd": self._candidate.cost_usd}
        return {
            "truth": truth,
            "logs": self._logs,
            "given": len(self._given) / self._logs,
            "effective": _mean([f.effective for f in self._given]),
            "ips_width": _mean(self._plain),
        } | {
            which: {
                "coverage": _mean([_covers(getattr(f, which), true) for f in self._given]),
                "width": _mean([_width(getattr(f, which)) for f in self._given]),
                "bias": _mean([getattr(f, which).mean - true for f in self._given]),
            }
            for which, true in truth.items()
        }


def _width_by_ips(told: Sequence[Told], target: Target | Always) -> float:
    """Of the interval that importance sampling alone gives, from the rated episodes."""
    rated = [t for t in told if t.reward is not None]
    asked = _Alone(target.model) if isinstance(target, Always) else target
    logged, target_chance = [], []
    for t in rated:
        choices = t.choices()
        chances = asked.chances(t.episode, choices)
        logged.append(math.prod(c.chances[c.taken] for c in choices))
        target_chance.append(math.prod(p.get(c.taken, 0.0) for c, p in zip(choices, chances, strict=True)))
    found = ips([t.reward or 0.0 for t in rated], logged, target_chance)
    return found.high - found.low


@dataclass(frozen=True, slots=True)
class _Alone:
    """One model as plain importance sampling knows it: called first, and accepted unseen."""

    model: str

    def chances(self, episode: EpisodeRecorded, choices: Sequence[Choice]) -> Sequence[Mapping[Key, float]]:
        """Certain at each choice."""
        del episode
        call: Mapping[Key, float] = {("call", self.model, None): 1.0}
        accept: Mapping[Key, float] = {("accept", None, 0): 1.0}
        return [call, *(accept for _ in choices[1:])]


def _one(candidate: Candidate, found: Evaluation) -> dict[str, Any]:
    """What one log says of a policy: for report.json."""
    quality = found.quality
    return {
        "truth": {"quality": candidate.quality, "cost_usd": candidate.cost_usd},
        "quality": None if quality is None else [quality.mean, quality.low, quality.high],
        "cost_usd": None if found.cost_usd is None else [found.cost_usd.mean, found.cost_usd.low, found.cost_usd.high],
        "support": found.support,
        "why": found.why,
    }


_OWN_COLUMNS = ("policy", "quality by the log", "recorded", "dollars per 1,000 by the log", "recorded", "support")


def _own_row(candidate: Candidate, found: Evaluation) -> list[str]:
    return [
        candidate.name, _shown(found.quality, 1.0, found.why), f"{candidate.quality:.3f}",
        _shown(found.cost_usd, 1000.0, found.why), f"{1000.0 * candidate.cost_usd:.3g}", f"{found.support:.0%}",
    ]  # fmt: skip


def _shown(interval: Interval | None, unit: float, why: str) -> str:
    if interval is None:
        return why
    mean, low, high = (unit * x for x in (interval.mean, interval.low, interval.high))
    return f"{mean:.3g} ({low:.3g} to {high:.3g})"


def _covers(interval: Interval, truth: float) -> bool:
    return interval.low <= truth <= interval.high


def _width(interval: Interval) -> float:
    return interval.high - interval.low


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


_COLUMNS = (
    "policy", "true quality", "logs with a number", "effective episodes", "covers quality", "width", "IPS width",
    "covers cost", "bias of quality", "bias of cost",
)  # fmt: skip


def _row(name: str, found: Mapping[str, Any]) -> list[str]:
    quality, cost, truth = found["quality"], found["cost_usd"], found["truth"]
    figures = [f"{truth['quality']:.4f}", f"{found['given']:.0%}"]
    if quality["coverage"] is None:
        return [name, *figures, *("-" for _ in _COLUMNS[3:])]
    return [
        name, *figures, f"{found['effective']:.0f}", f"{quality['coverage']:.1%}", f"{quality['width']:.4f}",
        f"{found['ips_width']:.4f}", f"{cost['coverage']:.1%}", f"{quality['bias']:+.4f}",
        f"{cost['bias'] / truth['cost_usd']:+.1%}" if truth["cost_usd"] else "-",
    ]  # fmt: skip
