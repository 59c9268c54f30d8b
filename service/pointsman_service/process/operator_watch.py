"""What the main process does for its operator: the lines of all processes, each once, and their metrics at one port."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pointsman_service.application.access import Access
from pointsman_service.application.tenants import TenantBook
from pointsman_service.config.sections import Settings
from pointsman_service.domain.configuration import InForce
from pointsman_service.errors import LogUnavailable
from pointsman_service.observability import counts
from pointsman_service.observability.changes_told import ChangesTold
from pointsman_service.observability.log_level import change_level, level_now, reconfigured_level
from pointsman_service.observability.structured_log import structlog
from pointsman_service.process.child_lines import configured_level_line, level_line
from pointsman_service.process.facts_reader import ChildrenTold, FactsReader
from pointsman_service.process.opening import storage_of
from pointsman_service.process.supervised import all_running
from pointsman_service.process.supervisor import Supervisor

if TYPE_CHECKING:
    from pointsman_service.observability.service_facts import ServiceFacts
    from pointsman_service.process.counting import Counting

SETTLE_S = 1.0  # between two looks for conditions that have ended for good
LOOK_S = 2.0  # between two looks at budgets and the learner's lag

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


@dataclass(frozen=True, slots=True)
class TellingOperator:
    """changes: tells what changes; counting: where processes count, None where metrics are off."""

    settings: Settings
    changes: ChangesTold
    counting: Counting | None

    def has_ended(self, process: str) -> None:
        """Of a child that has ended, what it saw and said of the moment is over."""
        self.changes.gone(process)
        if self.counting is not None:
            self.counting.has_ended(process)

    @asynccontextmanager
    async def of(self, children: Sequence[Supervisor]) -> AsyncGenerator[int | None, None]:
        """Watch budgets, learner and processes, and serve metrics, inside the block. The port, None for no metrics."""
        storage = storage_of(self.settings, read_only=True)
        try:
            access = _access(self.settings)
            reader = FactsReader(storage, self.changes, children, configured=partial(_keys_in_force, access))
            with ExitStack() as stack:
                served = self.counting and stack.enter_context(self.counting.served(self.changes, children, access))
                facts, port = served or (None, None)
                watches = {
                    "operator's watch": lambda: _look(reader, facts),
                    "children's health": lambda: _look_at(ChildrenTold(children, self.changes)),
                }
                async with all_running(watches):
                    yield port
        finally:
            await storage.close()


@asynccontextmanager
async def telling_operator(settings: Settings) -> AsyncGenerator[TellingOperator, None]:
    """Who tells the changes of all processes, and where they count, inside the block."""
    changes = ChangesTold()

    async def settle() -> None:
        while True:
            await asyncio.sleep(SETTLE_S)
            changes.settle()

    with ExitStack() as stack:
        counting = None
        if counts(settings.observability):
            from pointsman_service.process.counting import counting_of  # noqa: PLC0415 - only where metrics are on

            counting = stack.enter_context(counting_of(settings))
        async with all_running({"changes told": settle}):
            yield TellingOperator(settings, changes, counting)


def _access(settings: Settings) -> Access:
    """Who may read metrics: the main process knows the keys in force as those who serve do."""
    if not settings.auth.enabled:
        return Access(TenantBook(), time.time)
    from pointsman_service.process.wiring import access_of  # noqa: PLC0415 - it imports all that a worker needs

    return access_of(settings, TenantBook())


def _keys_in_force(access: Access, now: InForce) -> None:
    access.put_in_force(now.keys.values())


async def _look(reader: FactsReader, facts: ServiceFacts | None) -> None:
    while True:
        try:
            seen = await asyncio.to_thread(reader.look)
        except LogUnavailable:
            await asyncio.sleep(LOOK_S)  # who serves tells that; what was seen last stays
            continue
        if facts is not None:
            facts.latest = seen
        await asyncio.sleep(LOOK_S)


async def _look_at(children: ChildrenTold) -> None:
    while True:
        children.look()
        await asyncio.sleep(SETTLE_S)


class Levels:
    """Has this process and its children write more or less, while they run."""

    def __init__(self) -> None:
        self._children: Sequence[Supervisor] = ()

    def reach(self, children: Sequence[Supervisor]) -> None:
        """From now on, tell these, too."""
        self._children = children

    def change(self, level: str | None) -> None:
        """None for the configured level."""
        change_level(level)
        for child in self._children:
            child.tell(level_line(level))
        _log.warning("log level", level=level_now())

    def configure(self, level: str) -> None:
        """The settings say another level now."""
        reconfigured_level(level)
        for child in self._children:
            child.tell(configured_level_line(level))
