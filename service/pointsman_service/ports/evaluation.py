"""What another policy would have done with the logged episodes, computed apart from those who wait for answers."""

from __future__ import annotations

from typing import Protocol

import msgspec

from pointsman_service.domain.operations import Savings, SavingsQuery, WhatIf, WhatIfQuery


class OneModel(msgspec.Struct, frozen=True, tag=True):
    """The policy that calls this model, and nothing else."""

    model: str


class OfSnapshot(msgspec.Struct, frozen=True, tag=True):
    """The policy of a snapshot. payload: its bytes, as `SnapshotStore` has them.

    cost_weight: another lambda than each request's; models: another pool; None for those that were logged.
    """

    version: int
    payload: bytes
    cost_weight: float | None = None
    models: tuple[str, ...] | None = None


class WhatIfAsked(msgspec.Struct, frozen=True, tag=True):
    """What another policy would have brought, on which episodes."""

    query: WhatIfQuery
    other: OneModel | OfSnapshot


class SavingsAsked(msgspec.Struct, frozen=True, tag=True):
    """What was saved against another policy, whose name in words is told along."""

    query: SavingsQuery
    other: OneModel | OfSnapshot
    name: str


class PolicyEvaluator(Protocol):
    """Values policies on the log. Cancelled, it has stopped working when it returns.

    Each method raises UnusableSnapshot, LogUnavailable, OverLimit where it would need more memory than it may have, and
    EvaluationEnded where the work was cut off.
    """

    async def what_if(self, asked: WhatIfAsked) -> WhatIf:
        """Estimates for the other policy, and as it was logged."""

    async def savings(self, asked: SavingsAsked) -> Savings:
        """What happened beside what the other policy would have brought, in all and by group."""
