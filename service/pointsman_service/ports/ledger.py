"""Spending ceilings and sessions, exact at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pointsman_service.errors import BudgetExhausted


class RoomTaken(BudgetExhausted):
    """Calls under way hold what is left of the ceiling; when they end, there may be room."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """Dollars that are held. id: "" where there is no ceiling, and nothing is held."""

    id: str
    usd: float


@dataclass(frozen=True, slots=True)
class LimitsSeen:
    """What was seen of a model, asked to keep its answers within a limit.

    within: calls since it was last seen beyond one; cut: whether an answer was ever cut off at its limit; most_usd:
    what the tokens of the dearest call cost that went beyond what it was asked to, at plain prices; 0 where none did.
    """

    within: int = 0
    cut: bool = False
    most_usd: float = 0.0

    @property
    def ignores(self) -> bool:
        """Whether a call of it ever cost more than its limit allowed."""
        return self.most_usd > 0.0


class Ledger(Protocol):
    """What must be exact at once: hard spending ceilings and session stickiness. Lives with the log."""

    async def reserve(
        self,
        tenant: str,
        usd: float,
        now: float,
        *,
        most_usd: float | None = None,
        seconds: float | None = None,
        alone: bool = False,
    ) -> Reservation:
        """Hold dollars of the tenant's ceiling for this period.

        usd: without which nothing is held; most_usd: up to which more is held, as far as there is any. seconds: after
        which the call has ended, however it ended: what is still held then is taken for spent. alone: no other call
        that is alone may be under way.
        Raises BudgetExhausted; RoomTaken where calls under way hold what would do, so that waiting may help.
        """

    async def settle(self, reservation: Reservation, usd: float) -> None:
        """Replace the hold by what was spent."""

    def left(self, tenant: str, now: float) -> float | None:
        """Dollars of this period that are neither spent nor held for ever; None where there is no ceiling."""

    def limits_seen(self, model: str, kind: str) -> LimitsSeen:
        """What was seen of a model in calls of one kind."""

    async def saw_limits(self, model: str, kind: str, seen: LimitsSeen) -> None:
        """Add it: `within` to what there is, the others where they say more."""

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
        """Dollars settled or held in this period; of a tenant that nobody configured, with all such others."""
