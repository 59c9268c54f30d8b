"""What came out: `demo-report.json` for scripts, the summary for people."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from pointsman_service.demo.headline import headline
from pointsman_service.demo.scoreboard import Answered, Scoreboard
from pointsman_service.demo.story import Outage, Swap
from pointsman_service.demo.summary import summary

__all__ = ["Run", "Told", "make_report", "preference", "summary"]

THIRDS = ("first_third", "middle_third", "last_third")
FIRST, SETTLED = 150, 300
"""Prompts of the two stretches that learning is told by: the first ones, and the last before the swap."""
HUNDRED = 100
YARDSTICK = (
    "The judge that Pointsman could ask here is the recording itself, which is also the yardstick: on your own data "
    "judges err, so expect less."
)


def preference(cost_weight: float) -> str:
    """What lambda means.

    >>> preference(1.0)
    'a dollar is worth one right answer; chosen for what it means, not fitted'
    """
    worth = "one right answer" if cost_weight == 1.0 else f"{cost_weight:g} right answers"
    return f"a dollar is worth {worth}; chosen for what it means, not fitted"


@dataclass(frozen=True, slots=True)
class Told:
    """What happened to a model on the way, and to whom: prompts that were asked amid the outage, or got an error."""

    swap: Swap
    outage: Outage
    outage_took_s: float
    amid_outage: frozenset[int]
    failed: frozenset[int] = frozenset()
    twin_failed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Run:
    """How the traffic was made. rate: prompts a second; seconds: from the first request to the last answer."""

    data: str
    seed: int
    rate: float | None
    concurrency: int
    judge_cost_usd: float
    seconds: float
    failed: int
    told: Told | None = None


def make_report(board: Scoreboard, run: Run, twin: Scoreboard | None = None) -> dict[str, Any]:
    """The report as JSON types; `checks` holds what the demo promises, as it came out.

    twin: the service that learnt nothing, on the same prompts.
    """
    thirds = dict(zip(THIRDS, board.thirds(), strict=True))
    own = {name: board.pointsman(where) for name, where in thirds.items()} | {"overall": board.pointsman()}
    static = {policy: _static(board, policy) for policy in board.fixed}
    last = own["last_third"].utility
    best = max(board.models, key=lambda m: static[m]["last_third_utility"])
    gain, half = board.advantage(best, thirds["last_third"])
    return {
        "data": run.data,
        "yardstick": YARDSTICK,
        "prompts": len(board),
        "failed": run.failed,
        "seed": run.seed,
        "prompts_per_second": run.rate,
        "concurrency": run.concurrency,
        "seconds": round(run.seconds, 1),
        "lambda": board.cost_weight,
        "preference": preference(board.cost_weight),
        "utility": {name: score.utility for name, score in own.items()},
        "quality": {name: score.quality for name, score in own.items()},
        "cost_usd_per_1k": {name: score.cost_usd_per_1k for name, score in own.items()},
        "share": {name: board.shares(where) for name, where in thirds.items()},
        "static": static,
        "oracle": {"last_third_utility": board.oracle(thirds["last_third"]).utility},
        "advantage_over_best_static": {"policy": best, "last_third": gain, "ci95": [gain - half, gain + half]},
        "feedback": _feedback(board.episodes),
        "cascade": _cascade(board.episodes, run.judge_cost_usd),
        "regret": _totals(board, twin, "regret"),
        "dollars": _totals(board, twin, "dollars"),
        **({"twin": _twin(twin)} if twin else {}),
        **(_happenings(board, run.told) if run.told else {}),
        "headline": headline(board, run.told.amid_outage if run.told else frozenset()),
        "checks": {
            "last_third_above_first_third": last > own["first_third"].utility,
            "last_third_above_every_static_policy": all(last > s["last_third_utility"] for s in static.values()),
        },
    }


def _static(board: Scoreboard, policy: str) -> dict[str, Any]:
    overall = board.fixed_score(policy)
    thirds = zip(THIRDS, board.thirds(), strict=True)
    return {
        "models": list(board.fixed[policy]),
        "quality": overall.quality,
        "cost_usd_per_1k": overall.cost_usd_per_1k,
        "utility": overall.utility,
        **{f"{name}_utility": board.fixed_score(policy, where).utility for name, where in thirds},
    }


def _totals(board: Scoreboard, twin: Scoreboard | None, what: str) -> dict[str, float]:
    """Regret or dollars, added up over the whole run."""
    totals = {"pointsman": getattr(board, what)(), **({"twin": getattr(twin, what)()} if twin else {})}
    totals |= {model: getattr(board, what)(model) for model in board.models}
    return {name: float(values[-1]) if len(values) else 0.0 for name, values in totals.items()}


def _twin(twin: Scoreboard) -> dict[str, Any]:
    return {"prompts": len(twin), **asdict(twin.pointsman()), "share": twin.shares()}


def _happenings(board: Scoreboard, told: Told) -> dict[str, Any]:
    """Learning before the swap, and what became of outage and swap."""
    outage, swap = told.outage, told.swap
    after = [board.between(swap.at + k * HUNDRED, swap.at + (k + 1) * HUNDRED) for k in (-1, 0, 1, 2)]
    settled = board.between(max(0, swap.at - SETTLED), swap.at)
    later = board.between(swap.at, swap.at + SETTLED)
    return {
        "learning": {
            "first": {"prompts": FIRST, **asdict(board.pointsman(board.between(0, FIRST)))},
            "before_swap": {"prompts": SETTLED, **asdict(board.pointsman(settled))},
        },
        "outage": {
            **asdict(outage),
            "took_s": told.outage_took_s,
            "prompts": len(told.amid_outage),
            "errors": len(told.amid_outage & told.failed),
            "twin_errors": len(told.amid_outage & told.twin_failed),
        },
        "swap": {
            **asdict(swap),
            "share_before": board.shares(after[0])[swap.model],
            "share_by_hundred_after": [board.shares(where)[swap.model] for where in after[1:]],
            "quality_before": board.pointsman(settled).quality,
            "quality_after": board.pointsman(later).quality,
            "quality_of_model_after": board.fixed_score(swap.model, later).quality,
        },
    }


def _feedback(episodes: list[Answered]) -> dict[str, Any]:
    thumbs = [e.thumb for e in episodes if e.thumb is not None]
    return {"given_by": "a simulated user", "thumbs": len(thumbs), "up": sum(thumbs), "down": len(thumbs) - sum(thumbs)}


def _cascade(episodes: list[Answered], judge_cost_usd: float) -> dict[str, Any]:
    calls = Counter(e.calls for e in episodes)
    return {
        "calls": {str(n): calls[n] for n in sorted(calls)},
        "verdicts": sum(e.judged for e in episodes),
        "usd_per_verdict": judge_cost_usd,
        "judges_usd_per_1k": 1000.0 * sum(e.judge_cost_usd for e in episodes) / max(1, len(episodes)),
        "snapshots": len({e.snapshot_version for e in episodes}),
    }
