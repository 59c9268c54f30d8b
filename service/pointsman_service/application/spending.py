"""What a call can cost at most, so that a hard ceiling holds before the bill is known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Self

from pointsman_service.application.surviving import surviving
from pointsman_service.domain import ModelConfig, Question
from pointsman_service.errors import PointsmanError
from pointsman_service.ports import Ledger

OUTPUT_TOKENS = 4096  # asked for where a tenant has a ceiling and the request names no limit
UNKNOWN_PRICE_FACTOR = 4.0  # over the prediction, for a model whose price nobody knows
JUDGE_FACTOR = 2.0  # over a judge's listed price
MESSAGE_TOKENS = 16  # what a provider's chat template puts around each message

_LIMITS = ("max_completion_tokens", "max_tokens")


def bounded(question: Question) -> Question:
    """The same question with a limit on the answer's length, so that its price has a bound.

    >>> from pointsman_service.domain import ChatMessage
    >>> bounded(Question((ChatMessage("user", "hi"),))).params
    {'max_tokens': 4096}
    """
    if _limit(question) is not None:
        return question
    return replace(question, params={**question.params, "max_tokens": OUTPUT_TOKENS})


def most_usd(model: ModelConfig, question: Question, predicted_usd: float) -> float:
    """Dollars that a call cannot exceed, by its listed prices; a multiple of the prediction where there are none."""
    if model.input_usd_per_million is None or model.output_usd_per_million is None:
        return predicted_usd * UNKNOWN_PRICE_FACTOR
    input_tokens = _bytes(question) + MESSAGE_TOKENS * len(question.messages)
    output_tokens = (_limit(question) or OUTPUT_TOKENS) * int(question.params.get("n", 1))
    return (input_tokens * model.input_usd_per_million + output_tokens * model.output_usd_per_million) / 1e6


def _limit(question: Question) -> int | None:
    return next((int(question.params[k]) for k in _LIMITS if question.params.get(k) is not None), None)


def _bytes(question: Question) -> int:
    """UTF-8 bytes of all that is sent: no byte-level tokenizer makes more tokens than that."""
    sent = [m.content + str(m.tool_calls or "") for m in question.messages]
    sent += [str(tool) for tool in question.tools]
    sent.append(str(question.response_format or ""))
    return sum(len(text.encode()) for text in sent)


class Hold:
    """A reservation that is settled however the call ends: `async with hold`, and set `spent_usd` when it is known.

    Until then the whole hold counts as spent, since a provider may charge for a call that was cancelled.
    """

    def __init__(self, ledger: Ledger, reservation: str | None, most_usd: float) -> None:
        self._ledger = ledger
        self._reservation = reservation
        self.spent_usd = most_usd

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reservation is not None:
            # To its end: a caller who hangs up must not leave the hold open for ever.
            await surviving(self._ledger.settle(self._reservation, self.spent_usd))


class Purse:
    """The ledger, as one cascade uses it. A tenant without a ceiling has nothing to reserve and costs no write."""

    def __init__(self, ledger: Ledger, now: Callable[[], float]) -> None:
        self._ledger = ledger
        self._now = now

    async def hold(self, tenant: str, most_usd: float, *, capped: bool) -> Hold:
        """Hold dollars of the tenant's ceiling. Raises BudgetExhausted."""
        if not capped:
            return Hold(self._ledger, None, 0.0)
        reserving = asyncio.ensure_future(self._ledger.reserve(tenant, most_usd, self._now()))
        try:
            reservation = await asyncio.shield(reserving)
        except asyncio.CancelledError:  # a caller who hangs up here leaves nothing held, either
            await surviving(self._release(reserving))
            raise
        return Hold(self._ledger, reservation, most_usd)

    async def _release(self, reserving: asyncio.Future[str]) -> None:
        with suppress(PointsmanError):  # then there is nothing to release
            await self._ledger.settle(await reserving, 0.0)
