"""What the log says in sum, and lists of it; for operators."""

from __future__ import annotations

from typing import Protocol

from pointsman_service.domain.operations import (
    EpisodeQuery,
    EpisodeSummary,
    JudgeTally,
    Page,
    PageRequest,
    Stats,
    StatsQuery,
)


class StatsReader(Protocol):
    """Reads only; every method blocks and raises LogUnavailable, and InvalidRequest for a token it did not make."""

    def stats(self, query: StatsQuery, page: PageRequest) -> Stats:
        """The total, and a page of groups."""

    def judges(self, query: EpisodeQuery, page: PageRequest, *, per_node: bool) -> Page[JudgeTally]:
        """Judges held against users: each in all, then, where asked for, at each node."""

    def episodes(self, query: EpisodeQuery, page: PageRequest) -> Page[EpisodeSummary]:
        """Newest first."""
