"""Spending ceilings and sessions, exact at once."""

from __future__ import annotations

from typing import Protocol


class Ledger(Protocol):
    """What must be exact at once: hard spending ceilings and session stickiness. Lives with the log."""

    async def reserve(self, tenant: str, usd: float, now: float) -> str:
        """Hold `usd` of the tenant's ceiling for this period; a reservation id. Raises BudgetExhausted."""

    async def settle(self, reservation: str, usd: float) -> None:
        """Replace the hold by what was spent."""

    async def session_model(self, tenant: str, session_id: str) -> str | None:
        """The model that this session keeps."""

    async def keep_session(self, tenant: str, session_id: str, model: str, now: float) -> None:
        """Remember it."""


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

    def ceiling(self, tenant: str) -> CeilingInForce:
        """The ceiling in force; cheap."""

    def spent(self, tenant: str, now: float) -> float:
        """Dollars settled or held in this period."""
