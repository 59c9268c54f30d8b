"""The log, as operators look at it: episodes, sums, and estimates of what else would have been; and warm starts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pointsman_service.application.admin_part import AdminPart
from pointsman_service.domain.operations import (
    ChangeContext,
    EpisodeQuery,
    EpisodeSummary,
    JudgeTally,
    KnownQuery,
    Page,
    PageRequest,
    Savings,
    SavingsQuery,
    Stats,
    StatsQuery,
    WarmStartReceipt,
    WhatIf,
    WhatIfQuery,
)


class LogAdmin(AdminPart):
    """Implements the part of `rpc.application.Admin` that is about the log."""

    async def list_episodes(self, query: EpisodeQuery, page: PageRequest) -> Page[EpisodeSummary]:
        """See the port."""
        return await asyncio.to_thread(self._p.stats.episodes, query, page)

    async def get_stats(self, query: StatsQuery, page: PageRequest) -> Stats:
        """See the port."""
        return await asyncio.to_thread(self._p.stats.stats, query, page)

    async def get_judge_stats(self, query: EpisodeQuery, page: PageRequest, *, per_node: bool) -> Page[JudgeTally]:
        """See the port."""
        return await asyncio.to_thread(lambda: self._p.stats.judges(query, page, per_node=per_node))

    async def get_savings(self, query: SavingsQuery) -> Savings:
        """See the port."""
        return await self._p.savings.estimate(query)

    async def what_if(self, query: WhatIfQuery) -> WhatIf:
        """See the port."""
        return await self._p.what_if.estimate(query)

    async def warm_start(self, queries: Sequence[KnownQuery], change: ChangeContext) -> WarmStartReceipt:
        """See the port."""
        return await self._p.warm_start.take(queries, change)
