"""The job that rebuilds each node's cost and latency from the log's own totals.

What a fold has added up with soft memberships, call by call, is checked against what the event log says each model cost
at each leaf; where the two are far apart (a price or a provider has changed unseen), the log's figure replaces it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pointsman_learner.estimates import Estimates
from pointsman_learner.hyperparameters import H
from pointsman_learner.types import Context


@dataclass(frozen=True, slots=True)
class CallTotals:
    """What the log says of one model's calls at one leaf: how many, and their means."""

    node: str
    model: str
    calls: int
    cost_usd: float
    latency_ms: float
    input_tokens: float


def propose(totals: Sequence[CallTotals], e: Estimates) -> dict[str, Any] | None:
    """The ratios to put right, by leaf and model, with what stood there before; None where all are near."""
    found = [c for t in totals if (c := _correction(t, e)) is not None]
    return {"ratios": found} if found else None


def apply(change: Mapping[str, Any], e: Estimates) -> None:
    """Put them in force at their leaves."""
    for c in change.get("ratios", ()):
        m = e.row(c["model"])
        if m is None or c["node"] not in e.taxonomy.ids:
            continue
        j = e.taxonomy.index(c["node"])
        weight = min(H.rebuild_weight, float(c["calls"]))
        e.effects.ratio_n[:, j, m] = weight
        e.effects.ratio_sum[:, j, m] = weight * np.array(c["ratio"])


def _correction(t: CallTotals, e: Estimates) -> dict[str, Any] | None:
    m = e.row(t.model)
    if m is None or t.calls < H.rebuild_calls or t.node not in e.taxonomy.ids:
        return None
    j = e.taxonomy.index(t.node)
    empty = np.zeros(0, dtype=np.float32)
    listed = float(e.listed_cost(Context("", empty, empty, max(1, round(t.input_tokens))))[m])
    ratio = np.array([t.cost_usd / listed, t.latency_ms / H.typical_latency_ms])
    n = np.maximum(e.effects.ratio_n[:, j, m], 1e-9)
    now = e.effects.ratio_sum[:, j, m] / n
    if (np.abs(ratio - now) <= H.rebuild_far * np.maximum(now, 1e-9)).all():
        return None
    return {"node": t.node, "model": t.model, "calls": t.calls, "ratio": ratio.tolist(), "before": now.tolist()}
