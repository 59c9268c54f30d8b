"""Drives the traffic through the Python client: Complete for every prompt, RecordFeedback for a fifth."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import pairwise

from pointsman import AsyncClient, PointsmanError, RetryPolicy

from pointsman_service.demo.scoreboard import Answered, Scoreboard
from pointsman_service.demo.story import Story
from pointsman_service.demo.traffic import SimulatedUser
from pointsman_service.replay.outcome_table import OutcomeTable

TIMEOUT_S = 30.0
PATIENCE = RetryPolicy(longest_wait_s=1.0)
"""The client waits out a restart of the service, to the deadline, and is back within a second of its end."""


@dataclass(slots=True)
class Side:
    """A service that is asked, and what came of it. failed: indexes of the prompts that got an error."""

    address: str
    board: Scoreboard
    failed: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Driver:
    """Sends a table's prompts in order to every side, none before its time.

    cost_weight: lambda, sent with every query; rate: prompts a second, None for as fast as they are answered; story:
    what happens to the models on the way, between prompts.
    """

    table: OutcomeTable
    user: SimulatedUser
    cost_weight: float
    rate: float | None = None
    story: Story | None = None

    async def run(self, sides: Sequence[Side], concurrency: int, told: Callable[[], None]) -> None:
        """Fill the boards, `concurrency` prompts at a time. told: after each prompt."""
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(AsyncClient(side.address, timeout_s=TIMEOUT_S, retry=PATIENCE))
                for side in sides
            ]
            asked = list(zip(clients, sides, strict=True))
            began = asyncio.get_running_loop().time()
            for stretch in self._stretches():
                if self.story is not None:
                    await self.story.turn(stretch.start)
                left = iter(stretch)
                await asyncio.gather(*(self._work(asked, left, began, told) for _ in range(concurrency)))
            if self.story is not None:
                await self.story.end()

    def _stretches(self) -> list[range]:
        """Between two of them nothing is under way, so that it is known which answers came before a change."""
        turns = self.story.turns if self.story is not None else ()
        ends = [0, *(turn for turn in turns if 0 < turn < len(self.table)), len(self.table)]
        return [range(a, b) for a, b in pairwise(ends)]

    async def _work(
        self, asked: Sequence[tuple[AsyncClient, Side]], left: Iterator[int], began: float, told: Callable[[], None]
    ) -> None:
        for index in left:
            await self._until_due(index, began)
            if self.story is not None and self.story.asked(index):
                for _, side in asked:
                    side.board.is_down(index, self.story.outage.model)
            await asyncio.gather(*(self._ask(client, side, index) for client, side in asked))
            told()

    async def _until_due(self, index: int, began: float) -> None:
        if self.rate is not None:
            await asyncio.sleep(max(0.0, began + index / self.rate - asyncio.get_running_loop().time()))

    async def _ask(self, client: AsyncClient, side: Side, index: int) -> None:
        try:
            side.board.add(await self._answered(client, index))
        except PointsmanError:
            side.failed.append(index)

    async def _answered(self, client: AsyncClient, index: int) -> Answered:
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
            first=response.steps[0].model,
            snapshot_version=response.decision.snapshot_version,
        )
