"""One call of a cascade and its money: as it is sent, what it may cost, what it came to, and what that tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from pointsman_service.application.bills import paid_usd
from pointsman_service.application.call_price import Quote
from pointsman_service.application.model_call import CallResult
from pointsman_service.application.spending import Bid, Purse
from pointsman_service.domain import ModelConfig, Question


@dataclass(frozen=True, slots=True)
class PaidCall:
    """model, question: what is sent. quote: None for a tenant without a ceiling, whose parameters are its own."""

    purse: Purse
    model: ModelConfig
    question: Question
    quote: Quote | None

    @classmethod
    def of(cls, purse: Purse, model: ModelConfig, question: Question, *, capped: bool) -> Self:
        """capped: the tenant has a ceiling."""
        if not capped:
            return cls(purse, model, question, None)
        quote = purse.quote(model, question)
        return cls(purse, quote.model, quote.question, quote)

    def bid(self) -> Bid | None:
        """What it asks of the ceiling now, None for nothing."""
        return None if self.quote is None else self.purse.bid(self.quote)

    def usd(self, result: CallResult, held_usd: float) -> float:
        """Dollars that count for what came of it: all that was held where nobody knows the bill."""
        if self.quote is None or result.answer is None:
            return result.step.cost_usd if result.bill_known else held_usd
        return paid_usd(self.quote, result.answer, held_usd)

    async def remember(self, result: CallResult, usd: float) -> None:
        """What it tells of the limits that the model keeps; nothing where nobody knows what it cost."""
        if self.quote is not None and result.bill_known:
            await self.purse.saw(self.quote, result.answer, usd)
