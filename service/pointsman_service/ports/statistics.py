"""Counts over the log, for operators."""

from __future__ import annotations

from typing import Protocol

from pointsman_service.domain.operations import JudgeStats, Stats, StatsQuery


class StatsReader(Protocol):
    """Statistics of the log."""

    def stats(self, query: StatsQuery) -> Stats:
        """Tallies; blocks."""

    def judges(self, query: StatsQuery) -> JudgeStats:
        """Judges held against users; blocks."""
