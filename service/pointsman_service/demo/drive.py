"""Drives the traffic through the Python client: Complete for every prompt, RecordFeedback for a fifth."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pointsman import AsyncClient, PointsmanError, RetryPolicy

from pointsman_service.demo.scoreboard import Answered, Scoreboard
from pointsman_service.demo.traffic import SimulatedUser
from pointsman_service.replay.outcome_table import OutcomeTable

TIMEOUT_S = 30.0
PATIENCE = RetryPolicy(longest_wait_s=1.0)
"""The client waits out a restart of the service, to the deadline, and is back within a second of its end."""


@dataclass(frozen=True, slots=True)
class Driver:
    """Sends a table's prompts in order, none before its time.

    cost_weight: lambda, sent with every query; rate: prompts a second, None for as fast as they are answered.
    """

    table: OutcomeTable
    user: SimulatedUser
    cost_weight: float
    rate: float | None = None

    async def run(self, address: str, concurrency: int, board: Scoreboard, told: Callable[[], None]) -> int:
        """Fill the board, `concurrency` prompts at a time; how many got no answer. told: after each answer."""
        async with AsyncClient(address, timeout_s=TIMEOUT_S, retry=PATIENCE) as client:
            left = iter(range(len(self.table)))
            began = asyncio.get_running_loop().time()
            workers = (self._work(client, left, began, board, told) for _ in range(concurrency))
            return sum(await asyncio.gather(*workers))

    async def _work(
        self, client: AsyncClient, left: Iterator[int], began: float, board: Scoreboard, told: Callable[[], None]
    ) -> int:
        failed = 0
        for index in left:
            await self._until_due(index, began)
            try:
                board.add(await self._ask(client, index))
            except PointsmanError:
                failed += 1
            told()
        return failed

    async def _until_due(self, index: int, began: float) -> None:
        if self.rate is not None:
            await asyncio.sleep(max(0.0, began + index / self.rate - asyncio.get_running_loop().time()))

    async def _ask(self, client: AsyncClient, index: int) -> Answered:
        response = await client.complete(self.table.prompts[index], cost_weight=self.cost_weight)
        model = response.answer.model
        quality = float(self.table.scores[index, self.table.model_names.index(model)])
        thumb = self.user.thumb(index, quality)
        if thumb is not None:
            await client.feedback(response.episode_id, thumb=thumb)
        verdicts = [v for step in response.steps for v in step.verdicts if v.HasField("score")]
        return Answered(
            index=index,
            model=model,
            quality=quality,
            cost_usd=response.cost_usd,
            judge_cost_usd=sum(v.cost_usd for v in verdicts),
            calls=len(response.steps),
            judged=len(verdicts),
            thumb=thumb,
            snapshot_version=response.decision.snapshot_version,
        )
