"""Calls that judges make, paid by the tenant whose answer is judged, within its ceiling; and what they came to.

A judge knows nothing of money: it calls a `ModelCaller`, which is this one. Who pays is told beside it, by the task.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from pointsman_service.application.bills import paid_usd
from pointsman_service.application.call_price import Quote
from pointsman_service.application.spending import Hold, Purse
from pointsman_service.domain import AnswerDelta, ModelAnswer, ModelConfig, Question
from pointsman_service.errors import BudgetExhausted, ModelCallError
from pointsman_service.ports import ModelCaller

PATIENCE_SHARE = 0.5
"""Of a judge's time, in which it may wait for room under a ceiling: the rest is for the verdict."""


@dataclass(slots=True)
class Payer:
    """Who pays for what a judge calls, and how much that was.

    capped: the tenant has a ceiling. calls: made so far; usd: what they cost; is_known: whether that is all of it.
    """

    tenant: str
    capped: bool
    calls: int = 0
    usd: float = 0.0
    is_known: bool = True

    @property
    def bill_usd(self) -> float | None:
        """Dollars, None where nobody knows any."""
        return self.usd if self.is_known or self.usd > 0.0 else None

    def pays(self, usd: float, *, is_known: bool = True) -> None:
        """For one more call."""
        self.usd += usd
        self.is_known = self.is_known and is_known


_PAYER: ContextVar[Payer | None] = ContextVar("payer", default=None)


@contextmanager
def paid_by(payer: Payer) -> Iterator[None]:
    """Inside, what judges call is this one's to pay."""
    token = _PAYER.set(payer)
    try:
        yield
    finally:
        _PAYER.reset(token)


class JudgeCaller:
    """The `ModelCaller` of judges."""

    def __init__(self, caller: ModelCaller, purse: Purse) -> None:
        self._caller = caller
        self._purse = purse

    async def call(self, model: ModelConfig, question: Question, timeout_s: float) -> ModelAnswer:
        """One answer. Raises ModelCallError: of kind "unavailable" also where the tenant's ceiling has no room."""
        payer = _PAYER.get()
        if payer is None:
            return await self._caller.call(model, question, timeout_s)
        if not payer.capped:
            return await self._metered(payer, model, question, timeout_s)
        quote = self._purse.quote(model, question)
        async with await self._hold(payer, quote, timeout_s) as hold:
            try:
                answer = await self._metered(payer, quote.model, quote.question, timeout_s)
            except ModelCallError as e:
                hold.spent_usd = hold.held_usd if e.may_be_billed else e.cost_usd
                await self._purse.saw(quote, None, e.cost_usd)
                raise
            hold.spent_usd = paid_usd(quote, answer, hold.held_usd)
            await self._purse.saw(quote, answer, hold.spent_usd)
            return answer

    async def stream(
        self, model: ModelConfig, question: Question, timeout_s: float
    ) -> AsyncIterator[AnswerDelta | ModelAnswer]:
        """The whole answer: who judges reads all of it. Raises as `call`."""
        yield await self.call(model, question, timeout_s)

    async def close(self) -> None:
        """Nothing: what it calls with is the service's."""

    async def _hold(self, payer: Payer, quote: Quote, timeout_s: float) -> Hold:
        patience_s = timeout_s * PATIENCE_SHARE
        try:
            return await self._purse.hold(
                payer.tenant, lambda: self._purse.bid(quote), seconds=timeout_s, patience_s=patience_s
            )
        except BudgetExhausted as e:
            raise ModelCallError(f"the tenant's ceiling has no room for it: {e}", kind="unavailable") from e

    async def _metered(self, payer: Payer, model: ModelConfig, question: Question, timeout_s: float) -> ModelAnswer:
        payer.calls += 1
        usd, is_known = 0.0, False  # until it has ended
        try:
            answer = await self._caller.call(model, question, timeout_s)
        except ModelCallError as e:
            usd, is_known = e.cost_usd, not e.may_be_billed
            raise
        else:
            usd, is_known = answer.cost_usd, answer.bill_known and answer.cost_source != "unknown"
            return answer
        finally:
            payer.pays(usd, is_known=is_known)
