"""What came out: `demo-report.json` for scripts, the summary for people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from pointsman_service.demo.scoreboard import Answered, Scoreboard

THIRDS = ("first_third", "middle_third", "last_third")
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
class Run:
    """How the traffic was made. rate: prompts a second; seconds: from the first request to the last answer."""

    data: str
    seed: int
    rate: float | None
    concurrency: int
    judge_cost_usd: float
    seconds: float
    failed: int


def make_report(board: Scoreboard, run: Run) -> dict[str, Any]:
    """The report as JSON types; `checks` holds what the demo promises, as it came out."""
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
        "checks": {
            "last_third_above_first_third": last > own["first_third"].utility,
            "last_third_above_every_static_policy": all(last > s["last_third_utility"] for s in static.values()),
        },
    }


def summary(report: dict[str, Any]) -> str:
    """The report in a few lines that say what happened, good or bad."""
    gain = report["advantage_over_best_static"]
    low, high = gain["ci95"]
    checks = report["checks"]
    rose = "rose" if checks["last_third_above_first_third"] else "did not rise"
    above = "above" if checks["last_third_above_every_static_policy"] else "NOT above"
    feedback, cascade = report["feedback"], report["cascade"]
    return "\n".join(
        [
            f"{report['prompts']:,} prompts in {report['seconds']:.0f} s, {report['failed']} failed; "
            f"{feedback['thumbs']:,} thumbs by the simulated user; {cascade['verdicts']:,} verdicts bought.",
            f"Utility (quality - {report['lambda']:g} x dollars) {rose} from {report['utility']['first_third']:.4f} in "
            f"the first third to {report['utility']['last_third']:.4f} in the last,",
            f"which is {above} every fixed policy; the best of them, always {gain['policy']}, got "
            f"{report['static'][gain['policy']]['last_third_utility']:.4f} there",
            f"(Pointsman's difference {gain['last_third']:+.4f}, 95 % interval {low:+.4f} to {high:+.4f}; "
            f"an oracle's utility is {report['oracle']['last_third_utility']:.4f}).",
            report["yardstick"],
        ]
    )


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
