"""How fast the learner is back after an event, against itself with hindsight.

Hindsight is the learner that has lived in the changed world from the first query on, on the same queries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pointsman_learner.types import FloatArray

from pointsman_bench.conditions import Trace
from pointsman_bench.events import StreamEvent, in_order
from pointsman_bench.plan import Job, Plan
from pointsman_bench.policies import UNIFIED

WINDOW = 100
NEAR = 0.01
"""Back: this close in utility to hindsight."""
ARRIVED = 0.9
"""An added model has its final share when it has this much of it."""


def reactions(plan: Plan, traces: Mapping[Job, Trace], models: Sequence[str], queries: int) -> list[dict[str, Any]]:
    """How it went, per budget and event.

    Queries until the utility over the next WINDOW queries, mean over seeds, is back within
    NEAR of hindsight's; loss of utility per query in the first 250 queries and after them; and, for an added model, its
    share at the end of the segment and queries until it has it.
    """
    events = in_order(plan.events, queries)
    ends = [*(e.position(queries) for e in events[1:]), queries]
    found = []
    for budget in plan.budgets:
        lived = [traces[Job(UNIFIED, budget, s)] for s in range(plan.seeds)]
        for k, (event, end) in enumerate(zip(events, ends, strict=True), 1):
            start = event.position(queries)
            if end == start:  # another comes with it, and the reaction is to both
                found.append(_untold(event, start, budget))
                continue
            fitted = [traces[Job(UNIFIED, budget, s, world=k)] for s in range(plan.seeds)]
            behind = np.mean([_utility_gap(a, b, start, end) for a, b in zip(lived, fitted, strict=True)], axis=0)
            ahead = _next_mean(behind)
            added = models.index(event.model) if event.kind == "add" else None
            share, share_after = _share(lived, added, start, end) if added is not None else (None, None)
            found.append({
                "event": event.told,
                "position": start,
                "budget_per_1k": budget,
                "recovered_after": _first(ahead >= -NEAR),
                "loss_first_250": -float(behind[:250].mean()),
                "loss_after_250": -float(behind[250:].mean()) if len(behind) > 250 else None,
                "final_share": share,
                "share_after": share_after,
                "curve": [[i, round(float(ahead[i]), 4)] for i in range(0, len(ahead), 10)],
            })  # fmt: skip
    return found


def _untold(event: StreamEvent, start: int, budget: float) -> dict[str, Any]:
    """The entry of an event after which no query came before the next."""
    silent = ("recovered_after", "loss_first_250", "loss_after_250", "final_share", "share_after")
    return {"event": event.told, "position": start, "budget_per_1k": budget, **dict.fromkeys(silent), "curve": []}


def _utility_gap(lived: Trace, fitted: Trace, start: int, end: int) -> FloatArray:
    """Utility minus that of hindsight, per query; lambda is what hindsight's pacer had on average."""
    rows = slice(start, end)
    lam = float(np.nanmean(fitted.cost_weight[rows]))
    gap = lived.quality[rows] - fitted.quality[rows] - lam * (lived.cost[rows] - fitted.cost[rows])
    return np.asarray(gap, dtype=float)


def _next_mean(values: FloatArray) -> FloatArray:
    """Mean over the WINDOW values from each on; shorter than the window, over all there are."""
    width = min(WINDOW, len(values))
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray((total[width:] - total[:-width]) / width, dtype=float)


def _share(traces: Sequence[Trace], model: int, start: int, end: int) -> tuple[float, int | None]:
    """Of answers: over the last fifth of the segment, and queries until the share of the next WINDOW has come to it."""
    answered = np.mean([t.answered[start:end] == model for t in traces], axis=0)
    final = float(answered[-max(1, (end - start) // 5) :].mean())
    return final, _first(_next_mean(np.asarray(answered, dtype=float)) >= ARRIVED * final)


def _first(reached: np.ndarray) -> int | None:
    return int(np.argmax(reached)) if reached.any() else None
