"""The ports that only operators' requests need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pointsman_service.admin_requests import JudgeStats, Stats, StatsQuery
from pointsman_service.domain import ModelConfig
from pointsman_service.ports import Ledger


class CeilingInForce(Protocol):
    """usd: dollars in each period of period_s seconds, None for none."""

    @property
    def usd(self) -> float | None:
        """Dollars a period."""

    @property
    def period_s(self) -> float:
        """Seconds a period."""


class CeilingLedger(Ledger, Protocol):
    """A ledger that says its ceilings."""

    def ceiling(self, tenant: str) -> CeilingInForce | None:
        """The ceiling in force; one row by its key."""

    def spent(self, tenant: str, now: float) -> float:
        """Dollars settled or held in this period."""


class StatsReader(Protocol):
    """Statistics of the log."""

    def stats(self, query: StatsQuery) -> Stats:
        """Tallies; blocks."""

    def judges(self, query: StatsQuery) -> JudgeStats:
        """Judges held against users; blocks."""


class Changes(Protocol):
    """What operators changed."""

    @property
    def models(self) -> Mapping[str, ModelConfig]:
        """Put or disabled."""

    @property
    def budgets(self) -> Mapping[str, float | None]:
        """Dollars per 1,000 queries by tenant."""


class ChangeStore(Protocol):
    """Keeps what operators change, for every worker and for the next start."""

    def read(self) -> Changes:
        """The changes in force; cheap."""

    def put_model(self, model: ModelConfig) -> Changes:
        """Remember a model."""

    def put_budget(self, tenant: str, usd_per_1k: float | None) -> Changes:
        """Remember a paced budget."""
