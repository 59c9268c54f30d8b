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

from pointsman_learner import cascade
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.knowledge import Knowledge
from pointsman_learner.off_policy import Estimate, doubly_robust
from pointsman_learner.settings import Parts
from pointsman_learner.verdicts import AGREEMENT
from pointsman_learner.words import Constraints, Context, Decision, Judge

RECENT = 400
ENOUGH = 200
CANDIDATES: Mapping[str, Mapping[str, bool]] = {
    "unified": {"taxonomy": True, "learned": True},
    "taxonomy": {"taxonomy": True, "learned": False},
    "learned": {"taxonomy": False, "learned": True},
}


@dataclass(slots=True)
class Record:
    """Recent decisions of which the reward is known: (context, decision, utility).

    before: the parts in force before the last promotion and what they earned, None where nothing was promoted; since:
    decisions since then.
    """

    decisions: deque[tuple[Context, Decision, float]] = field(default_factory=lambda: deque(maxlen=RECENT))
    before: tuple[dict[str, bool], float] | None = None
    since: int = 0

    def add(self, episode: EpisodeRecorded, value: float) -> None:
        """One decision has earned this quality, at what its episode cost."""
        utility = value - episode.decision.cost_weight * episode.cost_usd
        self.decisions.append((episode.context, episode.decision, utility))
        self.since += 1


def propose(record: Record, known: Knowledge) -> dict[str, Any] | None:
    """A roll-back where live reward fell, else a promotion where a candidate's lower bound beats what is earned."""
    if len(record.decisions) < ENOUGH:
        return None
    earned = np.array([u for _, _, u in record.decisions])
    if record.before is not None and record.since >= ENOUGH:
        live = earned[-min(record.since, len(earned)) :]
        high = float(live.mean() + 1.96 * live.std(ddof=1) / np.sqrt(len(live)))
        parts, expected = record.before
        if high < expected:
            return {"kind": "roll_back", "parts": parts, "evidence": {"live_upper": high, "before": expected}}
    mean = float(earned.mean())
    for name, switch in CANDIDATES.items():
        parts = {**asdict(known.settings.parts), **switch}
        if parts == asdict(known.settings.parts):
            continue
        estimate = would_earn(record, known, Parts(**parts))
        if estimate.low > mean:
            evidence = {"low": estimate.low, "mean": estimate.mean, "incumbent": mean, "decisions": estimate.n}
            return {"kind": "promote", "policy": name, "parts": parts, "evidence": evidence}
    return None


def apply(change: Mapping[str, Any], record: Record, known: Knowledge) -> None:
    """Put the parts in force and remember those before, or forget them after a roll-back."""
    if "parts" not in change:
        return
    old = asdict(known.settings.parts)
    known.settings = replace(known.settings, parts=Parts(**change["parts"]))
    record.before = (old, float(change["evidence"]["incumbent"])) if change["kind"] == "promote" else None
    record.since = 0


def would_earn(record: Record, known: Knowledge, parts: Parts) -> Estimate:
    """Doubly robust estimate of the mean utility per query, had these parts chosen the first model."""
    rival = replace(known.frozen(), settings=replace(known.settings, parts=parts))
    rows = [_row(rival, *entry) for entry in record.decisions]
    rewards, propensities, target, chosen, mixed = (np.array(c) for c in zip(*rows, strict=True))
    return doubly_robust(rewards, propensities, target, chosen, mixed)


def _row(rival: Knowledge, context: Context, decision: Decision, utility: float) -> tuple[float, ...]:
    """Reward, logged propensity, the rival's probability of the same choice, and two predictions of utility."""
    names = tuple(p.model for p in decision.predictions)
    asked = Constraints(models=names, cost_weight=decision.cost_weight, judges=(Judge(AGREEMENT),))
    wanted = cascade.decide(rival, 0, context, asked, np.random.default_rng(0))
    mix = {p.model: p.propensity for p in wanted.predictions}
    worth = {p.model: p.quality - decision.cost_weight * p.cost_usd for p in decision.predictions}
    mixed = sum(share * worth[m] for m, share in mix.items())
    return utility, decision.propensity, min(1.0, mix.get(decision.model, 0.0)), worth[decision.model], mixed
