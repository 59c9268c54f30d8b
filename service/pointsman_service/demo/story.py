"""What happens to the models on the way: one is silently swapped for a smaller one, another is down for ten seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import numpy as np

from pointsman_service.errors import PointsmanError
from pointsman_service.replay.outcome_table import OutcomeTable

SWAP_AT, OUTAGE_AT = 0.5, 0.75
"""Where in the traffic, as fractions of it."""
OUTAGE_S = 10.0


class NotRehearsed(PointsmanError):  # noqa: N818 - named for the fact
    """The replay provider did not do what was asked; the message is its own."""


@dataclass(frozen=True, slots=True)
class Swap:
    """From prompt `at` on `model` gives the recorded answers of `stand_in`, at its own price. Nobody is told."""

    at: int
    model: str
    stand_in: str


@dataclass(frozen=True, slots=True)
class Outage:
    """From prompt `at` on `model` answers 503, for so many seconds."""

    at: int
    model: str
    seconds: float = OUTAGE_S


def planned(table: OutcomeTable) -> tuple[Swap, Outage]:
    """The middle-priced model answers as the cheapest does from half time on; the best is down at three quarters.

    The middle one is where most of the traffic goes once something was learnt, and the best one is where it goes when
    the middle one is gone: both happen where it hurts.
    """
    by_cost = np.argsort(table.costs_usd.mean(axis=0))
    middle, cheapest = (table.model_names[int(by_cost[k])] for k in (len(by_cost) // 2, 0))
    best = table.model_names[int(np.argmax(table.scores.mean(axis=0)))]
    return Swap(int(SWAP_AT * len(table)), middle, cheapest), Outage(int(OUTAGE_AT * len(table)), best)


def as_it_happens(table: OutcomeTable, swap: Swap) -> OutcomeTable:
    """The table with the outcomes that prompts really have: the stand-in's scores from the swap on, at the old cost.

    >>> from pointsman_service.replay.sources import open_table
    >>> table = open_table("starter")
    >>> told = as_it_happens(table, Swap(20, "starter-large", "starter-small"))
    >>> told.scores[19, 2] == table.scores[19, 2], (told.scores[20:, 2] == table.scores[20:, 0]).all()
    (np.True_, np.True_)
    """
    scores, names = table.scores.copy(), table.model_names
    scores[swap.at :, names.index(swap.model)] = table.scores[swap.at :, names.index(swap.stand_in)]
    return replace(table, scores=scores)


@dataclass(slots=True)
class Story:
    """Tells the replay provider when it is time, and remembers which prompts were asked during the outage."""

    url: str
    swap: Swap
    outage: Outage
    amid_outage: set[int] = field(default_factory=set)
    outage_took_s: float = 0.0
    _down: bool = False
    _swapped: bool = False
    _began: float = 0.0
    _ends: asyncio.Task[None] | None = None

    @property
    def turns(self) -> tuple[int, ...]:
        """Prompts before which something happens, in order: nothing is under way then."""
        return tuple(sorted({self.swap.at, self.outage.at}))

    async def turn(self, index: int) -> None:
        """Let happen what happens before this prompt."""
        if index == self.swap.at:
            self._swapped = True
            await self._tell()
        if index == self.outage.at:
            self._down = True
            await self._tell()
            self._began = asyncio.get_running_loop().time()
            self._ends = asyncio.create_task(self._repaired())

    def asked(self, index: int) -> bool:
        """Whether this prompt is asked during the outage; remembered."""
        if self._down:
            self.amid_outage.add(index)
        return self._down

    async def end(self) -> None:
        """The traffic is over: an outage that still lasts ends here."""
        if self._ends is None:
            return
        if self._down:
            self._ends.cancel()
            with suppress(asyncio.CancelledError):
                await self._ends
            await self._repair()
        else:
            await self._ends

    async def _repaired(self) -> None:
        await asyncio.sleep(self.outage.seconds)
        await self._repair()

    async def _repair(self) -> None:
        self._down = False
        self.outage_took_s = asyncio.get_running_loop().time() - self._began
        await self._tell()

    async def _tell(self) -> None:
        body: Mapping[str, Any] = {
            "answers_as": {self.swap.model: self.swap.stand_in} if self._swapped else {},
            "down": [self.outage.model] if self._down else [],
        }
        async with aiohttp.ClientSession() as http, http.put(f"{self.url}/rehearsal", json=body) as response:
            if response.status != 200:
                raise NotRehearsed(f"the replay provider said {response.status}: {await response.text()}")
