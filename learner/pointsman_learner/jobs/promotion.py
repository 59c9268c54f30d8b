"""A changed policy goes live when a doubly robust lower bound says that it earns more; live reward can take it back.

The log is the experiment: decisions with their propensities and the utility that came of them. Every candidate says
what it would have decided on the same contexts. Candidates here are the parts that the unified policy fuses, alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from pointsman_learner.estimates import Estimates
from pointsman_learner.evaluation.off_policy import Estimate
from pointsman_learner.evaluation.replay import Decided, value_of
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.hyperparameters import H
from pointsman_learner.parts import Parts
from pointsman_learner.snapshot import Snapshot

CANDIDATES: Mapping[str, Mapping[str, bool]] = {
    "unified": {"taxonomy": True, "learned": True},
    "taxonomy": {"taxonomy": True, "learned": False},
    "learned": {"taxonomy": False, "learned": True},
}


@dataclass(slots=True)
class Record:
    """Recent decisions of which the reward is known.

    before: the parts in force before the last promotion and what they earned, None where nothing was promoted; since:
    decisions since then.
    """

    decisions: deque[Decided] = field(default_factory=lambda: deque(maxlen=H.promote_recent))
    before: tuple[dict[str, bool], float] | None = None
    since: int = 0

    def add(self, episode: EpisodeRecorded, value: float) -> None:
        """One decision has earned this quality, at what its episode cost."""
        utility = value - episode.decision.cost_weight * episode.cost_usd
        self.decisions.append((episode.context, episode.decision, utility))
        self.since += 1


def propose(record: Record, e: Estimates) -> dict[str, Any] | None:
    """A roll-back where live reward fell, else a promotion where a candidate's lower bound beats what is earned."""
    if len(record.decisions) < H.promote_least:
        return None
    earned = np.array([u for _, _, u in record.decisions])
    if record.before is not None and record.since >= H.promote_least:
        live = earned[-min(record.since, len(earned)) :]
        # The bound of a 95 % interval.
        high = float(live.mean() + 1.96 * live.std(ddof=1) / np.sqrt(len(live)))
        parts, expected = record.before
        if high < expected:
            return {"kind": "roll_back", "parts": parts, "evidence": {"live_upper": high, "before": expected}}
    mean = float(earned.mean())
    for name, switch in CANDIDATES.items():
        parts = {**asdict(e.settings.parts), **switch}
        if parts == asdict(e.settings.parts):
            continue
        estimate = would_earn(record, e, Parts(**parts))
        if estimate.low > mean:
            evidence = {"low": estimate.low, "mean": estimate.mean, "incumbent": mean, "decisions": estimate.n}
            return {"kind": "promote", "policy": name, "parts": parts, "evidence": evidence}
    return None


def apply(change: Mapping[str, Any], record: Record, e: Estimates) -> None:
    """Put the parts in force and remember those before, or forget them after a roll-back."""
    if "parts" not in change:
        return
    old = asdict(e.settings.parts)
    e.settings = replace(e.settings, parts=Parts(**change["parts"]))
    record.before = (old, float(change["evidence"]["incumbent"])) if change["kind"] == "promote" else None
    record.since = 0


def would_earn(record: Record, e: Estimates, parts: Parts) -> Estimate:
    """Doubly robust estimate of the mean utility per query, had these parts chosen the first model."""
    rival = Snapshot.of(replace(e.frozen(), settings=replace(e.settings, parts=parts)))
    return value_of(rival, record.decisions)
