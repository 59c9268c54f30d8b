"""What the service's own log says of it and of each model alone, held against what the recording knows.

A team has only the log. Here every outcome is recorded, so that what `pointsman evaluate` and `pointsman savings` make
of the log can be checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose
from typing import Any

from pointsman import Client, v1
from rich.box import SIMPLE_HEAD
from rich.table import Table

from pointsman_service.demo.scoreboard import Score, Scoreboard
from pointsman_service.domain.operations import Bounds

OWN = "pointsman"
"""What the service did itself, by all the policies that were in force on the way."""
TIMEOUT_S = 300.0
"""Every episode of the log is read."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """One policy by the log: what a query brings, cost in dollars per 1,000; None where it cannot say, and why.

    policy: `OWN`, or a model that is called alone.
    """

    policy: str
    quality: Bounds | None
    cost_usd_per_1k: Bounds | None
    support: float
    why: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What the log says. saved: in a sentence, against the model `against` alone."""

    policies: tuple[Estimated, ...]
    against: str
    saved: str


def proof_of(address: str, board: Scoreboard) -> Proof:
    """Ask the service, which is still there: of what it did, and of each model and nothing else."""
    best = board.fixed["best"][0]
    with Client(address, timeout_s=TIMEOUT_S) as client:
        saved = client.call(v1.GetSavingsRequest(against=best)).total
        alone = [_estimated(client, m) for m in board.models]
    return Proof((_own(saved), *alone), best, saved.summary)


def _own(saved: v1.Saved) -> Estimated:
    quality = Bounds(saved.quality.mean, saved.quality.low, saved.quality.high) if saved.HasField("quality") else None
    spent = 1000.0 * saved.spent_usd / max(1, saved.episode_count)
    return Estimated(OWN, quality, Bounds(spent, spent, spent), 1.0, saved.missing)


def _estimated(client: Client, model: str) -> Estimated:
    found = client.call(v1.WhatIfRequest(policy=f"always:{model}"))
    of = {
        e.quantity: Bounds(e.mean, e.low, e.high) for e in found.estimates if e.estimator == v1.ESTIMATOR_DOUBLY_ROBUST
    }
    cost = of.get(v1.QUANTITY_COST_USD)
    per_1k = None if cost is None else Bounds(1000 * cost.mean, 1000 * cost.low, 1000 * cost.high)
    return Estimated(model, of.get(v1.QUANTITY_QUALITY), per_1k, found.support, found.missing)


def recorded(board: Scoreboard, policy: str) -> Score:
    """What a policy truly brought, or would have."""
    return board.pointsman() if policy == OWN else board.fixed_score(policy)


def as_report(proof: Proof, board: Scoreboard) -> dict[str, Any]:
    """For demo-report.json: by policy, what the log tells, what was recorded, and whether the interval holds it."""
    return {
        "policies": {p.policy: _row(p, recorded(board, p.policy)) for p in proof.policies},
        "savings": {"against": proof.against, "by_the_log": proof.saved, "recorded": recorded_savings(proof, board)},
    }


def holds(interval: Bounds, truth: float) -> bool:
    """Whether the truth lies in it.

    >>> holds(Bounds(0.3, 0.3, 0.3), 0.1 + 0.2)
    True
    """
    is_end = any(isclose(truth, end) for end in (interval.low, interval.high))  # of sums that were added up otherwise
    return is_end or interval.low <= truth <= interval.high


def _row(found: Estimated, truth: Score) -> dict[str, Any]:
    def one(interval: Bounds | None, true: float) -> dict[str, Any]:
        if interval is None:
            return {"by_the_log": None, "recorded": true}
        ends = [interval.mean, interval.low, interval.high]
        return {"by_the_log": ends, "recorded": true, "holds": holds(interval, true)}

    return {
        "quality": one(found.quality, truth.quality),
        "cost_usd_per_1k": one(found.cost_usd_per_1k, truth.cost_usd_per_1k),
        "support": found.support,
        "why": found.why,
    }


def recorded_savings(proof: Proof, board: Scoreboard) -> str:
    """What the log's sentence tries to say, as it truly is."""
    own, other, n = board.pointsman(), board.fixed_score(proof.against), len(board)
    spent, would = (n * score.cost_usd_per_1k / 1000.0 for score in (own, other))
    return (
        f"Recorded: always {proof.against} would have cost ${would:.2f} instead of ${spent:.2f}, which saved "
        f"${would - spent:.2f}, at quality {other.quality:.3f} instead of {own.quality:.3f}."
    )


def proof_table(proof: Proof, board: Scoreboard) -> Table:
    """By the log, beside what was recorded."""
    title = "What its own log tells (pointsman savings, pointsman evaluate --policy always:MODEL)"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("policy", no_wrap=True)
    for heading in ("quality by the log", "recorded", "$/1,000 by the log", "recorded"):
        table.add_column(heading, justify="right")
    for found in proof.policies:
        truth = recorded(board, found.policy)
        name = "Pointsman" if found.policy == OWN else f"always {found.policy.rpartition('/')[2]}"
        table.add_row(
            name, _shown(found.quality, 3, found.why), f"{truth.quality:.3f}",
            _shown(found.cost_usd_per_1k, 2, found.why), f"{truth.cost_usd_per_1k:.2f}",
            style="bold" if found.policy == OWN else "",
        )  # fmt: skip
    return table


def _shown(interval: Bounds | None, digits: int, why: str) -> str:
    if interval is None:
        return why.partition(":")[0] or "cannot say"
    if interval.low == interval.high:
        return f"{interval.mean:.{digits}f}"
    return f"{interval.mean:.{digits}f} ({interval.low:.{digits}f} to {interval.high:.{digits}f})"
