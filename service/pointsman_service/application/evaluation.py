"""An evaluation as it was asked for, from the log alone: what the process beside the service computes."""

from __future__ import annotations

from typing import overload

from pointsman_learner.evaluation.estimate import Always
from pointsman_learner.evaluation.target import Deciding, Target

from pointsman_service.application.savings import savings
from pointsman_service.application.snapshot_watch import snapshot_of
from pointsman_service.application.told_episodes import events_of, told_episodes
from pointsman_service.application.what_if import what_if
from pointsman_service.domain.operations import Savings, WhatIf
from pointsman_service.ports import OfSnapshot, OneModel, Reads, SavingsAsked, WhatIfAsked


@overload
def evaluated(asked: WhatIfAsked, log: Reads) -> WhatIf: ...


@overload
def evaluated(asked: SavingsAsked, log: Reads) -> Savings: ...


def evaluated(asked: WhatIfAsked | SavingsAsked, log: Reads) -> WhatIf | Savings:
    """Reads the whole log, and asks the policy again at every choice of a sample: seconds to minutes of a processor.

    Raises UnusableSnapshot, LogUnavailable.
    """
    target = target_of(asked.other)
    told = told_episodes(events_of(log), asked.query.episodes)
    if isinstance(asked, WhatIfAsked):
        return what_if(told.sample, target, asked.query)
    return savings(told, target, asked.name, asked.query)


def target_of(other: OneModel | OfSnapshot) -> Target | Always:
    """The policy, as off-policy evaluation asks it. Raises UnusableSnapshot."""
    if isinstance(other, OneModel):
        return Always(other.model)
    return Deciding(snapshot_of(other.payload, other.version), other.cost_weight, other.models)
