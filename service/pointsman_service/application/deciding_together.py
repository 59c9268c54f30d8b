"""Decisions of all queries that one turn of the event loop brought, as one batch of arrays.

A decision is some hundred operations on arrays of a handful of numbers, and each costs more than its arithmetic. So
whoever decides waits until the loop has run what is ready, as the log's group commit does; a query that is alone waits
for nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pointsman_learner.policy import Policy
from pointsman_learner.types import Constraints, Context, Decision


@dataclass(slots=True, eq=False)
class _Asked:
    policy: Policy
    context: Context
    constraints: Constraints
    future: asyncio.Future[Decision]


class DecidingTogether:
    """Of one event loop. rng: what draws, in the order in which queries came."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._asked: list[_Asked] = []

    async def decide(self, policy: Policy, context: Context, constraints: Constraints) -> Decision:
        """As the policy's own `decide`, with all who ask in this turn. Raises NoModelFits."""
        loop = asyncio.get_running_loop()
        asked = _Asked(policy, context, constraints, loop.create_future())
        self._asked.append(asked)
        if len(self._asked) == 1:
            loop.call_soon(self._end_of_turn)
        return await asked.future

    def _end_of_turn(self) -> None:
        waiting, self._asked = [a for a in self._asked if not a.future.done()], []  # else its call was cancelled
        while waiting:  # a snapshot may have been swapped in between
            policy = waiting[0].policy
            self._decide(policy, [a for a in waiting if a.policy is policy])
            waiting = [a for a in waiting if a.policy is not policy]

    def _decide(self, policy: Policy, asked: Sequence[_Asked]) -> None:
        try:
            decisions = policy.decide_all([(a.context, a.constraints) for a in asked], self._rng)
        except Exception as error:  # noqa: BLE001 - the edge of a batch: it is the query's that cannot be decided
            if len(asked) == 1:
                asked[0].future.set_exception(error)
            for each in asked if len(asked) > 1 else ():
                self._decide(policy, [each])
            return
        for each, decision in zip(asked, decisions, strict=True):
            if isinstance(decision, Exception):
                each.future.set_exception(decision)
            else:
                each.future.set_result(decision)
