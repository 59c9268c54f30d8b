"""The job that rebuilds each node's cost and latency from the log's own totals.

What a fold has added up with soft memberships, call by call, is checked against what the event log says each model cost
at each leaf; where the two are far apart (a price or a provider has changed unseen), the log's figure replaces it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pointsman_learner.knowledge import TYPICAL_LATENCY_MS, Knowledge
from pointsman_learner.words import Context

ENOUGH = 20.0
MOST = 200.0
"""Calls that a rebuilt figure weighs at the most, so that later calls still move it."""
FAR = 0.2


@dataclass(frozen=True, slots=True)
class CallTotals:
    """What the log says of one model's calls at one leaf: how many, and their means."""

    node: str
    model: str
    calls: int
    cost_usd: float
    latency_ms: float
    input_tokens: float


def propose(totals: Sequence[CallTotals], known: Knowledge) -> dict[str, Any] | None:
    """The ratios to put right, by leaf and model, with what stood there before; None where all are near."""
    found = [c for t in totals if (c := _correction(t, known)) is not None]
    return {"ratios": found} if found else None


def apply(change: Mapping[str, Any], known: Knowledge) -> None:
    """Put them in force at their leaves."""
    for c in change.get("ratios", ()):
        m = known.index(c["model"])
        if m is None or c["node"] not in known.taxonomy.ids:
            continue
        j = known.taxonomy.index(c["node"])
        weight = min(MOST, float(c["calls"]))
        known.effects.ratio_n[:, j, m] = weight
        known.effects.ratio_sum[:, j, m] = weight * np.array(c["ratio"])


def _correction(t: CallTotals, known: Knowledge) -> dict[str, Any] | None:
    m = known.index(t.model)
    if m is None or t.calls < ENOUGH or t.node not in known.taxonomy.ids:
        return None
    j = known.taxonomy.index(t.node)
    empty = np.zeros(0, dtype=np.float32)
    listed = float(known.listed_cost(Context("", empty, empty, max(1, round(t.input_tokens))))[m])
    ratio = np.array([t.cost_usd / listed, t.latency_ms / TYPICAL_LATENCY_MS])
    n = np.maximum(known.effects.ratio_n[:, j, m], 1e-9)
    now = known.effects.ratio_sum[:, j, m] / n
    if (np.abs(ratio - now) <= FAR * np.maximum(now, 1e-9)).all():
        return None
    return {"node": t.node, "model": t.model, "calls": t.calls, "ratio": ratio.tolist(), "before": now.tolist()}
